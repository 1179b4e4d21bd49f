"""Divergences on a grid: exact values, bounds that no pair may break, and what a discriminator can prove at most."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ganlab.plane import Grid, best_discriminator, jensen_shannon, kullback_leibler, proven_by_scores

RNG = np.random.default_rng(0)
#: Pairs over 50 cells, some of them empty in one, the other or both.
PAIRS = [
    tuple(shares / shares.sum() for shares in (RNG.random((2, 50)) ** sharp * (RNG.random((2, 50)) < held)))
    for sharp in (1, 8)
    for held in (1.0, 0.5, 0.1)
    for _ in range(10)
]


def mixed(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    return (p + q) / 2


@pytest.mark.parametrize(("p", "q"), PAIRS)
def test_js_is_symmetric_and_between_nothing_and_log_2(p: np.ndarray, q: np.ndarray):
    assert 0 <= jensen_shannon(p, q) <= math.log(2)
    assert jensen_shannon(p, q) == pytest.approx(jensen_shannon(q, p), abs=1e-15)
    assert jensen_shannon(p, p) == 0
    direct = sum(
        share * math.log(share / middle) / 2
        for one in (p, q)
        for share, middle in zip(one, mixed(p, q), strict=True)
        if share
    )
    assert jensen_shannon(p, q) == pytest.approx(direct, rel=1e-9, abs=1e-12)


def test_distributions_with_nothing_in_common_are_log_2_apart():
    apart = np.eye(2)
    assert jensen_shannon(*apart) == pytest.approx(math.log(2), abs=1e-15)
    assert kullback_leibler(*apart) == math.inf


@pytest.mark.parametrize(("p", "q"), PAIRS)
def test_no_discriminator_proves_more_than_js_and_the_best_proves_all_of_it(p: np.ndarray, q: np.ndarray):
    js = jensen_shannon(p, q)
    for size in (0.1, 1, 100):
        assert proven_by_scores(p, q, RNG.normal(0, size, len(p))) <= js + 1e-12
    best = best_discriminator(p, q)
    scores = np.clip(
        np.nan_to_num(np.log(np.where(best > 0, best, 1e-300)) - np.log1p(-np.minimum(best, 1 - 1e-16))), -700, 700
    )
    assert proven_by_scores(p, q, scores) == pytest.approx(js, abs=1e-9)
    assert proven_by_scores(p, q, np.zeros(len(p))) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize(("p", "q"), PAIRS)
def test_the_best_discriminator_is_half_where_both_are_as_likely_and_unknown_where_nothing_is(
    p: np.ndarray, q: np.ndarray
):
    best = best_discriminator(p, q)
    assert np.isnan(best[(p == 0) & (q == 0)]).all()
    assert (best[(p > 0) & (q == 0)] == 1).all()
    assert (best[(p == 0) & (q > 0)] == 0).all()
    assert np.nanmax(np.abs(best_discriminator(p, p) - 0.5)) == 0


def test_every_point_has_a_cell_however_far_out():
    grid = Grid(reach=1, side=4)
    points = np.array([[-9.0, -9.0], [9.0, 9.0], [-0.9, -0.4], [0.0, 0.0], [1.0, -1.0]])
    shares = grid.shares(points)
    assert shares.sum() == pytest.approx(1, abs=1e-15)
    assert np.flatnonzero(shares).tolist() == [0, 3, 4, 10, 15]
    assert (grid.shares(grid.centres) == 1 / 16).all()


def test_the_bias_of_binning_is_that_of_theory():
    """Twice the JS of two samples of one distribution of K equal cells is about (K − 1) / 4 · (1/N + 1/M)."""
    grid, count = Grid(reach=1, side=10), 20_000
    found = [jensen_shannon(*(grid.shares(RNG.uniform(-1, 1, (count, 2))) for _ in range(2))) for _ in range(40)]
    assert np.mean(found) == pytest.approx(99 / 8 * (2 / count), rel=0.1)
