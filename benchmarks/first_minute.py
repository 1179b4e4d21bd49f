"""The first minute of a run: how soon something is seen, how much is read of it, and where its curve goes.

No browser: the service as the app uses it, in this process. A page adds up to a second until it asks next
(`opening` has the time from a click to the picture). What is not covered: other machines' cores and seeds, GPUs, and
whether a person reads the digits; the classifier stands in for that: it refuses noise and broken digits, and it is
stricter than a reader (of the samples of a finished run it is sure of about half).
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from benchmarks.figures import Figure, Section, at_least, at_most, say
from ganlab.config import TrainConfig
from ganlab.data import load_dataset
from ganlab.explore import Explorer, Loaded
from ganlab.gan.latent import latents_of_seed
from ganlab.metrics import Legibility, legibility, train_classifier
from ganlab.recipes import recipe
from ganlab.runs import Runs
from ganlab.service import Service

SAMPLES = 1000
#: Steps of the moving mean that "smoothed" means for the critic's loss.
WINDOW = 25
_LOOK_S = 0.005
_PATIENCE_S = 120.0


@dataclass(frozen=True)
class Moments:
    """Seconds from Start to what is seen first. grid_0: of the untrained network; grid: of the first one after it."""

    grid_0: float
    point: float
    grid: float


def measure(
    recipe_name: str = "wgan-gp", *, seconds: float = 60.0, restarts: int = 3, longest_s: float = 600.0
) -> Section:
    """Train the recipe to its end, at most `longest_s`, and look at it `seconds` after Start.

    The first start is the first of its process: the imports and warming up that a fresh app pays are in it.
    `restarts` more of them, in the same process, follow the run. Raises ConfigError, DataError.
    """
    config = recipe(recipe_name).config
    with tempfile.TemporaryDirectory() as folder, _service(Path(folder)) as service:
        say(f"{recipe_name}: the first {seconds:g} s of a run")
        run_id, cold, begun = _start(service, config)
        at_grid = service.status(run_id).step, time.perf_counter()
        _wait(lambda: time.perf_counter() - begun >= seconds or _ended(service, run_id), longest_s, every_s=0.1)
        took = time.perf_counter() - begun
        step = service.status(run_id).step
        speed = (step - at_grid[0]) / (time.perf_counter() - at_grid[1])
        loaded = Explorer(service.runs, live=service.live_generator).load(run_id, "live")
        say(f"step {step} after {took:.0f} s; on to step {config.max_steps} for the whole curve")
        _wait(lambda: _ended(service, run_id) or time.perf_counter() - begun > longest_s, longest_s, every_s=0.5)
        _stop(service, run_id)
        history = service.runs.get(run_id).history()
        loss = np.concatenate([series["loss_d"] for _, _, series in history.ticks])
        warm = [_restart(service, config) for _ in range(restarts)]
    say("the classifier")
    real, made = _judge(config, loaded)
    figures = [
        *_figures_of_starts(cold, warm),
        Figure("steps/s, first grid to then", [speed], "steps/s"),
        Figure(f"step reached after {took:.0f} s", [step], "steps"),
        *_figures_of_legibility(real, made),
        *(_figures_of_trend(loss) if config.loss == "wasserstein" else []),
    ]
    notes = [
        f"Samples: {SAMPLES} of the averaged generator of step {loaded.step}, the last grid before {took:.0f} s.",
        f"Curve: {len(loss)} of {config.max_steps} steps, smoothed = mean over {WINDOW} steps.",
    ]
    return Section(f"First minute of {recipe_name} ({history.device}, no browser)", figures, notes)


def _figures_of_starts(cold: Moments, warm: list[Moments]) -> Iterator[Figure]:
    yield Figure("Start → grid of step 0", [cold.grid_0], "s")
    yield Figure("Start → first point", [cold.point], "s", at_most(2))
    yield Figure("Start → first grid after step 0", [cold.grid], "s", at_most(3))
    if warm:
        yield Figure("  the same, later starts: point", [each.point for each in warm], "s", at_most(2))
        yield Figure("  the same, later starts: grid", [each.grid for each in warm], "s", at_most(3))


def _figures_of_legibility(real: Legibility, made: Legibility) -> Iterator[Figure]:
    yield Figure("confident (> 0.9), samples", [100 * made.confident], "%", at_least(40))
    yield Figure("confident (> 0.9), held-out real images", [100 * real.confident], "%")
    yield Figure("taken for no digit, samples", [100 * made.rejected], "%")
    yield Figure("smallest class, samples", [100 * min(made.class_shares)], "%", at_least(2))
    yield Figure("smallest class, held-out real images", [100 * min(real.class_shares)], "%")


def _figures_of_trend(loss: np.ndarray) -> Iterator[Figure]:
    """The critic's loss falls at first, then rises towards zero. loss: (steps,), one value per step."""
    window = min(WINDOW, len(loss))
    smooth = np.convolve(loss, np.full(window, 1 / window), mode="valid")
    lowest, last = float(smooth.min()), float(loss[-max(1, len(loss) // 4) :].mean())
    yield Figure("critic's loss: first step", [float(loss[0])])
    yield Figure("critic's loss: lowest smoothed", [lowest], "", at_most(min(0.0, float(loss[0]))))
    yield Figure("  at step", [int(smooth.argmin()) + window / 2], "", at_most(len(loss) / 2))
    yield Figure("critic's loss: mean of the last quarter", [last])
    yield Figure("  as share of the lowest, absolute", [abs(last / lowest)], "", at_most(0.5))


@contextlib.contextmanager
def _service(folder: Path) -> Iterator[Service]:
    service = Service(Runs(folder))
    try:
        yield service
    finally:
        if not service.close(timeout_s=30):
            say("the trainer did not end within 30 s")


def _start(service: Service, config: TrainConfig) -> tuple[str, Moments, float]:
    """Start a run and wait for its first grid. Returns its id, what was seen when, and the clock at Start."""
    begun = time.perf_counter()
    run_id = service.start(config)

    def seen_after(what: Callable[[], bool]) -> float:
        _wait(lambda: what() or _ended(service, run_id), _PATIENCE_S, every_s=_LOOK_S)
        if not what():
            raise SystemExit(f"the run ended too early: {service.status(run_id).message or 'see its settings'}")
        return time.perf_counter() - begun

    grid_0 = seen_after(lambda: len(service.status(run_id).sample_steps) > 0)
    point = seen_after(lambda: service.status(run_id).step > 0)
    grid = seen_after(lambda: len(service.status(run_id).sample_steps) > 1)
    return run_id, Moments(grid_0, point, grid), begun


def _restart(service: Service, config: TrainConfig) -> Moments:
    run_id, moments, _ = _start(service, config)
    _stop(service, run_id)
    return moments


def _stop(service: Service, run_id: str) -> None:
    if not _ended(service, run_id):
        service.stop(run_id)
    _wait(lambda: run_id not in service.active(), _PATIENCE_S, every_s=_LOOK_S)


def _ended(service: Service, run_id: str) -> bool:
    return run_id not in service.active()


def _wait(done: Callable[[], bool], longest_s: float, *, every_s: float) -> None:
    deadline = time.perf_counter() + longest_s
    while not done() and time.perf_counter() < deadline:
        time.sleep(every_s)


def _judge(config: TrainConfig, loaded: Loaded) -> tuple[Legibility, Legibility]:
    """Of held-out real images and of samples. The classifier is trained now, not beforehand.

    Beforehand it would have warmed up torch and scikit-learn, and the first start would not be a first one.
    """
    classifier = train_classifier(load_dataset(config.dataset), seed=0)
    real = load_dataset(config.dataset, split="test").examples.float() / 127.5 - 1
    latents = latents_of_seed(0, SAMPLES, config.z_dim, config.prior, config.prior_half_width)
    with torch.no_grad():
        made = loaded.generator(latents)
    return legibility(classifier, real), legibility(classifier, made)
