"""Explorer: what is drawn depends on seed, weights and moves alone, and what cannot be drawn says why."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from drawn import TINY, make_run, weights
from torch import Tensor

from ganlab.errors import ConfigError, RunError, SnapshotError
from ganlab.explore import MOST_LOADED, WEIGHTS, Explorer, directions_of
from ganlab.gan.latent import DIRECTIONS, latents_of_seed
from ganlab.runs import Run, Runs


@pytest.fixture
def runs(checkpoints: Path) -> Runs:
    return Runs(checkpoints)


def test_a_seed_and_a_snapshot_always_give_the_same_pictures(runs: Runs):
    run = make_run(runs, 5, 10)
    first, step = Explorer(runs).walk(run.id, 5, seed=7, count=3)
    again, _ = Explorer(runs).walk(run.id, 5, seed=7, count=3)
    assert step == 5
    assert first.shape == (3, 16, 16, 1)
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert not np.array_equal(first, Explorer(runs).walk(run.id, 5, seed=8, count=3)[0])
    assert not np.array_equal(first, Explorer(runs).walk(run.id, 10, seed=7, count=3)[0])


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
    before, step = explorer.walk(run.id, "live", seed=0)
    assert step == 12
    assert explorer.load(run.id, "last").step == 10
    now[run.id] = (13, weights(TINY, 2))
    after, step = explorer.walk(run.id, "live", seed=0)
    assert step == 13
    assert not np.array_equal(before, after)


def test_live_works_before_the_first_snapshot_and_last_says_when_it_comes(runs: Runs):
    run = make_run(runs)
    assert Explorer(runs, live=lambda run_id, kind: (0, weights(TINY, 0))).load(run.id, "live").step == 0
    for snapshot in ("last", "live"):
        with pytest.raises(RunError, match=r"no snapshot yet.*step 500"):
            Explorer(runs).load(run.id, snapshot)


def test_a_move_changes_the_picture_and_none_does_not(runs: Runs):
    run = make_run(runs, 5)
    explorer = Explorer(runs)
    still, _ = explorer.walk(run.id, 5, seed=1, count=2)
    assert np.array_equal(still, explorer.walk(run.id, 5, seed=1, count=2, along={0: 0.0}, raw={3: 0.0})[0])
    assert np.array_equal(still, explorer.walk(run.id, 5, seed=1, count=2, along={99: 1.0}, raw={-1: 1.0})[0])
    along, _ = explorer.walk(run.id, 5, seed=1, count=2, along={0: 2.0})
    back, _ = explorer.walk(run.id, 5, seed=1, count=2, along={0: -2.0})
    raw, _ = explorer.walk(run.id, 5, seed=1, count=2, raw={3: 2.0})
    assert len({picture.tobytes() for picture in (still, along, back, raw)}) == 4


@pytest.mark.parametrize("path", ["lerp", "slerp"])
def test_a_strip_begins_and_ends_at_the_pictures_of_its_seeds(runs: Runs, path: str):
    run = make_run(runs, 5)
    explorer = Explorer(runs)
    strip, step = explorer.strip(run.id, 5, seed=1, to=2, frames=5, path=path)
    assert (step, strip.shape) == (5, (5, 16, 16, 1))
    for frame, seed in ((strip[0], 1), (strip[-1], 2)):
        alone, _ = explorer.walk(run.id, 5, seed=seed)
        # Other batch sizes may round differently in the last bit.
        assert np.abs(frame.astype(int) - alone[0].astype(int)).max() <= 1


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
        pictures = list(pool.map(lambda _: explorer.walk(run.id, 5, seed=3, count=4)[0].tobytes(), range(32)))
    assert len(readings) == 1
    assert len(set(pictures)) == 1


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
        Explorer(runs).walk("nothing", "last", seed=0)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"count": 0}, "count must be a whole number from 1 to 256, got 0"),
        ({"count": 257}, "count must be .* got 257"),
        ({"seed": -1}, "seed must be .* got -1"),
        ({"seed": 2**31}, "seed must be .* got 2147483648"),
        ({"along": {0: float("nan")}}, "along 0 must be a number .* got nan"),
        ({"raw": {2: float("inf")}}, "raw 2 must be a number .* got inf"),
        ({"raw": {2: 1e30}}, "raw 2 must be a number .* got 1e"),
    ],
)
def test_a_walk_out_of_range_is_refused(runs: Runs, wrong: dict, sentence: str):
    run, kwargs = make_run(runs, 5), dict[str, Any](seed=0) | wrong
    with pytest.raises(ConfigError, match=sentence):
        Explorer(runs).walk(run.id, 5, **kwargs)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"frames": 1}, "frames must be a whole number from 2 to 64, got 1"),
        ({"frames": 65}, "frames must be .* got 65"),
        ({"to": -1}, "to must be .* got -1"),
        ({"path": "slrep"}, "path cannot be 'slrep': did you mean 'slerp'"),
    ],
)
def test_a_strip_out_of_range_is_refused(runs: Runs, wrong: dict, sentence: str):
    run, kwargs = make_run(runs, 5), dict[str, Any](seed=0, to=1) | wrong
    with pytest.raises(ConfigError, match=sentence):
        Explorer(runs).strip(run.id, 5, **kwargs)


def test_a_conditional_run_draws_the_class_that_is_asked_for_or_all_in_turn(runs: Runs):
    run = make_run(runs, 5, config=TINY.with_changes(conditional=True))
    explorer = Explorer(runs)
    assert explorer.load(run.id, 5).class_count == 10
    turns = explorer.walk(run.id, 5, seed=1, count=12)[0]
    fours = explorer.walk(run.id, 5, seed=1, count=12, label=4)[0]
    assert [place for place in range(12) if np.array_equal(turns[place], fours[place])] == [4]
    strip = explorer.strip(run.id, 5, seed=1, to=2, frames=3, label=4)[0]
    assert np.array_equal(strip[0], fours[0])
    assert not np.array_equal(strip[0], explorer.strip(run.id, 5, seed=1, to=2, frames=3)[0][0])


@pytest.mark.parametrize(("conditional", "reason"), [(True, "classes 0 to 9"), (False, "no classes to choose from")])
def test_a_class_that_is_not_there_is_refused(runs: Runs, conditional: bool, reason: str):
    run = make_run(runs, 5, config=TINY.with_changes(conditional=conditional))
    with pytest.raises(ConfigError, match=f"label is 10, but run .* has {reason}"):
        Explorer(runs).walk(run.id, 5, seed=1, label=10)


def test_points_of_the_plane_are_shown_as_one_picture(runs: Runs):
    run = make_run(runs, 5, config=TINY.with_changes(dataset="circle", network="mlp"))
    few, many = (Explorer(runs).walk(run.id, 5, seed=1, count=count)[0] for count in (1, 100))
    assert few.shape == many.shape == (1, 256, 256, 3)
    assert (many != many[0, 0, 0]).sum() > 3 * (few != few[0, 0, 0]).sum()


def test_the_generator_as_trained_is_drawn_from_when_asked_for(runs: Runs):
    run = make_run(runs, 5, raw=True)
    explorer = Explorer(runs)
    averaged, trained = (explorer.walk(run.id, 5, seed=1, weights=name)[0] for name in WEIGHTS)
    assert not np.array_equal(averaged, trained)
    assert explorer.load(run.id, 5, weights="generator").weights == "generator"
    assert np.array_equal(averaged, explorer.walk(run.id, 5, seed=1)[0])


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
    explorer.walk(run.id, 5, seed=1, count=9)
    explorer.strip(run.id, 5, seed=1, to=2)
    for kind in DIRECTIONS:
        directions_of(loaded, kind)
    assert torch.equal(before, torch.get_rng_state())
