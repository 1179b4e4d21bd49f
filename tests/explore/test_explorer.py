"""Explorer: what is drawn depends on seed, weights and moves alone, and what cannot be drawn says why."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn import TINY, make_run, pictures, weights
from torch import Tensor

from ganlab.errors import ConfigError, RunError, SnapshotError
from ganlab.explore import MOST_LOADED, WEIGHTS, Explorer, Walk, directions_of, key_of_seed, walk_pictures
from ganlab.gan.latent import DIRECTIONS, latents_of_seed
from ganlab.runs import Run, Runs


@pytest.fixture
def runs(checkpoints: Path) -> Runs:
    return Runs(checkpoints)


def test_a_seed_and_a_snapshot_always_give_the_same_pictures(runs: Runs):
    run = make_run(runs, 5, 10)
    first, again = (pictures(Explorer(runs), run.id, 5, seed=7, count=3) for _ in range(2))
    assert first.shape == (3, 16, 16, 1)
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert not np.array_equal(first, pictures(Explorer(runs), run.id, 5, seed=8, count=3))
    assert not np.array_equal(first, pictures(Explorer(runs), run.id, 10, seed=7, count=3))


@pytest.mark.parametrize("prior", ["normal", "uniform"])
@pytest.mark.parametrize("z_dim", [1, 6, 64, 100])
def test_the_first_latents_of_a_seed_do_not_depend_on_how_many_follow(prior, z_dim: int):
    many = latents_of_seed(3, 200, z_dim, prior, 1.0)
    for count in (1, 2, 17, 64):
        assert torch.equal(latents_of_seed(3, count, z_dim, prior, 1.0), many[:count])


def test_last_is_the_last_snapshot_and_so_is_live_when_nothing_is_in_progress(runs: Runs):
    run = make_run(runs, 5, 10)
    explorer = Explorer(runs)
    assert explorer.snapshots(run.id) == (5, 10)
    assert explorer.load(run.id, "last").step == explorer.load(run.id, "live").step == 10


def test_live_weights_are_drawn_from_and_followed(runs: Runs):
    run = make_run(runs, 10)
    now: dict[str, tuple[int, Mapping[str, Tensor]]] = {run.id: (12, weights(TINY, 1))}
    explorer = Explorer(runs, live=lambda run_id, weights: now.get(run_id))
    before = pictures(explorer, run.id, "live", seed=0)
    assert explorer.load(run.id, "live").step == 12
    assert explorer.load(run.id, "last").step == 10
    now[run.id] = (13, weights(TINY, 2))
    after = pictures(explorer, run.id, "live", seed=0)
    assert explorer.load(run.id, "live").step == 13
    assert not np.array_equal(before, after)


def test_live_works_before_the_first_snapshot_and_last_says_when_it_comes(runs: Runs):
    run = make_run(runs)
    assert Explorer(runs, live=lambda run_id, kind: (0, weights(TINY, 0))).load(run.id, "live").step == 0
    for snapshot in ("last", "live"):
        with pytest.raises(RunError, match=r"no snapshot yet.*step 500"):
            Explorer(runs).load(run.id, snapshot)


def test_only_the_last_few_generators_stay_loaded(runs: Runs):
    run = make_run(runs, *range(1, MOST_LOADED + 3))
    explorer = Explorer(runs)
    first = explorer.load(run.id, 1)
    for step in range(2, MOST_LOADED + 1):
        explorer.load(run.id, step)
    assert explorer.load(run.id, 1) is first, "used again, so not the one to go"
    second = explorer.load(run.id, 2)
    for step in range(3, MOST_LOADED + 3):
        explorer.load(run.id, step)
    assert len(explorer._loaded) == MOST_LOADED
    assert explorer.load(run.id, 2) is not second


def test_many_threads_share_one_reading_and_draw_the_same(runs: Runs, monkeypatch: pytest.MonkeyPatch):
    run = make_run(runs, 5)
    readings = []
    read = Run.load_snapshot
    monkeypatch.setattr(
        Run, "load_snapshot", lambda self, step, prefix="": readings.append(1) or read(self, step, prefix=prefix)
    )
    explorer = Explorer(runs)
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(lambda _: pictures(explorer, run.id, 5, seed=3, count=4).tobytes(), range(32)))
    assert len(readings) == 1
    assert len(set(drawn)) == 1


def test_a_damaged_snapshot_says_so_and_the_others_still_load(runs: Runs):
    run = make_run(runs, 5, 10)
    path = run.path / "snapshots" / "000010.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    explorer = Explorer(runs)
    with pytest.raises(SnapshotError, match=r"000010.*damaged.*choose another"):
        explorer.load(run.id, "last")
    assert explorer.load(run.id, 5).step == 5


def test_a_snapshot_of_another_network_says_so(runs: Runs):
    run = make_run(runs)
    run.save_snapshot(5, weights(TINY.with_changes(width=8), 5))
    with pytest.raises(SnapshotError, match=r"step 5.*another network.*width 4"):
        Explorer(runs).load(run.id, 5)


def test_a_missing_snapshot_and_a_missing_run_say_so(runs: Runs):
    run = make_run(runs, 5)
    with pytest.raises(SnapshotError, match=r"no snapshot of step 6: choose one of 5"):
        Explorer(runs).load(run.id, 6)
    with pytest.raises(RunError, match="no run 'nothing'"):
        Explorer(runs).load("nothing", "last")


def test_points_of_the_plane_are_shown_as_one_picture(runs: Runs):
    run = make_run(runs, 5, config=TINY.with_changes(dataset="circle", network="mlp"))
    few, many = (pictures(Explorer(runs), run.id, 5, seed=1, count=count) for count in (1, 100))
    assert few.shape == many.shape == (1, 256, 256, 3)
    assert (many != many[0, 0, 0]).sum() > 3 * (few != few[0, 0, 0]).sum()


def test_the_generator_as_trained_is_drawn_from_when_asked_for(runs: Runs):
    run = make_run(runs, 5, raw=True)
    explorer = Explorer(runs)
    averaged, trained = (pictures(explorer, run.id, 5, seed=1, weights=name) for name in WEIGHTS)
    assert not np.array_equal(averaged, trained)
    assert explorer.load(run.id, 5, weights="generator").weights == "generator"
    assert np.array_equal(averaged, pictures(explorer, run.id, 5, seed=1))


def test_a_slimmed_run_says_that_only_the_average_is_left(runs: Runs):
    run = make_run(runs, 5)
    with pytest.raises(SnapshotError, match=r"has no generator weights at step 5: choose weights 'average'"):
        Explorer(runs).load(run.id, 5, weights="generator")
    with pytest.raises(ConfigError, match="weights cannot be 'genrator': did you mean 'generator'"):
        Explorer(runs).load(run.id, 5, weights="genrator")  # pyright: ignore[reportArgumentType]


def test_a_snapshot_that_was_written_anew_is_read_anew(runs: Runs):
    run = make_run(runs, 5)
    explorer = Explorer(runs)
    before = explorer.load(run.id, 5)
    run.save_snapshot(5, weights(TINY, 99))
    assert explorer.load(run.id, 5) is not before


def test_drawing_leaves_the_global_generator_alone(runs: Runs):
    run = make_run(runs, 5)
    before = torch.get_rng_state()
    explorer = Explorer(runs)
    loaded = explorer.load(run.id, 5)
    pictures(explorer, run.id, 5, seed=1, count=9)
    walk_pictures(loaded, [key_of_seed(loaded, seed) for seed in (1, 2)], Walk(5))
    for kind in DIRECTIONS:
        directions_of(loaded, kind)
    assert torch.equal(before, torch.get_rng_state())
