"""Forks: what goes on from a copy is what would have gone on from the run itself, and the run stays as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny import differing, tiny

from ganlab.errors import ConfigError, RunError, SnapshotError
from ganlab.runs import EXPLORE_ONLY, Run, Runs, children, drive, driving, folder, fork, parent_of, rewind_at_rest

pytestmark = pytest.mark.usefixtures("made_up_data")


@pytest.fixture
def runs(checkpoints: Path) -> Runs:
    return Runs(checkpoints)


def a_parent(runs: Runs, **changes: Any) -> Run:
    """A finished run of 8 steps with snapshots at 3, 6 and 8, and an edit after step 3."""
    run = runs.create(tiny(max_steps=8, preview_every=2, snapshot_every=3, dropout=0.3, **changes))
    with driving(run, tick_s=0) as driver:
        while (tick := driver.tick()) is not None:
            if tick.step == 3:
                driver.edit({"lr_g": 0.01})
    return run


def content_of(path: Path) -> dict[str, bytes]:
    files = (file for file in path.rglob("*") if file.is_file() and file.name != "run.lock")
    return {str(file.relative_to(path)): file.read_bytes() for file in files}


def series_of(run: Run) -> dict[str, np.ndarray]:
    ticks = [series for _, _, series in run.ticks()]
    return {name: np.concatenate([series[name] for series in ticks]) for name in ticks[0]}


@pytest.mark.parametrize("step", [3, 6])
@pytest.mark.parametrize("changes", [{}, {"lr_d": 0.003, "d_steps": 1}, {"batch_size": 7}], ids=str)
def test_a_fork_trains_as_the_run_would_have_after_a_rewind(runs: Runs, step: int, changes: dict[str, Any]):
    run = a_parent(runs)
    child = fork(runs, run, step, changes)
    list(drive(child, tick_s=0))
    rewind_at_rest(run, step, changes)
    list(drive(run, tick_s=0))
    assert (child.history().step, child.history().ending) == (8, "finish")
    assert not differing(series_of(child), series_of(run))
    assert not differing(child.load_snapshot(8), run.load_snapshot(8))
    assert child.now == run.now
    assert child.sample_steps() == (0, 2, 4, 6, 8)


def test_a_fork_shows_what_led_to_it_and_leaves_the_run_as_it_was(runs: Runs):
    run = a_parent(runs)
    before = content_of(run.path)
    child = fork(runs, run, 6, {"lr_d": 0.5}, name="child")
    assert content_of(run.path) == before
    assert (child.id, child.config.lr_d, child.config.lr_g) == ("child", 0.5, 0.01), "the edit's value included"
    found = Runs(runs.root).get("child")
    history = found.history()
    assert (history.step, history.begun, history.ending) == (6, False, None)
    assert [(edit.step, edit.kind, edit.parent, edit.changes) for edit in history.edits] == [
        (3, "edit", run.id, {"lr_g": (2e-4, 0.01)}),
        (6, "fork", run.id, {"lr_d": (2e-4, 0.5)}),
    ]
    assert found.now == found.config
    assert found.snapshot_steps() == (6,) and found.snapshot_config(6) == found.config
    assert not differing(found.load_snapshot(6), run.load_snapshot(6))
    assert found.sample_steps() == (0, 2, 4, 6)
    assert found.curves().steps == 6
    ours, theirs = found.curves().part(), run.curves_until(6).part()
    assert not differing(ours.series, theirs.series)
    assert [*found.measures()] == [*run.measures(until=6)]
    assert found.scores(6) == run.scores(6)


def test_what_was_taken_back_does_not_come_along(runs: Runs):
    run = a_parent(runs)
    rewind_at_rest(run, 3, {"lr_d": 0.002})
    list(drive(run, tick_s=0))
    child = fork(runs, run, 6, {})
    assert child.curves().steps == 6
    assert not differing(
        child.curves().part().series, {name: table[:, :6] for name, table in run.curves().part().series.items()}
    )
    assert child.config.lr_d == 0.002
    assert [edit.kind for edit in child.history().edits] == ["edit", "rewind", "fork"]
    assert child.history().timeline == 0


def test_a_tick_that_goes_beyond_the_step_is_cut(runs: Runs):
    run = runs.create(tiny(max_steps=8, snapshot_every=3))
    list(drive(run, tick_s=0))
    values = np.concatenate([series["loss_d"] for _, _, series in run.ticks()])
    log = run.path / "history.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(line for line in lines if b'"type":"tick"' not in line))
    run = Runs(runs.root).get(run.id)
    run.log("tick", step=8, seconds=1.0, images=1, series={"loss_d": values})
    child = fork(runs, run, 3, {})
    assert child.curves().steps == 3
    assert np.array_equal(np.concatenate([series["loss_d"] for _, _, series in child.ticks()]), values[:3])


def test_from_the_beginning_anything_may_change(runs: Runs):
    run = a_parent(runs)
    child = fork(runs, run, 0, {"width": 5, "z_dim": 4, "seed": 7, "image_size": 28, "max_steps": 2})
    assert (child.history().step, child.sample_steps(), child.snapshot_steps()) == (0, (), ())
    assert child.config.lr_g == run.config.lr_g, "as the run began, before its edits"
    assert child.history().edits[0].changes["width"] == (4, 5)
    again = fork(runs, run, 0, {})
    rewind_at_rest(run, 0)
    list(drive(again, tick_s=0))
    list(drive(run, tick_s=0))
    assert not differing(series_of(again), series_of(run))


@pytest.mark.parametrize(
    "changes",
    [{"width": 5}, {"z_dim": 4, "head_width": 6}, {"norm_d": "layer"}, {"conditional": True}, {"image_size": 32}],
    ids=str,
)
def test_what_the_weights_depend_on_cannot_change_behind_the_beginning(runs: Runs, changes: dict[str, Any]):
    run = a_parent(runs)
    named = "the shape of the images" if "image_size" in changes else " and ".join(sorted(changes, reverse=True))
    with pytest.raises(ConfigError) as refused:
        fork(runs, run, 3, changes)
    assert all(word in str(refused.value) for word in named.split(" and "))
    assert "cannot change at step 3" in str(refused.value) and "fork from step 0" in str(refused.value)
    assert runs.all() == [run]


@pytest.mark.parametrize(
    ("step", "changes", "error", "sentence"),
    [
        (3, {"lr_x": 1}, ConfigError, "unknown setting 'lr_x'"),
        (3, {"lr_g": -1}, ConfigError, "lr_g must be greater than 0"),
        (4, {}, SnapshotError, "has no snapshot of step 4: choose one of 3, 6, 8"),
        (3, {"batch_size": 1024, "max_images": 100}, ConfigError, "100 images"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    runs: Runs, step: int, changes: dict[str, Any], error: type[Exception], sentence: str
):
    run = a_parent(runs)
    with pytest.raises(error, match=sentence):
        fork(runs, run, step, changes)
    assert [path.name for path in runs.root.iterdir()] == [run.id]


def test_a_name_that_is_taken_is_refused_and_its_owner_stays(runs: Runs):
    run = a_parent(runs)
    before = content_of(run.path)
    with pytest.raises(RunError, match=f"there is a run '{run.id}' already: choose another name"):
        fork(runs, run, 3, {}, name=run.id)
    assert content_of(run.path) == before


def test_a_slimmed_run_can_be_forked_from_its_beginning_only(runs: Runs):
    run = a_parent(runs)
    run.slim()
    with pytest.raises(RunError, match=f"^run '{run.id}' {EXPLORE_ONLY}$"):
        fork(runs, run, 6, {})
    assert runs.all() == [run]
    assert fork(runs, run, 0, {}).config == run.config


@pytest.mark.parametrize("place", ["log", "sample", "snapshot", "config"])
def test_a_disk_that_fills_up_on_the_way_leaves_nothing(runs: Runs, monkeypatch: pytest.MonkeyPatch, place: str):
    run = a_parent(runs)
    before = content_of(runs.root)

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    targets: dict[str, Callable[[], None]] = {
        "log": lambda: monkeypatch.setattr(folder, "append", full),
        "sample": lambda: monkeypatch.setattr(Path, "write_bytes", full),
        "snapshot": lambda: monkeypatch.setattr(folder, "write_snapshot", full),
        "config": lambda: monkeypatch.setattr("ganlab.runs.root.write_atomically", full),
    }
    targets[place]()
    with pytest.raises(RunError, match=r"cannot be written \(No space left on device\).*: make room"):
        fork(runs, run, 6, {})
    assert content_of(runs.root) == before
    assert [path.name for path in runs.root.iterdir()] == [run.id]
    monkeypatch.undo()


def test_families_are_known_by_both_sides(runs: Runs):
    run = a_parent(runs)
    first, second = fork(runs, run, 3, {}, name="first"), fork(runs, run, 0, {}, name="second")
    grandchild = fork(runs, first, 3, {"lr_d": 0.1}, name="grandchild")
    assert (parent_of(run), parent_of(first), parent_of(second)) == (None, (run.id, 3), (run.id, 0))
    assert sorted(children(runs, run)) == [("first", 3), ("second", 0)]
    assert children(Runs(runs.root), first) == [("grandchild", 3)]
    # The edit at step 3 itself, and the two forks there.
    assert [edit.parent for edit in grandchild.history().edits] == [run.id, run.id, "first"]
    assert [edit.kind for edit in grandchild.history().edits] == ["edit", "fork", "fork"]
    runs.delete(run.id)
    assert parent_of(Runs(runs.root).get("first")) == (run.id, 3)


def test_a_fork_at_the_last_step_goes_on_when_it_is_given_more(runs: Runs):
    run = a_parent(runs)
    child = fork(runs, run, 8, {"max_steps": 10})
    list(drive(child, tick_s=0))
    assert (child.history().step, child.history().ending) == (10, "finish")
    assert fork(runs, run, 8, {}).config.max_steps == 8
