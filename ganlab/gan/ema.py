"""The averaged copy of a generator."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn


def averaged_copy(net: nn.Module) -> nn.Module:
    """A copy that is never trained directly and always in eval mode."""
    return copy.deepcopy(net).eval().requires_grad_(False)


def averaging_rate(decay: float, step: int) -> float:
    """How far an average goes towards the trained network, in [0, 1]; step: updates done so far.

    Early on the decay is (1 + step) / (10 + step) where that is smaller, so that the average forgets the random start
    (Adam-like warm-up, as in TensorFlow's EMA).
    """
    return 1 - min(decay, (1 + step) / (10 + step))


@torch.no_grad()
def update_average(average: nn.Module, net: nn.Module, rate: float | Tensor) -> None:
    """average ← (1 − rate)·average + rate·net, for weights and running statistics alike.

    rate: as `averaging_rate` gives it; or a 0-d tensor beside the weights, and all are updated at once.
    """
    mine, theirs = _floating(average), _floating(net)
    if isinstance(rate, Tensor):
        torch._foreach_mul_(mine, 1 - rate)  # pyright: ignore[reportPrivateImportUsage]
        torch._foreach_add_(mine, torch._foreach_mul(theirs, rate))  # pyright: ignore[reportPrivateImportUsage]
        return
    for one, other in zip(mine, theirs, strict=True):
        one.lerp_(other, rate)


def _floating(net: nn.Module) -> list[Tensor]:
    tensors = [*net.parameters(), *net.buffers()]
    return [tensor.data for tensor in tensors if tensor.is_floating_point()]
