"""`python -m benchmarks.gpu FOLDER`: all that only a GPU can show, in one go of at most nine minutes.

Each part is a process of its own with a time limit, since an error on the device spoils what follows in the same one.
It adds its values to FOLDER/PART.json as it gets them, so that a machine that goes away leaves what was done.
FOLDER/summary.json says how each ended. Needs torch 2.11 or later, numpy, pillow, pydantic and orjson; pooch and
scikit-learn for the datasets, pytest for `tests`. `--device cpu` is a rehearsal: the same code for a few steps each,
with a tape in place of CUDA graphs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganlab.errors import GanlabError

ROOT = Path(__file__).resolve().parents[1]
_MINUTES = 9.0
_LEGIBLE = 0.4  # share of samples that the classifier is sure of: digits are read
_LEGIBLE_AT_S = (2.0, 5.0, 10.0, 20.0)

#: A value for each knob that training reads; its order is that of the edits.
_EDITS: dict[str, Any] = {
    "lr_d": 3e-4,
    "lr_g": 2e-4,
    "weight_decay_d": 0.01,
    "weight_decay_g": 0.01,
    "penalty_weight": 5.0,
    "d_steps": 2,
    "ema_decay": 0.9,
    "flip": True,
    "beta1": 0.3,
    "beta2": 0.95,
    "interpolation": "normal",
    "penalty": "r1",
    "loss": "hinge",
}

Values = Iterator[tuple[str, Any]]


@dataclass(frozen=True)
class Wish:
    """How a part is to be measured. rehearsal: without a GPU, for a few steps."""

    device: str
    folder: Path

    @property
    def rehearsal(self) -> bool:
        return self.device == "cpu"

    def of(self, measured: float, rehearsed: float) -> float:
        return rehearsed if self.rehearsal else measured


def _environment(wish: Wish) -> Values:
    import platform

    import torch

    yield "python", platform.python_version()
    yield "torch", torch.__version__
    yield "cores", os.cpu_count()
    if not wish.rehearsal:
        yield "gpu", torch.cuda.get_device_name()
        yield "cuda", torch.version.cuda
        yield "memory MB", torch.cuda.get_device_properties(0).total_memory / 1e6
    from benchmarks.ceiling import ceiling

    for name, dtype in {"float32": torch.float32, "bfloat16": torch.bfloat16}.items():
        sizes = (256,) if wish.rehearsal else ()
        yield f"products {name} TFLOP/s", ceiling(torch.device(wish.device), dtype, sizes=sizes) / 1e12


def _tests(wish: Wish) -> Values:
    """What only a GPU can show, by the project's own tests."""
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", str(ROOT), "--import-mode=importlib"]
    command += ["-q", "-p", "no:cacheprovider", str(ROOT / "tests/training/test_cuda.py")]
    paths = os.pathsep.join([str(ROOT / "tests"), str(ROOT)])
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True, check=False
    )
    yield "exit code", done.returncode
    yield "output", done.stdout[-12_000:] + done.stderr[-2_000:]


def _recipes(wish: Wish) -> Values:
    """Each recipe some steps, recorded against plain: how the ends differ, and what a step takes either way."""
    from ganlab.recipes import RECIPES

    for name in RECIPES:
        try:
            yield name, _recorded_against_plain(name, wish)
        except (GanlabError, RuntimeError) as error:  # a finding; the others are still to be tried
            yield name, {"error": f"{type(error).__name__}: {error}"}


def _recorded_against_plain(name: str, wish: Wish) -> dict[str, Any]:
    import torch

    from benchmarks.contenders import examples_of
    from ganlab.recipes import recipe
    from ganlab.training import new_state
    from ganlab.training.batches import Batches
    from ganlab.training.loop import PlainSteps
    from ganlab.training.recorded import RecordedSteps

    config = recipe(name).config.with_changes(device=wish.device, precision="float32" if wish.rehearsal else "tf32")
    if wish.rehearsal:
        config = config.with_changes(batch_size=min(config.batch_size, 4), width=min(config.width, 8))
    data, _ = examples_of(config)
    found: dict[str, Any] = {}
    last: dict[str, torch.Tensor] = {}
    for way in ("plain", "recorded"):
        state = new_state(config, data, live=True)
        batches = Batches(data, state)
        steps = plain = PlainSteps(state, batches)
        if way == "recorded":
            steps = RecordedSteps(state, batches, plain, _recorder(state, wish))
        for _ in range(5):
            steps.step()
        _settle(wish)
        begun = time.perf_counter()
        count = int(wish.of(15, 1))
        for _ in range(count):
            steps.step()
        _, rows = steps.take()
        _settle(wish)
        found[f"{way} ms a step"] = 1e3 * (time.perf_counter() - begun) / count
        last[way] = rows[-1].float().cpu()
        found["stepping"] = state.stepping
    found["largest difference of the last series"] = float((last["plain"] - last["recorded"]).abs().max())
    found["largest value"] = float(last["plain"].abs().max())
    return found


