"""Going back in a run that nobody trains: it is refused before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny import tiny

from ganlab.errors import RunError
from ganlab.runs import Runs, drive, rewind_at_rest
from ganlab.status import status_on_disk

pytestmark = pytest.mark.usefixtures("made_up_data")


def test_a_slimmed_run_is_not_taken_back_to_where_it_cannot_go_on_from(checkpoints: Path):
    run = Runs(checkpoints).create(tiny(snapshot_every=2))
    list(drive(run, tick_s=0))
    run.slim()
    before = list(run.records())
    with pytest.raises(RunError, match=rf"run '{run.id}' was slimmed .* from step 2: start a new run$"):
        rewind_at_rest(run, 2)
    assert (list(run.records()), run.history().step, run.snapshot_steps()) == (before, 4, (2, 4))
    status = status_on_disk(run)
    assert (status.slimmed, status.snapshots, status.actions) == (True, (2, 4), ())
    rewind_at_rest(run, 0)
    list(drive(run, tick_s=0))
    assert (run.history().step, run.history().ending) == (4, "finish")
