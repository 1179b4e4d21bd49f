"""Where a run can go on from, with which settings, and what may be done to one that nobody trains."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ganlab.config import Changes, TrainConfig, changes_between, edited
from ganlab.errors import ConfigError, RunError, SnapshotError
from ganlab.runs.folder import Run
from ganlab.runs.history import EditKind

#: What is said of a run that holds generators alone, behind its name.
EXPLORE_ONLY = "was slimmed to its generators and is for exploring only: start a new run to train"


def check_whole(run: Run) -> None:
    """Raises RunError when only the generators were kept: then nothing can be done to the run but explore it."""
    if run.slimmed:
        raise RunError(f"run {run.id!r} {EXPLORE_ONLY}")


def check_resumable(run: Run) -> None:
    """Raises RunError when there is nothing to go on with: finished, or only the generators were kept."""
    check_whole(run)
    steps = run.snapshot_steps()
    if run.history().ending == "finish" and run.history().step >= run.now.max_steps:
        raise RunError(
            f"run {run.id!r} is finished at step {run.history().step}: raise max_steps to train it longer, or fork it"
        )
    if steps:
        run.load_snapshot(steps[-1], prefix="position")  # a damaged one is found before the run is queued


def begin_of(run: Run) -> tuple[int, TrainConfig]:
    """Step and settings to go on with: of the last snapshot, or of the very beginning.

    Raises SnapshotError when the snapshot was made with other settings than the run says.
    """
    steps = run.snapshot_steps()
    if not steps:
        return 0, config_at(run, 0)
    _check_same(run, steps[-1])
    return steps[-1], config_at(run, steps[-1])


def edit_at_rest(run: Run, changes: Mapping[str, Any], *, kind: EditKind = "edit") -> None:
    """Turn knobs of a run that nobody trains; they act when it goes on. Raises ConfigError, RunError, RunBusyError."""
    check_whole(run)
    after = edited(run.now, changes)
    differing = changes_between(run.now, after)
    if not differing:
        raise ConfigError(f"nothing changes: {', '.join(changes) or 'no setting'} already stands so")
    history = run.history()
    if history.ending == "finish" and after.max_steps <= history.step:
        raise RunError(
            f"run {run.id!r} is finished at step {history.step}: raise max_steps to train it longer, or fork it"
        )
    steps = run.snapshot_steps()
    _log_at_rest(run, kind, steps[-1] if steps else 0, differing)


def undo_at_rest(run: Run) -> None:
    """Take back the last edit of a run that nobody trains. Raises ConfigError, RunError, RunBusyError."""
    check_whole(run)
    edit_at_rest(run, undoing(run), kind="undo")


def undoing(run: Run) -> dict[str, Any]:
    """The changes that take back the last edit which still stands. Raises RunError when there is none."""
    standing: list[dict[str, Any]] = []
    for edit in run.history().edits:
        if edit.kind == "edit":
            standing.append({name: before for name, (before, _) in edit.changes.items()})
        elif edit.kind == "undo" and standing:
            standing.pop()
        elif edit.kind == "fork" or edit.changes.keys() - {"max_steps"}:
            standing.clear()  # a rewind with other settings; its max_steps is merely that of before
    if not standing:
        raise RunError(f"run {run.id!r} has no edit to undo: change a setting first")
    return standing[-1]


def rewind_at_rest(run: Run, step: int, changes: Mapping[str, Any] | None = None) -> None:
    """Let a run that nobody trains go on from an earlier snapshot.

    Raises SnapshotError, ConfigError, RunError, RunBusyError; then the log is as it was.
    """
    check_whole(run)
    _, differing = rewound(run, step, changes or {})
    if step:
        run.load_snapshot(step, prefix="position")  # a damaged one is found before anything is written
    _log_at_rest(run, "rewind", step, differing)


def _log_at_rest(run: Run, kind: EditKind, step: int, changes: Changes) -> None:
    with run.locked():
        try:
            run.log(kind, time=time.time(), step=step, changes=changes)
        except OSError as error:
            raise RunError(
                f"the {kind} of run {run.id!r} cannot be written ({error.strerror}): make room or check the rights"
            ) from None


def config_at(run: Run, step: int) -> TrainConfig:
    """The settings after all edits up to `step`, those made at it included."""
    return run.config.with_changes(**run.history().settings(until=step + 1))


def config_from(run: Run, step: int) -> TrainConfig:
    """The settings in force from a snapshot on: those that it was made with, and what was done at its step after it.

    An edit takes its snapshot first. Raises SnapshotError.
    """
    made_with = run.snapshot_config(step) if step else run.config
    return made_with.with_changes(**run.history().settings(until=step + 1, since=step))


def rewound(run: Run, step: int, changes: Mapping[str, Any]) -> tuple[TrainConfig, Changes]:
    """The settings for going on from a snapshot, and how they differ from what the log then says.

    They are those in force from that step on, and `changes`; the length of the run stays as it is now.
    Raises SnapshotError, ConfigError.
    """
    before = config_from(run, step)
    if step >= run.now.max_steps and "max_steps" not in changes:
        raise RunError(f"step {step} is the last one of run {run.id!r}: choose an earlier one, or raise max_steps")
    config = edited(before, {"max_steps": run.now.max_steps} | dict(changes))
    return config, changes_between(config_at(run, step), config)


def _check_same(run: Run, step: int) -> None:
    """A config or a snapshot that somebody changed by hand is refused, since the history would not be one run's."""
    made_with = run.snapshot_config(step)
    before = run.config.with_changes(**run.history().settings(until=step))
    after = config_at(run, step)  # an edit at that very step came after the snapshot
    differing = changes_between(made_with, before)
    wrong = [name for name in differing.keys() & changes_between(made_with, after).keys() if name != "recipe"]
    if wrong:
        listed = ", ".join(f"{name} {differing[name][0]!r} (now {differing[name][1]!r})" for name in sorted(wrong))
        raise SnapshotError(
            f"the snapshot of step {step} of run {run.id!r} was made with {listed}: put config.json back as it was, "
            "or fork the run from that step"
        )
