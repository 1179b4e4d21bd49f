"""About how long a training would take on this computer, before anything is trained."""

from __future__ import annotations

import functools
import time

import torch
from torch import nn

from ganlab.config import TrainConfig
from ganlab.data import class_names_for, shape_for
from ganlab.gan.summary import summarise

#: What an update costs beside its arithmetic, in seconds: batches, optimiser, calls.
_UPDATE_S = 3e-3
#: A backward pass is two forward passes; a penalty on slopes differentiates twice.
_PASSES, _PENALTY_PASSES = 3, 3
_IMAGES, _ROUNDS = 64, 4


def seconds_for(config: TrainConfig) -> float:
    """Seconds that all steps of a config take here, right to a factor of about two. Raises ConfigError.

    From the arithmetic of its networks and a trial of this computer's speed, made once per process.
    """
    classes = class_names_for(config)
    pair = summarise(config, shape_for(config), len(classes) if config.conditional else 0)
    g, d = pair.generator.flops, pair.discriminator.flops
    d_passes = 2 * _PASSES + (0 if config.penalty == "none" else _PENALTY_PASSES)
    step = config.d_steps * (g + d_passes * d) + _PASSES * (g + d)
    updates = config.d_steps + 1
    return config.max_steps * (config.batch_size * step / _flops_per_s() + updates * _UPDATE_S)


@functools.cache
def _flops_per_s() -> float:
    """Of two convolutions, forward and backward, on the device that "auto" takes; the fastest of some rounds."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with torch.device("meta"):  # weights that are drawn would move torch's global generator on
        net = nn.Sequential(nn.Conv2d(1, 32, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(32, 64, 4, 2, 1))
    net = net.to_empty(device=device)
    for weight in net.parameters():
        nn.init.constant_(weight, 0.01)
    flops = 2 * 16 * (32 * 14**2 + 32 * 64 * 7**2)
    images = torch.zeros(_IMAGES, 1, 28, 28, device=device)
    best = float("inf")
    for _ in range(_ROUNDS):
        begin = time.perf_counter()
        torch.autograd.grad(net(images).mean(), list(net.parameters()))[0].sum().item()  # waits for a GPU
        best = min(best, time.perf_counter() - begin)
    return _PASSES * flops * _IMAGES / best
