"""In how many bits the networks calculate: what a run takes, and a short trial of what is faster here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Literal

import torch
from torch import nn

#: What "auto" comes down to.
Precision = Literal["float32", "tf32", "bfloat16"]

#: Below this gain bfloat16 is not worth its coarser numbers.
WORTH = 1.1
_ROUNDS = 6
#: So many keep a GPU busy for longer than it takes to tell it what to do.
_IMAGES = {"cpu": 64, "cuda": 4096}
_PATIENCE_S = 1.5


def casting_once(device: torch.device) -> AbstractContextManager[Any]:
    """A stretch in which each weight is brought into 16 bits once, however many passes are calculated in them.

    Autocast forgets its copies when its outermost region ends; this one is outermost and casts nothing by itself. No
    weight may be changed within, and none be used without a gradient before it is used with one.
    """
    return torch.autocast(device.type, torch.bfloat16, enabled=False)


@contextmanager
def tensor_cores(device: torch.device, precision: Precision) -> Iterator[None]:
    """Whether an NVIDIA GPU may round the factors of 32-bit products to 10 bits behind the point (TF32): not where
    float32 is meant as the reference. The process's own settings come back at the end.
    """
    if device.type != "cuda":
        yield
        return
    settings = torch.backends.cuda.matmul, torch.backends.cudnn.conv  # pyright: ignore[reportAttributeAccessIssue]
    before = [each.fp32_precision for each in settings]
    try:
        for each in settings:
            each.fp32_precision = "ieee" if precision == "float32" else "tf32"
        yield
    finally:
        for each, word in zip(settings, before, strict=True):
            each.fp32_precision = word


def bfloat16_gain(device: torch.device, clock: Callable[[], float] = time.perf_counter) -> float:
    """How many times faster a device is with bfloat16: a step of a discriminator on images of 28×28, either way.

    A GPU is measured against TF32. Takes about half a second on one core, and little more where the processor has no
    such instructions and torch imitates them: it then makes do with fewer rounds. Runs on the caller's number of
    threads; the fastest of all rounds counts, so that other work disturbs little. Raises torch.OutOfMemoryError.
    """
    best = {"tf32": float("inf"), "bfloat16": float("inf")}
    nets = {name: _discriminator(device, channels_last=name == "bfloat16") for name in best}
    images = torch.full((_IMAGES[device.type], 1, 28, 28), 0.1, device=device)
    begun = clock()
    for turn in range(_ROUNDS):
        for name, net in nets.items():
            begin = clock()
            with tensor_cores(device, "tf32"), torch.autocast(device.type, torch.bfloat16, enabled=name == "bfloat16"):
                score = net(images)
            torch.autograd.grad(score.float().mean(), list(net.parameters()))[0].sum().item()  # waits for a GPU
            best[name] = min(best[name], clock() - begin)
        if turn and clock() - begun > _PATIENCE_S:  # the first round pays for what is set up once
            break
    return best["tf32"] / best["bfloat16"]


def _discriminator(device: torch.device, *, channels_last: bool) -> nn.Module:
    """A net like those of the recipes, with weights that were never drawn at random."""
    with torch.device("meta"):
        net = nn.Sequential(
            *(nn.Conv2d(1, 64, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(64, 128, 4, 2, 1), nn.LeakyReLU(0.2)),
            *(nn.Flatten(), nn.Linear(128 * 49, 1)),
        )
    net = net.to_empty(device=device)
    for weight in net.parameters():
        nn.init.constant_(weight, 0.01)
    return net.to(memory_format=torch.channels_last) if channels_last else net  # pyright: ignore[reportCallIssue]
