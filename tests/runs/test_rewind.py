"""Going back in a run that nobody trains: it is refused before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tiny import tiny

from ganlab.errors import RunError
from ganlab.runs import EXPLORE_ONLY, Run, Runs, check_resumable, drive, edit_at_rest, rewind_at_rest, undo_at_rest
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
