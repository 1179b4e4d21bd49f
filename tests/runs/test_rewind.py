"""Going back in a run that nobody trains: it is refused before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from driven import series_of
from tiny import differing, tiny

from ganlab.errors import RunError
from ganlab.runs import (
    EXPLORE_ONLY,
    Run,
    Runs,
    check_resumable,
    drive,
    driving,
    edit_at_rest,
    fork,
    rewind_at_rest,
    undo_at_rest,
    undoing,
)
from ganlab.status import status_on_disk

pytestmark = pytest.mark.usefixtures("made_up_data")


@pytest.mark.parametrize(
    "hand",
    [
        lambda run: rewind_at_rest(run, 2),
        lambda run: rewind_at_rest(run, 0),
        lambda run: edit_at_rest(run, {"max_steps": 100}),
        lambda run: edit_at_rest(run, {"lr_g": 0.5}),
        undo_at_rest,
        check_resumable,
        lambda run: next(drive(run)),
    ],
)
def test_a_slimmed_run_can_only_be_explored_whatever_is_asked_of_it(checkpoints: Path, hand: Callable[[Run], object]):
    run = Runs(checkpoints).create(tiny(snapshot_every=2))
    list(drive(run, tick_s=0))
    run.slim()
    before = list(run.records())
    with pytest.raises(RunError, match=f"^run '{run.id}' {EXPLORE_ONLY}$"):
        hand(run)
    assert (list(run.records()), run.history().step, run.snapshot_steps()) == (before, 4, (2, 4))
    status = status_on_disk(run)
    assert (status.state, status.slimmed, status.snapshots, status.actions) == ("finished", True, (2, 4), ())
    assert status.message == f"This run {EXPLORE_ONLY}."


def undone(runs: Runs) -> Run:
    """A run whose lr_g was raised after step 2 and put back after step 4; each time a snapshot was written first."""
    run = runs.create(tiny(max_steps=6))
    with driving(run, tick_s=0) as driver:
        while (tick := driver.tick()) is not None:
            if tick.step == 2:
                driver.edit({"lr_g": 0.01})
            if tick.step == 4:
                driver.undo()
    return run


@pytest.mark.parametrize(("step", "lr_g"), [(0, 2e-4), (2, 0.01), (4, 2e-4)])
def test_going_back_to_an_edit_or_its_undo_brings_the_settings_that_held_from_there_on(
    checkpoints: Path, step: int, lr_g: float
):
    run = undone(Runs(checkpoints))
    assert run.snapshot_config(4).lr_g == 0.01, "the snapshot was written before the undo"
    before = series_of(run.history())
    child = fork(Runs(checkpoints), run, step, {})
    rewind_at_rest(run, step)
    assert (run.now.lr_g, child.now.lr_g) == (lr_g, lr_g)
    assert run.history().edits[-1].changes == {}
    if step == 4:
        list(drive(run, tick_s=0))
        assert not differing(series_of(run.history()), before), "the same way again"


def test_what_stands_after_a_rewind_can_be_undone(checkpoints: Path):
    run = undone(Runs(checkpoints))
    rewind_at_rest(run, 2)
    assert undoing(run) == {"lr_g": 2e-4}
    undo_at_rest(run)
    rewind_at_rest(run, 2, {"max_steps": 7})
    with pytest.raises(RunError, match="no edit to undo"):
        undoing(run)