def _recorder(state: Any, wish: Wish) -> Any:
    if wish.rehearsal:
        sys.path.insert(0, str(ROOT / "tests"))
        from tape import Tape

        return Tape()
    from ganlab.training.graphs import CudaGraphs

    return CudaGraphs(state.device, state.rngs)


def _settle(wish: Wish) -> None:
    if not wish.rehearsal:
        import torch

        torch.cuda.synchronize()


def _loops(wish: Wish) -> Values:
    """The engine against its reference and the common loop, in turn, in the precision that a trial finds best."""
    import torch

    from benchmarks.contenders import KINDS, contender, examples_of
    from ganlab.machine import fastest_precision
    from ganlab.recipes import recipe

    auto = fastest_precision(torch.device(wish.device))
    yield "precision", auto
    for name in ("wgan-gp-mnist", "wgan-gp-cifar10", "hinge-sn-cifar10", "dcgan-mnist"):
        config = recipe(name).config.with_changes(device=wish.device)
        if wish.rehearsal:
            config = config.with_changes(batch_size=4, width=8)
        data, which = examples_of(config)
        made = [contender(kind, config, data, threads=torch.get_num_threads(), auto=auto) for kind in KINDS]
        speeds: dict[str, list[float]] = {}
        for _ in range(int(wish.of(3, 1))):
            for each in filter(None, made):
                speeds.setdefault(each.kind, []).append(each.pace(wish.of(2.5, 0.05)).steps_per_s)
        ratios = {
            f"engine / {kind}": [mine / theirs for mine, theirs in zip(speeds["engine"], speeds[kind], strict=True)]
            for kind in speeds
            if kind != "engine"
        }
        yield name, {"data": which, "steps/s": speeds} | ratios


def _run(wish: Wish) -> Values:
    """10,000 steps of wgan-gp-mnist by the clock, with previews as the app has them, and when its samples are read."""
    import torch

    from benchmarks.contenders import examples_of
    from ganlab.machine import fastest_precision
    from ganlab.metrics import legibility, train_classifier
    from ganlab.recipes import recipe
    from ganlab.training import new_state, train

    steps = int(wish.of(10_000, 6))
    config = recipe("wgan-gp-mnist").config.with_changes(device=wish.device, max_steps=steps)
    if wish.rehearsal:
        config = config.with_changes(batch_size=4, width=8)
    data, which = examples_of(config)
    yield "data", which
    begun = time.perf_counter()
    state = new_state(config, data, auto=fastest_precision(torch.device(wish.device)))
    z = torch.randn(1000, config.z_dim, generator=torch.Generator().manual_seed(0)).to(wish.device)
    seen: list[tuple[float, int, torch.Tensor]] = []
    first = 0.0
    for tick in train(data, state):
        took = time.perf_counter() - begun
        if tick.step and not first:
            first = took
        if len(seen) < len(_LEGIBLE_AT_S) and took >= wish.of(_LEGIBLE_AT_S[len(seen)], 0):
            seen.append((took, tick.step, _drawn(state.average, z)))
    _settle(wish)
    yield "seconds", time.perf_counter() - begun
    yield "first point s", first
    yield "stepping", state.stepping
    seen.append((time.perf_counter() - begun, state.step, _drawn(state.average, z)))
    if wish.rehearsal or data.labels is None or "random" in which:
        yield "legible", f"not judged: {which}"
        return
    classifier = train_classifier(data, seed=0)
    for took, step, samples in seen:
        found = legibility(classifier, samples)
        yield f"after {took:.1f} s", {"step": step, "sure": found.confident, "classes": found.class_shares}
        if found.confident >= _LEGIBLE:
            yield "first read at s", took


def _drawn(generator: Any, z: Any) -> Any:
    import torch

    with torch.no_grad():
        return torch.cat([generator(part) for part in z.split(250)]).float().cpu()


