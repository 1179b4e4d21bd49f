"""An experiment of twelve small runs: in turn here, and as tasks of a local Ray."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure, Section, at_least, say
from ganlab.runs import Runs
from ganlab.status import status_on_disk

_EXPERIMENT = ("experiment", "quick-digits", "--vary", "lr_g=1e-4,3e-4,1e-3", "--seeds", "4")
_COUNT = 12


def measure(*, repeats: int = 3, steps: int = 50) -> Section:
    """Whole commands, Python's start and Ray's included; Ray has this machine's cores."""
    here, on_ray = [], []
    for number in range(repeats):
        say(f"{_COUNT} runs of {steps} steps here and on Ray, {number + 1} of {repeats}")
        here.append(_seconds(steps))
        on_ray.append(_seconds(steps, "--on", "ray"))
    figures = [
        Figure(f"{_COUNT} runs in turn here", here, "s"),
        Figure(f"{_COUNT} runs on Ray", on_ray, "s"),
        Figure("speed on Ray over in turn", [a / b for a, b in zip(here, on_ray, strict=True)], "", at_least(0.85)),
    ]
    return Section("Many runs", figures)


def _seconds(steps: int, *words: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "ganlab", *_EXPERIMENT, *words, f"--max-steps={steps}", "--device=cpu"]
        env = {name: value for name, value in os.environ.items() if name not in ("RAY_ADDRESS", "OMP_NUM_THREADS")}
        begin = time.perf_counter()
        subprocess.run([*command, f"--checkpoints={folder}"], env=env, check=True, capture_output=True)
        spent = time.perf_counter() - begin
        finished = [run for run in Runs(Path(folder)).all() if status_on_disk(run).state == "finished"]
    if len(finished) != _COUNT:
        raise RuntimeError(f"{len(finished)} of {_COUNT} runs are finished")
    return spent
