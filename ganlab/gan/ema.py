"""The averaged copy of a generator."""

from __future__ import annotations

import copy

import torch
from torch import nn


def averaged_copy(net: nn.Module) -> nn.Module:
    """A copy that is never trained directly and always in eval mode."""
    return copy.deepcopy(net).eval().requires_grad_(False)


@torch.no_grad()
def update_average(average: nn.Module, net: nn.Module, *, decay: float, step: int) -> None:
    """average ← decay·average + (1 − decay)·net, for weights and running statistics alike.

    step: updates done so far. Early on the decay is (1 + step) / (10 + step) where that is
    smaller, so that the average forgets the random start (Adam-like warm-up, as in TensorFlow's EMA).
    """
    rate = 1 - min(decay, (1 + step) / (10 + step))
    for mine, theirs in zip(_floating(average), _floating(net), strict=True):
        mine.lerp_(theirs, rate)


def _floating(net: nn.Module) -> list[torch.Tensor]:
    tensors = [*net.parameters(), *net.buffers()]
    return [tensor.data for tensor in tensors if tensor.is_floating_point()]
