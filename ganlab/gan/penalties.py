"""Penalties on D, by name. Each has one signature: (critic, real, fake, rng) → scalar, not yet weighted."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ganlab.config import PenaltyName

Critic = Callable[[Tensor], Tensor]
Penalty = Callable[..., Tensor]


def gradient_penalty(critic: Critic, *, real: Tensor, fake: Tensor, rng: torch.Generator) -> Tensor:
    """Mean of (‖∇D(x̂)‖₂ − 1)², x̂ uniform on the segments real→fake (Gulrajani et al. 2017, eq. 3).

    The norm is per sample, over all other dimensions. real, fake: (N, ...) of one shape. Returns a scalar.
    """
    weight_shape = (len(real),) + (1,) * (real.dim() - 1)
    weight = torch.rand(weight_shape, generator=rng, device=real.device, dtype=real.dtype)
    between = torch.lerp(real.detach(), fake.detach(), weight).requires_grad_()
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return (slope.flatten(1).norm(dim=1) - 1).square().mean()


#: None: nothing is added to D's loss.
PENALTIES: dict[PenaltyName, Penalty | None] = {"none": None, "gradient": gradient_penalty}
