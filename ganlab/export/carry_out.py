"""A program carried out with torch: what the other runtimes are compared with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.export.program import Program


@torch.no_grad()
def carry_out(program: Program, z: Tensor, labels: Tensor | None = None) -> Tensor:
    """What the generator makes of z (N, z_dim) and labels, int64 (N,): (N, …) float32 on the CPU."""
    values = [z]
    for op in program.ops:
        given = [values[number] for number in op.inputs]
        weights = [torch.from_numpy(np.ascontiguousarray(weight)) for weight in op.weights]
        if op.kind == "embed":
            assert labels is not None, "a class-conditional program needs labels"
            values.append(torch.cat([z, weights[0][labels]], dim=1))
        else:
            values.append(RULES[op.kind](op, *given, *weights))
    return values[-1]


def _per_channel(weight: Tensor, x: Tensor) -> Tensor:
    return weight.view(-1, *[1] * (x.dim() - 2))


RULES: dict[str, Callable[..., Tensor]] = {
    "linear": lambda op, x, weight, bias: F.linear(x, weight, bias).view(-1, *op.shape),
    "convolve": lambda op, x, weight, bias: F.conv2d(x, weight, bias, padding=op.settings["padding"]),
    "enlarge": lambda op, x, weight, bias: F.conv_transpose2d(x, weight, bias, stride=2, padding=1),
    "nearest": lambda op, x: F.interpolate(x, size=op.shape[1:]),
    "scale": lambda op, x, factor, shift: x * _per_channel(factor, x) + _per_channel(shift, x),
    "normalise": lambda op, x, factor, shift: F.group_norm(x, op.settings["groups"], factor, shift, op.settings["eps"]),
    "leaky": lambda op, x: F.leaky_relu(x, op.settings["slope"]),
    "tanh": lambda op, x: x.tanh(),
    "add": lambda op, x, y: x + y,
}


def farthest(one: Program, other: Program, *, count: int = 64) -> float:
    """The largest difference between the pictures of two programs for `count` latents of seed 0, in [−1, 1]."""
    rng = torch.Generator().manual_seed(0)
    z = torch.randn(count, one.z_dim, generator=rng)
    labels = torch.arange(count) % one.class_count if one.class_count else None
    return max(
        float((carry_out(one, part, chosen) - carry_out(other, part, chosen)).abs().max())
        for part, chosen in zip(z.split(8), labels.split(8) if labels is not None else [None] * count, strict=False)
    )
