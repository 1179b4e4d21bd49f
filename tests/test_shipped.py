"""The two finished runs that come with ganlab: whole, small, and what the pages say of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganlab.errors import RunError
from ganlab.explore import Explorer
from ganlab.recipes import RECIPES
from ganlab.runs import Run, Runs, check_resumable
from ganlab.status import status_on_disk

ROOT = Path(__file__).parent.parent / "checkpoints"
SHIPPED = {"digits-wgan-gp": "wgan-gp", "mnist-wgan-gp": "wgan-gp-mnist"}


@pytest.fixture(params=SHIPPED)
def run(request: pytest.FixtureRequest) -> Run:
    return Runs(ROOT).get(request.param)


def test_it_is_the_recipe_trained_to_its_end(run: Run):
    assert run.config == RECIPES[SHIPPED[run.id]].config
    status = status_on_disk(run)
    assert (status.state, status.step) == ("finished", run.config.max_steps)
    assert run.curves().steps == run.config.max_steps


def test_it_is_under_six_megabytes(run: Run):
    assert run.size_bytes() < 6_000_000


def test_its_critic_fell_and_then_rose_towards_zero(run: Run):
    curves = run.curves().part()
    loss = curves.series["loss_d"][0]
    smooth = np.convolve(loss, np.ones(5) / 5, "valid")
    lowest = int(smooth.argmin())
    assert smooth[lowest] < loss[0]
    assert lowest < len(smooth) / 4
    assert abs(loss[-len(loss) // 4 :].mean()) < abs(smooth[lowest]) / 2


def test_it_can_be_explored_at_several_ages_and_not_resumed(run: Run):
    explorer = Explorer(Runs(ROOT))
    steps = explorer.snapshots(run.id)
    assert len(steps) >= 3
    pictures = [explorer.walk(run.id, step, seed=1)[0] for step in steps]
    assert all(picture.std() > 20 for picture in pictures), "some picture is empty"
    assert not np.array_equal(pictures[0], pictures[-1])
    with pytest.raises(RunError):
        check_resumable(run)


def test_it_has_grids_from_the_first_to_the_last_step(run: Run):
    steps = run.sample_steps()
    assert (steps[0], steps[-1]) == (0, run.config.max_steps)
    assert set(range(0, run.config.max_steps, run.config.preview_every)) <= set(steps)
