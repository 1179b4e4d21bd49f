"""Statistics of what a network sees of two sets of images: how far apart they are, and how they lie in each other.

Features are float (N, d), of reals and of fakes by the same network. Sums are in float64 and no result depends on the
size of a batch. Values of different networks cannot be compared, nor values of different N: see docs/scores.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

#: Neighbours that make a manifold (Naeem et al. 2020, section 4).
NEIGHBOURS = 5
#: Features that a kernel pairs with one another, at most.
_MOST_PAIRED = 10_000
#: Features whose moments are summed at once.
_ROWS = 4096
#: Distances that are held at once.
_AT_ONCE = 4_000_000
#: A distance below this share of the longest one is that of two equal points, rounded.
_ROUNDING = 1e-7


@dataclass(frozen=True)
class Moments:
    """Mean (d,) and covariance (d, d, divided by N − 1) of features, float64."""

    count: int
    mean: Tensor
    covariance: Tensor

    @cached_property
    def root(self) -> Tensor:
        """Symmetric square root of the covariance, (d, d)."""
        values, vectors = torch.linalg.eigh(self.covariance)
        return (vectors * values.clamp(min=0).sqrt()) @ vectors.T


def moments(features: Tensor) -> Moments:
    """Of N ≥ 2 features. In parts, so that 50,000 of 2,048 numbers are never in float64 all at once."""
    count, size = features.shape
    parts = features.split(_ROWS)
    mean = sum((part.sum(0, dtype=torch.float64) for part in parts), torch.zeros(size, dtype=torch.float64)) / count
    covariance = torch.zeros(size, size, dtype=torch.float64)
    for part in parts:
        apart = part.double() - mean
        covariance.addmm_(apart.T, apart)
    return Moments(count, mean, covariance / (count - 1))


def frechet_distance(real: Moments, fake: Moments) -> float:
    """|μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 √(Σ₁ Σ₂)), 0 or more (Heusel et al. 2017, eq. 6).

    The trace of the root is that of √(√Σ₁ Σ₂ √Σ₁), whose eigenvalues are real: finite also where N is below d or G has
    collapsed. It is too large by about c / N, so N belongs to the value.
    """
    if torch.equal(real.mean, fake.mean) and torch.equal(real.covariance, fake.covariance):
        return 0.0
    between = real.root @ fake.covariance @ real.root
    shared = torch.linalg.eigvalsh((between + between.T) / 2).clamp(min=0).sqrt().sum()
    trace = real.covariance.trace() + fake.covariance.trace() - 2 * shared
    return max(float((real.mean - fake.mean).square().sum() + trace), 0.0)


@dataclass(frozen=True)
class Kernels:
    """Features (N, d), float64, and the mean of the kernel over their pairs of two different ones."""

    features: Tensor
    within: float


def kernels(features: Tensor) -> Kernels:
    """Of N ≥ 2 features; of more than 10,000 the first so many."""
    wide = features[:_MOST_PAIRED].double()
    count = len(wide)
    alone = float(_cubed((wide * wide).sum(1) / wide.shape[1]).sum())
    return Kernels(wide, (_kernel_sum(wide, wide) - alone) / (count * (count - 1)))


def kernel_distance(real: Kernels, fake: Kernels) -> float:
    """The squared maximum mean discrepancy, without bias (Bińkowski et al. 2018, section 3).

    The kernel is (x·y / d + 1)³, and all pairs count, where others take the mean over random subsets. 0 on average for
    equal distributions, so that values just below 0 are right.
    """
    pairs = len(real.features) * len(fake.features)
    return real.within + fake.within - 2 * _kernel_sum(real.features, fake.features) / pairs


@dataclass(frozen=True)
class Manifold:
    """Features (N, d), float64, and for each the distance to its k-th nearest other one, (N,)."""

    features: Tensor
    radii: Tensor


def manifold(features: Tensor, *, neighbours: int = NEIGHBOURS) -> Manifold:
    """Of features, N > neighbours."""
    wide = features.double()
    radii = torch.empty(len(wide), dtype=torch.float64)
    for part, found in zip(_parts(wide, len(wide)), _parts(radii, len(wide)), strict=True):
        # numpy's partition is several times as fast as torch's; copied, since a view would keep all distances
        found.copy_(torch.from_numpy(np.partition(_distances(part, wide).numpy(), neighbours)[:, neighbours]))
    return Manifold(wide, radii)


@dataclass(frozen=True)
class Overlap:
    """How two sets lie in each other.

    precision: share of fakes that lie among the reals; recall: share of reals that lie among the fakes (Kynkäänniemi et
    al. 2019, section 2). density: in how many reals' neighbourhoods a fake lies, over k; 1 for equal distributions, and
    above 1 for fakes where reals are dense. coverage: share of reals with a fake in their neighbourhood (Naeem et al.
    2020, section 4).
    """

    precision: float
    recall: float
    density: float
    coverage: float


def overlap(real: Manifold, fake: Manifold, *, neighbours: int = NEIGHBOURS) -> Overlap:
    """Being within a neighbourhood is being nearer than its radius, as in the authors' code (prdc)."""
    inside = torch.zeros(len(fake.features), dtype=torch.int64)
    covered = torch.zeros(len(real.features), dtype=torch.bool)
    reached = torch.zeros(len(real.features), dtype=torch.bool)
    begin = 0
    for part in _parts(real.features, len(fake.features)):
        rows = slice(begin, begin + len(part))
        apart = _distances(part, fake.features)
        near = apart < real.radii[rows, None]
        inside += near.sum(0)
        covered[rows] = near.any(1)
        reached[rows] = (apart < fake.radii).any(1)
        begin += len(part)
    return Overlap(
        precision=_share(inside > 0),
        recall=_share(reached),
        density=float(inside.double().mean()) / neighbours,
        coverage=_share(covered),
    )


