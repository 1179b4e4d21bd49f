"""Distributions that latents are drawn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.config import PriorName

#: Gaussian coordinates of a uniform number end here: further out float32 tells no two of them apart.
_FARTHEST = 5.0


@dataclass(frozen=True)
class Prior:
    """A row of the table.

    draw(count, dim, half_width, rng): (count, dim) float32 on rng's device; spread(half_width): one number's reach;
    deviation(half_width): its standard deviation; to_gaussian, from_gaussian (latents of any shape, half_width): there
    and back to coordinates in which the prior is the standard normal distribution.
    """

    draw: Callable[[int, int, float, torch.Generator], Tensor]
    spread: Callable[[float], float]
    deviation: Callable[[float], float]
    to_gaussian: Callable[[Tensor, float], Tensor]
    from_gaussian: Callable[[Tensor, float], Tensor]


def _normal(count: int, dim: int, half_width: float, rng: torch.Generator) -> Tensor:
    return torch.randn(count, dim, generator=rng, device=rng.device)


def _uniform(count: int, dim: int, half_width: float, rng: torch.Generator) -> Tensor:
    return (torch.rand(count, dim, generator=rng, device=rng.device) * 2 - 1) * half_width


def _uniform_to_gaussian(latents: Tensor, half_width: float) -> Tensor:
    """√2 · erf⁻¹(u / h), which is Φ⁻¹ of the share of the prior below u; in float64, since its ends are steep."""
    coordinates = torch.erfinv((latents.double() / half_width).clamp(-1, 1)) * 2**0.5
    return coordinates.clamp(-_FARTHEST, _FARTHEST).to(latents.dtype)


def _uniform_from_gaussian(coordinates: Tensor, half_width: float) -> Tensor:
    return torch.erf(coordinates / 2**0.5) * half_width


PRIORS: dict[PriorName, Prior] = {
    "normal": Prior(
        _normal,
        spread=lambda half_width: 3.0,
        deviation=lambda half_width: 1.0,
        to_gaussian=lambda latents, half_width: latents,
        from_gaussian=lambda coordinates, half_width: coordinates,
    ),
    "uniform": Prior(
        _uniform,
        spread=lambda half_width: half_width,
        deviation=lambda half_width: half_width / 3**0.5,
        to_gaussian=_uniform_to_gaussian,
        from_gaussian=_uniform_from_gaussian,
    ),
}