def _busy(wish: Wish) -> Values:
    """Share of the time in which the device works, and the most memory, over some hundred recorded steps."""
    import torch
    from torch.profiler import ProfilerActivity, profile

    from benchmarks.contenders import examples_of
    from ganlab.machine import fastest_precision
    from ganlab.recipes import recipe
    from ganlab.training import new_state, train

    for name in ("wgan-gp-mnist", "dcgan-mnist", "wgan-gp-cifar10"):
        config = recipe(name).config.with_changes(device=wish.device, preview_every=100_000, snapshot_every=1_000_000)
        if wish.rehearsal:
            config = config.with_changes(batch_size=4, width=8)
        data, _ = examples_of(config)
        state = new_state(config, data, auto=fastest_precision(torch.device(wish.device)))
        ticks = train(data, state)
        while state.step < wish.of(50, 2):
            next(ticks)
        _settle(wish)
        kind = ProfilerActivity.CPU if wish.rehearsal else ProfilerActivity.CUDA
        with profile(activities=[kind]) as seen:
            begun = time.perf_counter()
            until = state.step + int(wish.of(200, 1))
            while state.step < until:
                next(ticks)
            _settle(wish)
            took = time.perf_counter() - begun
        column = "self_cpu_time_total" if wish.rehearsal else "self_device_time_total"
        events = seen.key_averages()
        busy = sum(getattr(event, column) for event in events) / 1e6
        longest = sorted(events, key=lambda event: -getattr(event, column))[:12]
        yield (
            name,
            {
                "busy share": busy / took,
                "longest": [(event.key[:120], getattr(event, column) / 1e6 / took, event.count) for event in longest],
                "memory MB": 0 if wish.rehearsal else torch.cuda.max_memory_allocated() / 1e6,
            },
        )


def _explored(wish: Wish) -> Values:
    """Recording and training while another thread draws with the averaged generator, as Explore does."""
    import copy

    import torch

    from benchmarks.contenders import examples_of
    from ganlab.recipes import recipe
    from ganlab.training import new_state, train

    config = recipe("wgan-gp-mnist").config.with_changes(device=wish.device, max_steps=int(wish.of(400, 4)))
    if wish.rehearsal:
        config = config.with_changes(batch_size=4, width=8)
    data, _ = examples_of(config)
    for viewers in (0, 1):
        state = new_state(config, data)
        drawer = copy.deepcopy(state.average).eval()
        over, drawn, errors = threading.Event(), [0], list[str]()

        def draw(generator: Any, over: threading.Event, drawn: list[int], errors: list[str]) -> None:
            z = torch.randn(1, config.z_dim, device=wish.device)
            try:
                while not over.is_set():
                    _drawn(generator, z)
                    drawn[0] += 1
            except RuntimeError as error:
                errors.append(str(error))

        threads = [threading.Thread(target=draw, args=(drawer, over, drawn, errors)) for _ in range(viewers)]
        for thread in threads:
            thread.start()
        begun = time.perf_counter()
        for _ in train(data, state):
            pass
        took = time.perf_counter() - begun
        over.set()
        for thread in threads:
            thread.join()
        yield (
            f"{viewers} drawing",
            {
                "stepping": state.stepping,
                "steps/s": state.step / took,
                "pictures/s": drawn[0] / took,
                "errors": errors,
            },
        )