def inception_score(probabilities: Tensor, rng: torch.Generator, *, splits: int = 10) -> float:
    """exp of the mean KL from each image's classes to those of all, mean over splits (Salimans et al. 2016, section 4).

    probabilities: (N, K), of images in any order: they are shuffled. From 1 (all alike, or never sure) to K (sure of
    each, all classes as often). Its bias depends on N and on the splits.
    """
    parts = torch.randperm(len(probabilities), generator=rng).tensor_split(min(splits, len(probabilities)))
    return sum(_exp_of_information(probabilities[part].double()) for part in parts) / len(parts)


def extrapolated(values: dict[int, float]) -> float:
    """The value at infinite N: a line over 1 / N, by least squares (Chong and Forsyth 2020, section 3).

    values: by N, two or more.
    """
    inverse = torch.tensor([1 / count for count in values], dtype=torch.float64)
    found = torch.tensor(list(values.values()), dtype=torch.float64)
    apart = inverse - inverse.mean()
    slope = (apart * (found - found.mean())).sum() / apart.square().sum()
    return float(found.mean() - slope * inverse.mean())


def _exp_of_information(probabilities: Tensor) -> float:
    marginal = probabilities.mean(0)
    divergence = torch.xlogy(probabilities, probabilities) - torch.xlogy(probabilities, marginal)
    return math.exp(float(divergence.sum(1).mean()))


def _kernel_sum(one: Tensor, other: Tensor) -> float:
    return sum(float(_cubed(part @ other.T / one.shape[1]).sum()) for part in _parts(one, len(other)))


def _cubed(products: Tensor) -> Tensor:
    base = products + 1
    return base * base * base  # ** 3 takes five times as long


def _distances(one: Tensor, other: Tensor) -> Tensor:
    """Euclidean, (N, M), exactly 0 between equal points, float64."""
    squares = (one.square().sum(1)[:, None] + other.square().sum(1) - 2 * one @ other.T).clamp_(min=0)
    longest = squares.max() if squares.numel() else squares.sum()
    return squares.masked_fill_(squares < _ROUNDING**2 * longest, 0).sqrt_()


def _parts(features: Tensor, others: int) -> tuple[Tensor, ...]:
    return features.split(max(_AT_ONCE // max(others, 1), 1))


def _share(which: Tensor) -> float:
    return float(which.double().mean())
