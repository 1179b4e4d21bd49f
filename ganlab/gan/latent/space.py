"""Where latents live: their number, the prior they are drawn from, and its Gaussian coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.config import PriorName
from ganlab.gan.priors import PRIORS


@dataclass(frozen=True)
class Space:
    """Latents of `z_dim` independent numbers of one prior; half_width belongs to the uniform one alone."""

    z_dim: int
    prior: PriorName = "normal"
    half_width: float = 1.0

    @property
    def deviation(self) -> float:
        """Standard deviation of each number."""
        return PRIORS[self.prior].deviation(self.half_width)

    def of_seed(self, seed: int, count: int = 1) -> Tensor:
        """The first `count` latents of a seed, (count, z_dim)."""
        return latents_of_seed(seed, count, self.z_dim, self.prior, self.half_width)

    def to_gaussian(self, latents: Tensor) -> Tensor:
        """Latents (..., z_dim) in coordinates in which the prior is the standard normal distribution.

        Between two points of those coordinates a great circle passes only points that are typical of the prior.
        A uniform number u on ± h becomes Φ⁻¹((u / h + 1) / 2), which is cut off at ± 5 (and so is what lies outside).
        """
        return PRIORS[self.prior].to_gaussian(latents, self.half_width)

    def from_gaussian(self, coordinates: Tensor) -> Tensor:
        """The way back from `to_gaussian`."""
        return PRIORS[self.prior].from_gaussian(coordinates, self.half_width)

    def truncated(self, latents: Tensor, share: float) -> Tensor:
        """Latents drawn towards the prior's mean, which is 0 in both priors: 1 leaves them, 0 gives the mean.

        They become those of a narrower prior: a normal one with standard deviation `share`, or a uniform one on
        ± share · half_width. Samples lose variety and are more often good (Brock et al. 2019, who draw anew instead
        of shrinking; Karras et al. 2019, who shrink in w).
        """
        return latents * share


def latents_of_seed(seed: int, count: int, z_dim: int, prior: PriorName, half_width: float) -> Tensor:
    """The first `count` latents of a seed, (count, z_dim) on the CPU; the same on every machine and for every count."""
    rng = torch.Generator().manual_seed(seed)
    # torch draws normals in blocks of 16 and redoes the last 16 of a ragged end: whole blocks keep the first fixed.
    whole = count + -count % 16
    return PRIORS[prior].draw(whole, z_dim, half_width, rng)[:count]
