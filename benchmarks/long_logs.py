"""What a long run's log costs whoever opens it: time and memory, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson

from benchmarks.figures import Figure, Section, at_most, say
from ganlab.recipes import recipe
from ganlab.runs import Runs

#: Steps of a short run, and of the long one that is held against it.
SHORT, LONG = 1_000, 1_000_000
#: Steps of a tick: of a quick training and of a slow one.
STEPS_PER_TICK = (100, 10)
_SERIES = ("wasserstein", "penalty", "loss_d", "loss_g", "grad_norm_d", "grad_norm_g")
_LOOK_EVERY = 100

#: Opens a run of the folder given as a page does, and again after one more tick; says seconds and bytes.
_OPEN = """
import json, os, sys, time
from pathlib import Path
from benchmarks.machine import resident_bytes
from ganlab.runs import Runs

run = Runs(Path(sys.argv[1])).get(sys.argv[2])
took = {}
def timed(what, action):
    begun, cpu = time.perf_counter(), time.process_time()
    action()
    took[what], took[what + " cpu"] = time.perf_counter() - begun, time.process_time() - cpu
timed("fold", run.history)
timed("curves", lambda: run.curves().part())
run.log("tick", step=run.history().step + 1, seconds=0.25, images=64, series={"loss_d": [0.5]})
timed("refresh", lambda: run.curves().part(bucket=run.curves().bucket, start=run.curves().count - 1))
print(json.dumps(took | {"resident": resident_bytes(os.getpid())}))
"""


def measure(*, repeats: int = 3) -> Section:
    """Made-up values of six series and a look every hundred steps; nothing else runs in the process that opens them."""
    figures: list[Figure] = []
    for per_tick in STEPS_PER_TICK:
        with tempfile.TemporaryDirectory() as folder:
            say(f"logs of {SHORT:,} and {LONG:,} steps, {per_tick} to a tick")
            short, long = (list(_opened(Path(folder), steps, per_tick, repeats)) for steps in (SHORT, LONG))
        figures += [
            Figure(
                f"{LONG:,} steps, {per_tick} to a tick: fold",
                [1000 * each["fold"] for each in long],
                "ms",
                at_most(1000),
            ),
            Figure("  of the processor", [1000 * each["fold cpu"] for each in long], "ms"),
            Figure("  curves, first time", [1000 * each["curves"] for each in long], "ms"),
            Figure("  of the processor", [1000 * each["curves cpu"] for each in long], "ms"),
            Figure("  one tick more, fold and curves", [1000 * each["refresh"] for each in long], "ms"),
            Figure("  resident", [each["resident"] / 2**20 for each in long], "MiB"),
            Figure(
                f"    against {SHORT:,} steps",
                [after["resident"] / before["resident"] for before, after in zip(short, long, strict=True)],
                "",
                at_most(1.1),
            ),
        ]
    return Section("Opening a long run", figures)


def _opened(folder: Path, steps: int, per_tick: int, repeats: int) -> Iterator[dict[str, float]]:
    run = Runs(folder).create(recipe("wgan-gp").config.with_changes(max_steps=10_000_000))
    log = run.path / "history.jsonl"
    log.write_bytes(b"".join(_lines(steps, per_tick)))
    size = log.stat().st_size
    for _ in range(repeats):
        command = [sys.executable, "-c", _OPEN, str(folder), run.id]
        root = Path(__file__).parents[1]
        yield orjson.loads(subprocess.run(command, cwd=root, capture_output=True, check=True).stdout)
        with log.open("rb+") as file:
            file.truncate(size)


def _lines(steps: int, per_tick: int) -> Iterator[bytes]:
    rng = np.random.default_rng(0)
    option = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE
    yield orjson.dumps({"type": "start", "time": 0.0, "step": 0, "device": "CPU"}, option=option)
    for step in range(per_tick, steps + 1, per_tick):
        series = {name: rng.standard_normal(per_tick, np.float32) for name in _SERIES}
        tick = {"type": "tick", "step": step, "seconds": 0.25, "images": 64 * per_tick, "series": series}
        yield orjson.dumps(tick, option=option)
        if step % _LOOK_EVERY == 0:
            yield orjson.dumps(
                {"type": "measures", "step": step, "values": {"diversity": 0.5, "moved": 0.1}}, option=option
            )
