"""Memory of the server over many refreshes, and what one refresh costs with a long history."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from benchmarks.browser import open_train, start_run, window
from benchmarks.figures import Figure, Section, at_most, say
from benchmarks.machine import resident_bytes
from benchmarks.server import Client, Reader, app
from ganlab.curves import Curves, CurvesPart
from ganlab.explore import Explorer
from ganlab.gan.losses import LOSSES
from ganlab.recipes import recipe
from ganlab.runs import Run, Runs
from ganlab.service import Service
from ganlab.status import RunStatus
from ganlab.steps import ranges_of
from ganlab.ui.lab import Lab
from ganlab.ui.live import live_view

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_MIB = 2**20
HISTORIES = (1_000, 100_000, 1_000_000)
#: A finished run is folded from its log; longer ones take their time to be made up.
LONGEST_ON_DISK = 100_000


def measure(browser: Browser, *, refreshes: int = 1000, every_s: float = 0.1) -> Section:
    """Refreshes of a run in training, newest grid included, by a reader that draws nothing, ten times as often as a
    page asks. The training's own growth is in it; the pages' sessions at the server are not, nor the browser.
    """
    say(f"{refreshes} refreshes during a training")
    resident: list[float] = []
    answers: list[int] = []
    grids: list[int] = []
    took: list[float] = []
    with tempfile.TemporaryDirectory() as folder, app(Path(folder)) as served:
        with window(browser) as page:
            open_train(page, served.url)
            run_id, token = start_run(page, Steps=10_000_000)
        time.sleep(5)
        with contextlib.closing(Client(served, token)) as client:
            reader = Reader(client, run_id)
            for number in range(1, refreshes + 1):
                begun = time.perf_counter()
                answer, grid = reader.refresh()
                took.append(1000 * (time.perf_counter() - begun))
                answers.append(answer)
                grids += [grid] if grid else []
                if number % max(1, refreshes // 10) == 0:
                    resident.append(resident_bytes(served.pid) / _MIB)
                time.sleep(max(0.0, every_s - (time.perf_counter() - begun)))
            initial, _ = Reader(client, run_id).refresh()
            client.post(f"/ganlab/runs/{run_id}/stop")
    tenth = refreshes // 10
    figures = [
        Figure(f"resident after {tenth} refreshes", [resident[0]], "MiB"),
        Figure(f"resident after {refreshes} refreshes", [resident[-1]], "MiB"),
        Figure("  ratio of the two", [resident[-1] / resident[0]], "", at_most(1.05)),
        Figure(f"resident, every {tenth}", resident, "MiB"),
        Figure("a refresh", answers[1:], "bytes"),
        Figure("a grid", grids or [0], "bytes"),
        Figure("the first answer, after all that", [initial], "bytes"),
        Figure("a refresh and its grid, over HTTP", took, "ms"),
    ]
    return Section("Memory of the server", figures, [f"One refresh every {every_s:g} s beside the training."])


def measure_histories(*, times: int = 50) -> Section:
    """What the route computes and encodes for one answer, in this process, with made-up runs; no HTTP, no training
    beside it. Running: from memory. Finished: from the log on disk, which is read once and kept.
    """
    figures: list[Figure] = []
    for steps in HISTORIES:
        say(f"a history of {steps:,} steps")
        with tempfile.TemporaryDirectory() as folder:
            figures += _figures_of_running(Path(folder), steps, times)
        if steps <= LONGEST_ON_DISK:
            with tempfile.TemporaryDirectory() as folder:
                figures += _figures_of_finished(Path(folder), steps, times)
    return Section("One answer with a long history", figures, [f"Made-up values; a grid every {_EVERY} steps."])


_CONFIG = recipe("wgan-gp").config.with_changes(max_steps=10_000_000)
_EVERY = _CONFIG.preview_every
_STEPS_PER_TICK = 8


class _Rehearsal(Service):
    """A service that says of one run that it trains, with a history that was made up."""

    def __init__(self, runs: Runs, run: Run, curves: Curves) -> None:
        super().__init__(runs)
        self._run, self._made_up = run, curves
        self._samples = ranges_of(range(0, curves.steps + 1, _EVERY))

    def curves(self, run_id: str, *, bucket: int = 0, start: int = 0, timeline: int | None = None) -> CurvesPart:
        return self._made_up.part(bucket=bucket, start=start, timeline=timeline)

    def status(self, run_id: str) -> RunStatus:
        steps = self._made_up.steps
        return RunStatus(run_id, "training", steps, _CONFIG, samples=self._samples)


def _figures_of_running(folder: Path, steps: int, times: int) -> Iterator[Figure]:
    runs = Runs(folder)
    run = runs.create(_CONFIG)
    curves = Curves()
    for part in _history(steps, 10_000):
        curves.append(part)
    lab = Lab(_Rehearsal(runs, run, curves), Explorer(runs), "")
    whole = partial(_answer, lab, run.id, bucket=0, start=0)
    new = partial(_answer, lab, run.id, bucket=curves.bucket, start=curves.count - 1)
    yield Figure(f"running, {steps:,} steps: refresh", _milliseconds(new, times), "ms")
    yield Figure("  its size", [len(new())], "bytes")
    yield Figure("  first answer", _milliseconds(whole, times), "ms")
    yield Figure("  its size", [len(whole())], "bytes")


def _figures_of_finished(folder: Path, steps: int, times: int) -> Iterator[Figure]:
    run = Runs(folder).create(_CONFIG)
    run.log("start", time=0.0, step=0, device="CPU")
    step = 0
    for part in _history(steps, _STEPS_PER_TICK):
        step += len(next(iter(part.values())))
        run.log("tick", step=step, seconds=0.25, images=0, series=part)
    run.log("finish", time=0.0, step=step)
    runs = Runs(folder)
    lab = Lab(Service(runs), Explorer(runs), "")
    whole = partial(_answer, lab, run.id, bucket=0, start=0)
    yield Figure(f"finished, {steps:,} steps: first answer, log unread", _milliseconds(whole, 1), "ms")
    yield Figure("  later first answers", _milliseconds(whole, max(3, times // 10)), "ms")


def _answer(lab: Lab, run_id: str, *, bucket: int, start: int) -> bytes:
    view: dict[str, Any] = live_view(lab, run_id, bucket=bucket, start=start)
    return orjson.dumps(view, option=orjson.OPT_SERIALIZE_NUMPY)


def _history(steps: int, at_once: int) -> Iterator[dict[str, np.ndarray]]:
    """Values of all series of the recipe's loss, `at_once` steps at a time."""
    rng = np.random.default_rng(0)
    names = [series.name for chart in LOSSES[_CONFIG.loss].charts for series in chart.series]
    for begun in range(0, steps, at_once):
        count = min(at_once, steps - begun)
        yield {name: rng.standard_normal(count, np.float32) for name in names}


def _milliseconds(action: Callable[[], object], times: int) -> list[float]:
    found: list[float] = []
    for _ in range(times):
        begun = time.perf_counter()
        action()
        found.append(1000 * (time.perf_counter() - begun))
    return found
