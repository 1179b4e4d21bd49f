"""What this machine can do at most: square matrix products of sizes that suit it."""

from __future__ import annotations

import time

import torch

SIZES = {"cpu": (256, 512, 1024, 2048), "cuda": (2048, 4096, 8192)}
#: Products in one timing: a GPU's are started together, since starting one takes as long as a small one itself.
_AT_ONCE = {"cpu": 1, "cuda": 20}
#: No larger product is tried once one took so long: bfloat16 is emulated where a processor has no instructions for it.
_LONGEST_S = 1.0


def ceiling(device: torch.device, dtype: torch.dtype, *, sizes: tuple[int, ...] = (), repeats: int = 2) -> float:
    """The best FLOP/s of a matrix product in this precision, on the threads that torch has now.

    sizes: sides of the matrices; by default those in SIZES. Convolutions of small images stay below it: they have
    fewer operations for each number that they read.
    """
    best = 0.0
    for size in sizes or SIZES[device.type]:
        rate = _rate(device, dtype, size, repeats)
        best = max(best, rate)
        if _AT_ONCE[device.type] * 2 * size**3 / rate > _LONGEST_S:
            break
    return best


def _rate(device: torch.device, dtype: torch.dtype, size: int, repeats: int) -> float:
    left, right = (torch.full((size, size), 0.5, device=device, dtype=dtype) for _ in range(2))
    out, at_once = torch.empty_like(left), _AT_ONCE[device.type]
    shortest = float("inf")
    for _ in range(1 + repeats):  # the first one gets ready
        _wait_for(device)
        begun = time.perf_counter()
        for _ in range(at_once):
            torch.mm(left, right, out=out)
        _wait_for(device)
        shortest = min(shortest, time.perf_counter() - begun)
    return at_once * 2 * size**3 / shortest


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
