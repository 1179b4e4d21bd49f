"""Sliced Wasserstein distance of patches, at each size of a Laplacian pyramid: needs no network and no labels."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

_PATCH, _PER_IMAGE, _MOST_PATCHES, _SMALLEST = 7, 128, 2**17, 16
#: Images whose pyramid is held at once.
_AT_ONCE = 1000
_REPEATS, _DIRECTIONS = 4, 128
#: Of a binomial filter, whose outer product blurs (Burt and Adelson 1983).
_BLUR = (1.0, 4.0, 6.0, 4.0, 1.0)
_SCALE = 1e3


def patches(images: Tensor, rng: torch.Generator) -> list[Tensor]:
    """Random patches 7×7 of each level of the pyramid, normalised: one (M, C·49) a level, the finest first.

    images: float (N, C, S, S) in [−1, 1], S at least 16. Levels are halved down to 16 pixels. Each image has 128
    patches a level, and fewer from 1,025 images on: M is at most 131,072, or N. Each channel of a level has mean 0 and
    deviation 1 afterwards, so that brightness and contrast alone make no distance.
    """
    each = max(1, min(_PER_IMAGE, _MOST_PATCHES // len(images)))
    # in parts, since a pyramid is several times as large as its images
    cut = [[_cut(level, each, rng) for level in _pyramid(part)] for part in images.split(_AT_ONCE)]
    return [_normalised(torch.cat(level)) for level in zip(*cut, strict=True)]


def sliced_distance(one: Tensor, other: Tensor, rng: torch.Generator) -> float:
    """10³ × the mean W₁ of two sets of points (N, d) along 4 × 128 random directions of length 1.

    As in Karras et al. 2018 (progressive growing), section 5. Of more points in one set, as many are taken as in the
    other.
    """
    count = min(len(one), len(other))
    sets = [_some(points, count, rng) for points in (one, other)]
    total = 0.0
    for _ in range(_REPEATS):
        directions = torch.randn(_DIRECTIONS, one.shape[1], generator=rng)
        directions /= directions.norm(dim=1, keepdim=True)
        # numpy's sort is ten times as fast as torch's
        along = [np.sort((directions @ points.T).numpy()) for points in sets]
        total += float(np.abs(along[0] - along[1]).mean(dtype=np.float64))
    return _SCALE * total / _REPEATS


def _some(points: Tensor, count: int, rng: torch.Generator) -> Tensor:
    return points if count == len(points) else points[torch.randperm(len(points), generator=rng)[:count]]


def _pyramid(images: Tensor) -> list[Tensor]:
    levels, rest = [], images.float()
    while rest.shape[-1] // 2 >= _SMALLEST:
        smaller = _blurred(rest)[:, :, ::2, ::2]
        levels.append(rest - _enlarged(smaller, rest.shape[-2:]))
        rest = smaller
    return [*levels, rest]


def _blurred(images: Tensor) -> Tensor:
    line = torch.tensor(_BLUR) / sum(_BLUR)
    kernel = torch.outer(line, line).expand(images.shape[1], 1, -1, -1)
    return F.conv2d(F.pad(images, (2,) * 4, mode="reflect"), kernel, groups=images.shape[1])


def _enlarged(images: Tensor, size: torch.Size) -> Tensor:
    spread = images.new_zeros(*images.shape[:2], *size)
    spread[:, :, ::2, ::2] = images
    return 4 * _blurred(spread)


def _cut(images: Tensor, each: int, rng: torch.Generator) -> Tensor:
    """(each · N, C, 7, 7), at random places of each image."""
    count, _, height, width = images.shape
    places = [torch.randint(0, side - _PATCH + 1, (count, each), generator=rng) for side in (height, width)]
    windows = images.unfold(2, _PATCH, 1).unfold(3, _PATCH, 1)
    which = torch.arange(count)[:, None].expand(-1, each)
    return windows[which, :, places[0], places[1]].flatten(0, 1)


def _normalised(cut: Tensor) -> Tensor:
    cut -= cut.mean((0, 2, 3), keepdim=True)
    cut /= cut.std((0, 2, 3), keepdim=True, correction=0).clamp(min=1e-8)
    return cut.flatten(1)


def levels_of(size: int) -> int:
    """How many levels images of `size` pixels have."""
    return 1 + max(0, int(math.log2(size / _SMALLEST)))
