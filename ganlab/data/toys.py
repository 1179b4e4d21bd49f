"""Distributions in the plane, generated when asked for: what a GAN learns, and where it fails, shows at a glance.

All points lie mostly within ±1. u is uniform on [0, 1), ε normal with mean 0 and standard deviation 1 (one for each
coordinate), both drawn anew for each point.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.data.dataset import Dataset, InPlane, Progress, Split, Wanted

COUNTS: dict[Split, int] = {"train": 20_000, "test": 5_000}

#: Points float32 (count, 2), and the number of each one's mode, or None for a distribution in one piece.
#: Count, modes, spread and imbalance are asked for; with 0 modes and 0 spread they are as the docstring has them.
Draw = Callable[[int, torch.Generator, InPlane], tuple[Tensor, Tensor | None]]

#: Distance of the modes from the centre, and the largest coordinate of the shapes without a rim of their own.
_REACH = 0.8
#: Standard deviation of each coordinate within a mode of the two mixtures.
MODE_NOISE = 0.02


def ring_modes(count: int = 8) -> Tensor:
    """Centres (count, 2) of gaussians-ring: 0.8 (cos 2πk/count, sin 2πk/count), anticlockwise from the right."""
    return _polar(torch.tensor(_REACH), torch.arange(count) * (2 * math.pi / count))


def grid_modes(count: int = 25) -> Tensor:
    """Centres (count, 2) of gaussians-grid: both coordinates in −0.8, −0.4, 0, 0.4, 0.8; from the lower left, by rows.

    Of any count: as many columns as make a square, or the next one; the last row is left short.
    """
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    y, x = (torch.linspace(-_REACH, _REACH, many) if many > 1 else torch.zeros(1) for many in (rows, columns))
    return torch.cartesian_prod(y, x).flip(1)[:count]


def mode_weights(count: int, imbalance: float) -> Tensor:
    """Shares (count,) of the modes, float64: they fall by one factor each, the first imbalance times the last."""
    weights = torch.logspace(0, -math.log10(imbalance), count, dtype=torch.float64)
    return weights / weights.sum()


def gaussians_ring(count: int, rng: torch.Generator, asked: InPlane) -> tuple[Tensor, Tensor]:
    """c_k + 0.02 ε, k uniform over the 8 centres of `ring_modes`. Labels: k.

    The benchmark of Metz et al. 2017 (unrolled GANs: radius 2, deviation 0.02), at its own scale.
    """
    return _around(ring_modes(asked.modes or 8), count, rng, asked)


def gaussians_grid(count: int, rng: torch.Generator, asked: InPlane) -> tuple[Tensor, Tensor]:
    """c_k + 0.02 ε, k uniform over the 25 centres of `grid_modes`. Labels: k. After Gulrajani et al. 2017, figure 1."""
    return _around(grid_modes(asked.modes or 25), count, rng, asked)


def swiss_roll(count: int, rng: torch.Generator, asked: InPlane) -> tuple[Tensor, None]:
    """t (cos t, sin t) / 4.5π + 0.02 ε with t = 1.5π (1 + 2u): a spiral of one and a half turns.

    scikit-learn's `make_swiss_roll` seen from its side. No labels.
    """
    turn = 1.5 * math.pi * (1 + 2 * _uniform(count, rng))
    return _polar(turn / (4.5 * math.pi), turn) + (asked.spread or 0.02) * _normal(count, rng), None


def moons(count: int, rng: torch.Generator, asked: InPlane) -> tuple[Tensor, Tensor]:
    """((x, y) − (0.5, 0.25)) / 1.6 + 0.03 ε on one of two half circles, a = πu.

    Upper (label 0): (x, y) = (cos a, sin a); lower (label 1): (1 − cos a, 0.5 − sin a), as in scikit-learn's
    `make_moons`.
    """
    lower = _mode(2, count, rng, asked)
    upper = _polar(torch.tensor(1.0), math.pi * _uniform(count, rng))
    points = torch.where((lower == 1)[:, None], torch.tensor([1.0, 0.5]) - upper, upper)
    return (points - torch.tensor([0.5, 0.25])) / 1.6 + (asked.spread or 0.03) * _normal(count, rng), lower


def line(count: int, rng: torch.Generator, asked: InPlane) -> tuple[Tensor, None]:
    """t (1, 0.5) with t uniform on ±0.8, without noise: a set of no area, which no density describes. No labels."""
    along = _REACH * (2 * _uniform(count, rng) - 1)
    return _blurred(torch.stack([along, along / 2], 1), rng, asked), None


def circle(count: int, rng: torch.Generator, asked: InPlane) -> tuple[Tensor, None]:
    """0.8 (cos 2πu, sin 2πu), without noise: a set of no area with a hole in it. No labels."""
    return _blurred(_polar(torch.tensor(_REACH), 2 * math.pi * _uniform(count, rng)), rng, asked), None


def checkerboard(count: int, rng: torch.Generator, asked: InPlane) -> tuple[Tensor, None]:
    """Uniform on the 8 dark squares of a 4×4 board that fills ±1, the lower left one dark. No labels, no noise."""
    row, half = _choice(4, count, rng), _choice(2, count, rng)
    corner = torch.stack([2 * half + row % 2, row], 1)
    return _blurred((corner + torch.rand(count, 2, generator=rng)) / 2 - 1, rng, asked), None


def two_disjoint(count: int, rng: torch.Generator, asked: InPlane) -> tuple[Tensor, Tensor]:
    """(±0.5, 0.8 (2u − 1)): two parallel segments that never meet. Labels: 0 left, 1 right. No noise.

    Example 1 of Arjovsky et al. 2017 (WGAN): between two such segments JSD is log 2 at any distance, and only the
    Wasserstein distance tells how far apart they are.
    """
    right = _mode(2, count, rng, asked)
    points = torch.stack([right - 0.5, _REACH * (2 * _uniform(count, rng) - 1)], 1)
    return _blurred(points, rng, asked), right


@dataclass(frozen=True)
class Toy:
    """A row of the table of toys. class_names: of its modes, in the order of the labels; none for one piece.

    has_heaps: whether their number can be asked for.
    """

    name: str
    title: str
    description: str
    draw: Draw
    class_names: tuple[str, ...] = ()
    has_heaps: bool = False

    def load(self, wanted: Wanted, *, progress: Progress) -> Dataset:
        """20,000 points to train on, with those to test held out, or 5,000 to test with: always the same."""
        progress(f"Making {self.title}", None)
        test = self._of("test", wanted.plane)
        return test if wanted.split == "test" else self._of("train", wanted.plane).beside(test)

    def names_of(self, asked: InPlane) -> tuple[str, ...]:
        """Of the modes that are asked for."""
        return tuple(map(str, range(asked.modes))) if asked.modes and self.has_heaps else self.class_names

    def _of(self, split: Split, asked: InPlane) -> Dataset:
        rng = torch.Generator().manual_seed(zlib.crc32(f"{self.name} {split}".encode()))
        points, labels = self.draw(COUNTS[split], rng, asked)
        return Dataset(self.name, points, labels, self.names_of(asked), plane=asked)


TOYS: tuple[Toy, ...] = (
    Toy(
        "gaussians-ring",
        "Ring of Gaussians",
        "Eight narrow heaps of points on a circle. The test for mode collapse: does G find all eight? "
        "Source: Metz et al., Unrolled Generative Adversarial Networks, 2017.",
        gaussians_ring,
        tuple(map(str, range(8))),
        has_heaps=True,
    ),
    Toy(
        "gaussians-grid",
        "Grid of Gaussians",
        "Twenty-five narrow heaps of points, five by five: harder than the ring. "
        "Source: Gulrajani et al., Improved Training of Wasserstein GANs, 2017.",
        gaussians_grid,
        tuple(map(str, range(25))),
        has_heaps=True,
    ),
    Toy(
        "swiss-roll",
        "Swiss roll",
        "A spiral whose arms lie close together, so that a blurred copy shows at once. "
        "Source: scikit-learn's make_swiss_roll, from the side.",
        swiss_roll,
    ),
    Toy(
        "moons",
        "Two moons",
        "Two half circles that reach into each other without touching. Source: scikit-learn's make_moons.",
        moons,
        ("upper", "lower"),
    ),
    Toy("line", "Line", "Points on a straight line, without noise: the simplest thing that has no density.", line),
    Toy("circle", "Circle", "Points on a circle, without noise: G has to leave a hole in the middle.", circle),
    Toy(
        "checkerboard",
        "Checkerboard",
        "Eight dark squares of a board: sharp edges, and corners that touch.",
        checkerboard,
    ),
    Toy(
        "two-disjoint",
        "Two segments",
        "Two parallel segments that never meet: for them the Jensen-Shannon divergence is flat and the Wasserstein "
        "distance is not. Source: Arjovsky et al., Wasserstein GAN, 2017, example 1.",
        two_disjoint,
        ("left", "right"),
    ),
)


def _around(centres: Tensor, count: int, rng: torch.Generator, asked: InPlane) -> tuple[Tensor, Tensor]:
    modes = _mode(len(centres), count, rng, asked)
    return centres[modes] + (asked.spread or MODE_NOISE) * _normal(count, rng), modes


def _mode(among: int, count: int, rng: torch.Generator, asked: InPlane) -> Tensor:
    if asked.imbalance == 1:
        return _choice(among, count, rng)
    return torch.multinomial(mode_weights(among, asked.imbalance), count, replacement=True, generator=rng)


def _blurred(points: Tensor, rng: torch.Generator, asked: InPlane) -> Tensor:
    """Shapes without noise of their own."""
    return points + asked.spread * _normal(len(points), rng) if asked.spread else points


def _polar(radius: Tensor, angle: Tensor) -> Tensor:
    return radius[..., None] * torch.stack([angle.cos(), angle.sin()], 1)


def _uniform(count: int, rng: torch.Generator) -> Tensor:
    return torch.rand(count, generator=rng)


def _normal(count: int, rng: torch.Generator) -> Tensor:
    return torch.randn(count, 2, generator=rng)


def _choice(among: int, count: int, rng: torch.Generator) -> Tensor:
    return torch.randint(among, (count,), generator=rng)