def _edits(wish: Wish) -> Values:
    """Each knob is turned while it trains: what the step after it takes, and whether steps are recorded again."""
    from benchmarks.contenders import examples_of
    from ganlab.recipes import recipe
    from ganlab.training import new_state, train

    config = recipe("wgan-gp-mnist").config.with_changes(device=wish.device, preview_every=100_000)
    if wish.rehearsal:
        config = config.with_changes(batch_size=4, width=8)
    data, _ = examples_of(config)
    state = new_state(config, data)
    ticks = train(data, state, tick_s=0)
    _advance(ticks, state, int(wish.of(20, 1)))
    for knob, value in (_EDITS | {"batch_size": config.batch_size // 2}).items():
        state.take_config(state.config.with_changes(**{knob: value}))
        begun = time.perf_counter()
        _advance(ticks, state, 1)
        _settle(wish)
        after = time.perf_counter() - begun
        _advance(ticks, state, int(wish.of(5, 1)))
        yield knob, {"value": value, "next step ms": 1e3 * after, "stepping": state.stepping}


def _advance(ticks: Iterator[Any], state: Any, steps: int) -> None:
    until = state.step + steps
    while state.step < until:
        next(ticks)


def _resume(wish: Wish) -> Values:
    """A run that goes on from a snapshot against one that was not interrupted, by the reference and by recordings."""
    import torch

    from benchmarks.contenders import examples_of
    from ganlab.recipes import recipe
    from ganlab.training import new_state, restore_state, train

    for precision in ("float32",) if wish.rehearsal else ("float32", "tf32", "bfloat16"):
        config = recipe("wgan-gp").config.with_changes(device=wish.device, precision=precision, preview_every=100_000)
        data, _ = examples_of(config)
        whole, first = new_state(config, data), new_state(config, data)
        _advance(train(data, whole, tick_s=0), whole, int(wish.of(40, 6)))
        _advance(train(data, first, tick_s=0), first, int(wish.of(20, 3)))
        kept = {name: tensor.detach().cpu().clone() for name, tensor in first.to_tensors().items()}
        second = restore_state(config, data, kept)
        _advance(train(data, second, tick_s=0), second, int(wish.of(20, 3)))
        ends = whole.to_tensors(), second.to_tensors()
        differ = {name: _apart(ends[0][name], ends[1][name]) for name in ends[0]}
        worst = max(differ, key=lambda name: differ[name])
        yield precision, {"bit for bit": not any(differ.values()), "worst": worst, "by": differ[worst]}
        del whole, first, second
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def _apart(one: Any, other: Any) -> float:
    return float((one.detach().cpu().double() - other.detach().cpu().double()).abs().max()) if one.numel() else 0.0


#: By name: what is measured, and the seconds that it may take. What a later part does not need comes first.
PARTS: dict[str, tuple[Callable[[Wish], Values], float]] = {
    "environment": (_environment, 40),
    "tests": (_tests, 90),
    "run": (_run, 100),
    "loops": (_loops, 110),
    "recipes": (_recipes, 120),
    "edits": (_edits, 30),
    "resume": (_resume, 30),
    "explored": (_explored, 40),
    "busy": (_busy, 60),
}


def measure(part: str, wish: Wish) -> None:
    """In this process: write the part's values as they come. Its failure is written as well, and raised."""
    found: dict[str, Any] = {}
    try:
        for name, value in PARTS[part][0](wish):
            found[name] = value
            _keep(wish.folder / f"{part}.json", found)
    except Exception:
        _keep(wish.folder / f"{part}.json", found | {"error": traceback.format_exc()})
        raise


def measure_all(parts: list[str], wish: Wish, minutes: float) -> int:
    """Each part in a process of its own, while there is time. Returns how many failed or were cut off."""
    wish.folder.mkdir(parents=True, exist_ok=True)
    ends: dict[str, Any] = {}
    deadline = time.monotonic() + 60 * minutes
    for part in parts:
        begun = time.monotonic()
        limit = min(PARTS[part][1] * wish.of(1, 3), deadline - begun)
        ends[part] = "no time was left" if limit <= 0 else _process(part, wish, limit)
        took = time.monotonic() - begun
        print(f"{part}: {ends[part]} after {took:.1f} s", flush=True)
        _keep(wish.folder / "summary.json", {"ends": ends})
    return sum(end != "done" for end in ends.values())


def _process(part: str, wish: Wish, limit_s: float) -> str:
    command = [sys.executable, "-m", "benchmarks.gpu", str(wish.folder), "--device", wish.device, "--only", part]
    try:
        done = subprocess.run(command, cwd=ROOT, timeout=limit_s, capture_output=True, text=True, check=False)
    except subprocess.TimeoutExpired:
        return f"cut off at {limit_s:.0f} s"
    if done.returncode == 0:
        return "done"
    return f"failed: {(done.stderr.strip().splitlines() or ['without a word'])[-1][:300]}"


def _keep(path: Path, found: dict[str, Any]) -> None:
    path.write_text(json.dumps(found, indent=1, default=str))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the values go, a file a part")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--parts", nargs="+", choices=tuple(PARTS), default=list(PARTS), metavar="PART")
    parser.add_argument("--minutes", type=float, default=_MINUTES)
    parser.add_argument("--only", choices=tuple(PARTS), help="one part, in this process, without a time limit")
    given = parser.parse_args()
    wish = Wish(given.device, given.folder.resolve())
    if given.only:
        measure(given.only, wish)
    else:
        sys.exit(bool(measure_all(given.parts, wish, given.minutes)))


if __name__ == "__main__":
    main()
