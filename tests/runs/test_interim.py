"""Snapshots by time: a kill costs little, and nothing else shows that they were taken."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from driven import same_as_uninterrupted
from tiny import tiny

from ganlab.runs import Run, Runs, drive, driver, driving, rewind_at_rest
from ganlab.status import status_on_disk

pytestmark = pytest.mark.usefixtures("made_up_data")


class KilledError(BaseException):
    """In place of a kill: nothing is written any more."""


def killed_at(run: Run, last: int) -> None:
    """Train until `last` is done, and end there without a word."""
    with suppress(KilledError), driving(run, tick_s=0) as training:
        while (tick := training.tick()) is not None:
            if tick.step == last:
                raise KilledError


@pytest.fixture
def run(checkpoints: Path) -> Run:
    return Runs(checkpoints).create(tiny(max_steps=8, dropout=0.2, snapshot_every=5))


@pytest.fixture
def at_each_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "MOST_LOST_S", 0.0)
    monkeypatch.setattr(driver, "MOST_SHARE", float("inf"))


@pytest.mark.usefixtures("at_each_tick")
def test_a_killed_run_goes_on_from_a_snapshot_by_time_and_comes_to_the_same(run: Run):
    killed_at(run, 3)
    assert run.snapshot_steps() == (3,), "the ones before have served"
    killed_at(run, 7)
    assert run.snapshot_steps() == (5, 7)
    assert len(list((run.path / "snapshots").iterdir())) == 2
    list(drive(run, tick_s=0))
    assert run.snapshot_steps() == (5, 8)
    same_as_uninterrupted(run)


@pytest.mark.usefixtures("at_each_tick")
def test_one_that_something_was_done_at_stays(run: Run):
    with driving(run, tick_s=0) as training:
        while (tick := training.tick()) is not None:
            if tick.step in (2, 3):
                training.edit({"lr_g": tick.step * 1e-3})
    assert run.snapshot_steps() == (2, 3, 5, 8)
    rewind_at_rest(run, 3)
    list(drive(run, tick_s=0))
    assert run.snapshot_steps() == (2, 3, 5, 8)


@pytest.mark.parametrize(("save_s", "steps"), [(0.0, [2, 4, 6]), (1.8, [3, 6])])
def test_it_is_due_after_a_minute_of_training_or_later_where_writing_takes_long(
    checkpoints: Path, monkeypatch: pytest.MonkeyPatch, save_s: float, steps: list[int]
):
    """Steps of 30 s; a snapshot of 1.8 s may be written every 90 s, which are its 50-fold."""
    with driving(Runs(checkpoints).create(tiny(max_steps=7)), tick_s=0) as training:
        taken: list[int] = []

        def save(*, interim: bool = False) -> None:
            taken.extend([training.state.step] if interim else [])
            training._save_s = save_s

        monkeypatch.setattr(training, "save", save)
        training._save_s = save_s
        training._ticks = (replace(tick, seconds=30.0 if tick.series else 0.0) for tick in training._ticks)
        while training.tick() is not None:
            pass
    assert taken == steps


def test_it_is_said_where_resume_begins(run: Run):
    killed_at(run, 3)
    ended = "The app ended while this run was training."
    again = "the steps up to {} are done once more."
    found = status_on_disk(run)
    assert (found.state, found.snapshots) == ("interrupted", ())
    assert found.message == f"{ended} Resume begins at step 0, as there is no snapshot; {again.format(3)}"
    killed_at(run, 7)
    assert status_on_disk(run).message == (
        f"{ended} Resume goes on from its last snapshot, of step 5; {again.format(7)}"
    )
    list(drive(run, tick_s=0))
    assert status_on_disk(run).message == ""
