"""How many modes of a mixture a generator has found, and how many of its points lie in one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganlab.data.dataset import AS_IT_IS, InPlane
from ganlab.data.toys import MODE_NOISE, grid_modes, mode_weights, ring_modes
from ganlab.plane.divergences import kullback_leibler

#: A point is good, and its mode covered, within so many deviations of a centre (Metz et al. 2017; Lin et al. 2018).
_NEAR = 3.0


@dataclass(frozen=True)
class Modes:
    """A mixture of round Gaussians. centres: (K, 2). deviation: of each coordinate. weights: (K,), sum 1."""

    centres: np.ndarray
    deviation: float
    weights: np.ndarray


@dataclass(frozen=True)
class ModesFound:
    """covered, of so many: modes with a good point. good: share of the points that lie near a mode.

    divergence: KL of the good points' shares of the modes from the true weights, 0 where all are in proportion,
    infinite without a good point.
    """

    covered: int
    of: int
    good: float
    divergence: float


def modes_of(dataset: str, asked: InPlane = AS_IT_IS) -> Modes | None:
    """Of a dataset that is a mixture of heaps, as it was asked for; None for any other."""
    known = {"gaussians-ring": (ring_modes, 8), "gaussians-grid": (grid_modes, 25)}.get(dataset)
    if known is None:
        return None
    centres, own = known
    places = centres(asked.modes or own).double().numpy()
    return Modes(places, asked.spread or MODE_NOISE, mode_weights(len(places), asked.imbalance).numpy())


def modes_found(points: np.ndarray, modes: Modes) -> ModesFound:
    """What points (N, 2), N ≥ 1, say of the modes."""
    apart = np.linalg.norm(points[:, None] - modes.centres[None], axis=2)
    nearest = apart.argmin(1)
    good = apart.min(1) <= _NEAR * modes.deviation
    counts = np.bincount(nearest[good], minlength=len(modes.centres))
    divergence = kullback_leibler(counts / counts.sum(), modes.weights) if counts.any() else float("inf")
    return ModesFound(int((counts > 0).sum()), len(counts), float(good.mean()), divergence)
