"""An endless plane of seeds to drag over, as in StyleGAN3's visualizer (Karras et al. 2021)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ganlab.gan.latent.space import Space

#: A row of the plane begins so many seeds after the row above it; the seed that is shown is easy to read off.
ROW = 100
_SEEDS = 2**31


def seed_at(x: int, y: int) -> int:
    """The seed at a whole place: |x + 100 y|, so that row 2 begins with seed 200; from 0 to 2³¹ − 1.

    As in the visualizer, the plane repeats itself: 100 places to the right lies what is one place below. Beyond seed 0
    it is mirrored there, so that all around are small seeds.
    """
    return abs(x + ROW * y) % _SEEDS


def pad_corners(x0: int, y0: int, width: int, height: int, space: Space) -> Tensor:
    """Gaussian coordinates of the first latent of each seed at (x0 … x0 + width − 1, y0 … y0 + height − 1).

    Returns (height, width, z_dim). `mixed` makes the points between them; a page that has these can do so alone.
    """
    latents = [space.of_seed(seed_at(x, y)) for y in range(y0, y0 + height) for x in range(x0, x0 + width)]
    return space.to_gaussian(torch.cat(latents)).unflatten(0, (height, width))


def latent_at(x: float, y: float, space: Space) -> Tensor:
    """The latent at a place of the plane, (z_dim,): a seed's first one at whole places, between them their mixture."""
    left, top = math.floor(x), math.floor(y)
    return mixed(pad_corners(left, top, 2, 2, space), x - left, y - top, space)


def mixed(corners: Tensor, right: float, down: float, space: Space) -> Tensor:
    """The latent within a cell, (z_dim,). corners: (2, 2, z_dim) Gaussian coordinates, the upper two first.

    right, down: 0 to 1. Bilinear weights w, and the sum divided by √Σw²: then the mixture of four independent
    standard normal numbers is one again at every place, while a mere mean would be too short by up to half.
    At an edge of the cell the corners off it weigh nothing, so neighbouring cells meet there.
    """
    across, along = torch.tensor([[1.0 - right, right], [1.0 - down, down]])
    weights = along[:, None] * across
    return space.from_gaussian((weights[..., None] * corners).sum((0, 1)) / weights.norm())
