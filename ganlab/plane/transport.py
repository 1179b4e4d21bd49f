"""The earth mover's distance between as many points, exactly, with the plan that reaches it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Transport:
    """distance: W₁, the mean length of the moves. moves: index among the others for each of the points, (N,)."""

    distance: float
    moves: np.ndarray


def transport(points: np.ndarray, others: np.ndarray) -> Transport:
    """W₁ of two samples of one size, (N, 2) each, by the best assignment (Crouse 2016, as in scipy).

    Two samples of the same distribution are not at distance 0: theirs is the floor to compare with. N of 500 takes a
    few milliseconds, and ten times as many a thousand times as long.
    """
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    assert points.shape == others.shape and len(points), (points.shape, others.shape)
    lengths = cdist(points, others)
    rows, columns = linear_sum_assignment(lengths)
    return Transport(float(lengths[rows, columns].mean()), columns)
