"""The same latents at every age, and in two generators of the same z_dim."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from drawn import TINY, make_run, pictures

from ganlab.errors import ConfigError, RunError, SnapshotError
from ganlab.explore import Explorer, ages, draw, side_by_side
from ganlab.explore.timelapse import evenly
from ganlab.runs import Runs


@pytest.fixture
def runs(checkpoints: Path) -> Runs:
    return Runs(checkpoints)


def test_each_age_shows_what_that_snapshot_draws(runs: Runs):
    run, explorer, told = make_run(runs, 1, 2, 3), Explorer(runs), []
    found = ages(explorer, run.id, explorer.load(run.id).space.of_seed(7, 2), progress=told.append)
    assert found.steps == (1, 2, 3)
    assert found.pictures.shape == (3, 2, 16, 16, 1)
    for place, step in enumerate(found.steps):
        assert np.array_equal(found.pictures[place], pictures(explorer, run.id, step, seed=7, count=2))
    assert told == [1 / 3, 2 / 3, 1]


@pytest.mark.parametrize("bad", [1, 2, 3])
def test_a_damaged_snapshot_is_left_out_and_named(runs: Runs, bad: int):
    run, explorer = make_run(runs, 1, 2, 3), Explorer(runs)
    latents = explorer.load(run.id).space.of_seed(7, 2)
    whole = ages(explorer, run.id, latents)
    run.snapshot_path(bad).write_bytes(b"x" * 100)
    found = ages(Explorer(runs), run.id, latents)
    kept = [place for place, step in enumerate(whole.steps) if step != bad]
    assert (found.left_out, found.steps) == ((bad,), tuple(whole.steps[place] for place in kept))
    assert np.array_equal(found.pictures, whole.pictures[kept])


def test_a_run_whose_snapshots_are_all_damaged_says_so(runs: Runs):
    run, explorer = make_run(runs, 1, 2), Explorer(runs)
    latents = explorer.load(run.id).space.of_seed(7, 2)
    for step in (1, 2):
        run.snapshot_path(step).write_bytes(b"x" * 100)
    with pytest.raises(SnapshotError):
        ages(Explorer(runs), run.id, latents)


def test_of_many_snapshots_the_first_the_last_and_some_between_are_taken():
    assert evenly(tuple(range(10)), 4) == (0, 3, 6, 9)
    assert evenly((5, 9), 4) == (5, 9)
    assert evenly((5, 9, 11), 1) == (11,)
    assert evenly(tuple(range(99)), 0) == tuple(range(99))


def test_a_run_without_snapshots_and_latents_of_another_size_say_so(runs: Runs):
    explorer = Explorer(runs)
    with pytest.raises(RunError, match="no snapshot yet"):
        ages(explorer, make_run(runs).id, torch.zeros(1, 6))
    with pytest.raises(ConfigError, match=r"the latents have 5 numbers, but run .* has z_dim 6"):
        ages(explorer, make_run(runs, 1).id, torch.zeros(1, 5))


def test_two_runs_side_by_side_draw_the_same_z(runs: Runs):
    explorer = Explorer(runs)
    one, other = (explorer.load(make_run(runs, step).id) for step in (1, 2))
    left, right = side_by_side(one, other, one.space.of_seed(3, 4))
    assert np.array_equal(left, draw(one, one.space.of_seed(3, 4)))
    assert np.array_equal(right, draw(other, one.space.of_seed(3, 4)))


def test_between_priors_z_goes_over_by_its_gaussian_coordinates(runs: Runs):
    explorer = Explorer(runs)
    one = explorer.load(make_run(runs, 1).id)
    other = explorer.load(make_run(runs, 1, config=TINY.with_changes(prior="uniform", prior_half_width=0.3)).id)
    z = one.space.of_seed(3, 4)
    _, right = side_by_side(one, other, z)
    _, back = side_by_side(other, other, other.space.from_gaussian(z))
    assert np.array_equal(right, back)


def test_runs_of_different_z_dim_have_no_z_in_common(runs: Runs):
    explorer = Explorer(runs)
    one, other = (explorer.load(make_run(runs, 1, config=TINY.with_changes(z_dim=dim)).id) for dim in (6, 7))
    with pytest.raises(ConfigError, match=r"has z_dim 6 and run .* 7: the same z can only be shown"):
        side_by_side(one, other, one.space.of_seed(1))
