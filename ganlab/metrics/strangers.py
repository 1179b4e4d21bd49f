"""Pictures that are no example of a dataset: what its classifier learns to refuse."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

_BANDS = 4
_COARSEST, _FINEST = 2, 6  # cells per side of coarse noise

#: (images, as many others, rng) → strangers, all (N, C, H, W) in [−1, 1].
Kind = Callable[[Tensor, Tensor, torch.Generator], Tensor]


def strangers(images: Tensor, labels: Tensor, rng: torch.Generator) -> Tensor:
    """As many strangers as images (N, C, H, W) in [−1, 1], in equal parts of each kind.

    Each image that meets another meets one of another class, as far as the batch has classes in equal parts: two of
    one class may blend into a good example.
    """
    order = labels.argsort(stable=True)
    others = torch.empty_like(images)
    others[order] = images[order.roll(len(order) // 2)]
    parts = zip(KINDS, images.tensor_split(len(KINDS)), others.tensor_split(len(KINDS)), strict=True)
    return torch.cat([kind(some, other, rng) for kind, some, other in parts])


def _noise(images: Tensor, others: Tensor, rng: torch.Generator) -> Tensor:
    """Each pixel by itself, between two greys."""
    return _between_two_greys(torch.rand(images.shape, generator=rng), rng).to(images)


def _coarse_noise(images: Tensor, others: Tensor, rng: torch.Generator) -> Tensor:
    """Soft clouds of a few cells, between two greys."""
    cells = int(torch.randint(_COARSEST, _FINEST + 1, (), generator=rng))
    clouds = torch.rand(*images.shape[:2], cells, cells, generator=rng)
    return _between_two_greys(F.interpolate(clouds, size=images.shape[2:], mode="bilinear"), rng).to(images)


def _between_two_greys(shares: Tensor, rng: torch.Generator) -> Tensor:
    low, high = torch.rand(2, len(shares), 1, 1, 1, generator=rng) * 2 - 1
    return low + (high - low) * shares


def _shuffled_pixels(images: Tensor, others: Tensor, rng: torch.Generator) -> Tensor:
    pixels = images.flatten(2)
    return pixels[:, :, torch.randperm(pixels.shape[2], generator=rng)].view_as(images)


def _shuffled_bands(images: Tensor, others: Tensor, rng: torch.Generator) -> Tensor:
    """Cut into four rows and four columns, and put together in another order."""
    for side in (2, 3):
        bands = images.tensor_split(_BANDS, side)
        images = torch.cat([bands[place] for place in torch.randperm(_BANDS, generator=rng).tolist()], side)
    return images


def _blends(images: Tensor, others: Tensor, rng: torch.Generator) -> Tensor:
    """Two images at once, each between 40 and 60 %."""
    return images.lerp(others, (0.4 + 0.2 * torch.rand(len(images), 1, 1, 1, generator=rng)).to(images))


def _halves(images: Tensor, others: Tensor, rng: torch.Generator) -> Tensor:
    """The left of one image, the right of another."""
    middle = images.shape[3] // 2
    return torch.cat([images[..., :middle], others[..., middle:]], 3)


def _negatives(images: Tensor, others: Tensor, rng: torch.Generator) -> Tensor:
    return -images


KINDS: tuple[Kind, ...] = (*(_noise, _coarse_noise, _shuffled_pixels, _shuffled_bands, _blends, _halves, _negatives),)
