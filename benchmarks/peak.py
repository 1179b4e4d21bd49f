"""`python -m benchmarks.peak RECIPE KIND THREADS DEVICE`: the most memory that a training of some steps takes.

In a process of its own, so that no other contender's is in it. Prints bytes of the process, and bytes on the GPU.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

from benchmarks.server import ROOT

_STEPS = 12


def peak_of(recipe: str, kind: str, threads: int, device: str) -> tuple[int, int]:
    """Bytes of the process at its largest, torch and the data included; bytes that tensors took on the GPU, or 0."""
    command = [sys.executable, "-m", "benchmarks.peak", recipe, kind, str(threads), device]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    host, on_gpu = printed.split()[-2:]
    return int(host), int(on_gpu)


def _measure(recipe: str, kind: str, threads: int, device: str) -> tuple[int, int]:
    import torch

    from benchmarks.contenders import KINDS, choice_of_app, contender, examples_of
    from ganlab.recipes import recipe as find_recipe
    from ganlab.training import pick_device

    config = find_recipe(recipe).config.with_changes(device=device)
    data, _ = examples_of(config)
    _, auto = choice_of_app(pick_device(config))
    trained = contender(KINDS[KINDS.index(kind)], config, data, threads=threads, auto=auto)
    assert trained, recipe
    steps = 0
    while steps < _STEPS:
        steps += trained.advance()
    return _host_peak(), torch.cuda.max_memory_allocated() if torch.cuda.is_available() else 0


def _host_peak() -> int:
    """Of this process alone: getrusage's figure begins at that of the process it was started from."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    print(*_measure(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
