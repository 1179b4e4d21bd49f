"""Distributions that latents are drawn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.config import PriorName


@dataclass(frozen=True)
class Prior:
    """`draw(count, dim, half_width, rng)`: (count, dim) float32 on rng's device; `spread`: one number's reach."""

    draw: Callable[[int, int, float, torch.Generator], Tensor]
    spread: Callable[[float], float]


def _normal(count: int, dim: int, half_width: float, rng: torch.Generator) -> Tensor:
    return torch.randn(count, dim, generator=rng, device=rng.device)


def _uniform(count: int, dim: int, half_width: float, rng: torch.Generator) -> Tensor:
    return (torch.rand(count, dim, generator=rng, device=rng.device) * 2 - 1) * half_width


PRIORS: dict[PriorName, Prior] = {
    "normal": Prior(_normal, spread=lambda half_width: 3.0),
    "uniform": Prior(_uniform, spread=lambda half_width: half_width),
}
