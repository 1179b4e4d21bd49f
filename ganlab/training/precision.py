"""In how many bits the networks calculate: what a run takes, and a short trial of what is faster here."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

import torch
from torch import nn

#: What "auto" comes down to.
Precision = Literal["float32", "bfloat16"]

#: Below this gain bfloat16 is not worth its coarser numbers.
WORTH = 1.1
_ROUNDS = 5


def bfloat16_gain(clock: Callable[[], float] = time.perf_counter) -> float:
    """How many times faster the CPU is with bfloat16: a training step of a small convolutional net, either way.

    Takes a fraction of a second, also where the processor has no such instructions and torch imitates them. Runs on
    the caller's number of threads; the fastest of some rounds counts, so that other work disturbs little.
    """
    with torch.device("meta"):
        net = nn.Sequential(
            *(nn.Conv2d(16, 32, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(32, 64, 4, 2, 1), nn.LeakyReLU(0.2)),
            *(nn.Flatten(), nn.Linear(64 * 16, 1)),
        )
    net = net.to_empty(device="cpu")
    for weight in net.parameters():
        nn.init.constant_(weight, 0.01)
    images = torch.ones(64, 16, 16, 16)
    best = {"float32": float("inf"), "bfloat16": float("inf")}
    for _ in range(_ROUNDS):
        for name in best:
            begin = clock()
            with torch.autocast("cpu", torch.bfloat16, enabled=name == "bfloat16"):
                score = net(images)
            torch.autograd.grad(score.float().mean(), list(net.parameters()))
            best[name] = min(best[name], clock() - begin)
    return best["float32"] / best["bfloat16"]
