"""The earth mover's distance of points, against an independent linear programme and against what must hold."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import wasserstein_distance_nd

from ganlab.plane import transport

RNG = np.random.default_rng(0)


def points(count: int) -> np.ndarray:
    return RNG.normal(size=(count, 2))


@pytest.mark.parametrize("count", [1, 2, 7, 25])
def test_it_is_the_linear_programmes(count: int):
    one, other = points(count), points(count) + 0.3
    assert transport(one, other).distance == pytest.approx(wasserstein_distance_nd(one, other), rel=1e-9)


def test_no_other_assignment_is_shorter():
    one, other = points(6), points(6)
    lengths = [np.linalg.norm(one - other[list(moves)], axis=1).mean() for moves in itertools.permutations(range(6))]
    assert transport(one, other).distance == pytest.approx(min(lengths), rel=1e-12)


def test_moves_reach_the_distance_and_take_each_point_once():
    one, other = points(100), points(100)
    found = transport(one, other)
    assert sorted(found.moves) == list(range(100))
    assert np.linalg.norm(one - other[found.moves], axis=1).mean() == pytest.approx(found.distance, rel=1e-12)


def test_a_shift_is_as_far_as_it_is_long():
    one = points(200)
    assert transport(one, one + np.array([0.3, -0.4])).distance == pytest.approx(0.5, rel=1e-12)
    assert transport(one, one[::-1]).distance == 0
