"""Whether a run finds its files and its data as it left them: nobody should lose or mix something without knowing."""

from __future__ import annotations

from ganlab.data import Fingerprint, differences
from ganlab.errors import ChangedError
from ganlab.runs.folder import Run

_ANYWAY = "or resume it anyway (--anyway in a terminal)"


def check_files(run: Run) -> None:
    """Raises ChangedError where a log or snapshots are gone, so that training would begin again over what is left."""
    history, files, grids = run.history(), run.snapshot_files(), len(run.sample_steps())
    if run.snapshot_steps():
        return
    over = "training would begin again at step 0 and write over what is left"
    if history.snapshots:
        raise ChangedError(
            f"the snapshots of run {run.id!r} are gone, of which the last was of step {max(history.snapshots):,}: "
            f"{over} ({grids:,} grids of samples); put its folder snapshots back, {_ANYWAY}"
        )
    if not history.begun and (files or grids):
        raise ChangedError(
            f"the log of run {run.id!r} is empty, though there are {files:,} snapshots and {grids:,} grids of samples: "
            f"{over}; put its history.jsonl back, {_ANYWAY}"
        )


def check_data(run: Run, now: Fingerprint) -> None:
    """Raises ChangedError where these are not the data that the run was trained on, as far as its log tells."""
    before = run.history().data
    if before is not None and (found := differences(before, now)):
        raise ChangedError(
            f"the data of run {run.id!r} are not those that it was trained on, since {' and '.join(found)}: "
            f"put them back as they were, {_ANYWAY}"
        )
