"""The alarm of a run that has failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ganlab.alarms.alarm import Alarm
from ganlab.alarms.remedies import Remedies, less_on_disk, rewind_to, scaled, start_over
from ganlab.config import TrainConfig

FailureKind = Literal["not-finite", "out-of-memory", "disk", "other"]
Snapshots = tuple[int, ...]


@dataclass(frozen=True)
class Failure:
    """A row of the table. remedies: of the config, the snapshots and the step at which it happened."""

    title: str
    cause: str
    remedies: Callable[[TrainConfig, Snapshots, int], Remedies]


def _slower(config: TrainConfig, snapshots: Snapshots, step: int) -> Remedies:
    half = scaled(config, 0.5, "lr_d", "lr_g")
    firmer = scaled(config, 2, "penalty_weight")
    return (
        rewind_to(config, snapshots, step, "with half the learning rates", **half)
        + rewind_to(config, snapshots, step, "with D held smoother", **firmer)
        + start_over(config, "with half the learning rates", **half)
    )


def _smaller(config: TrainConfig, snapshots: Snapshots, step: int) -> Remedies:
    half = {"batch_size": max(2, config.batch_size // 2)}
    # What did not fit at this step may have fitted until then: the snapshot of this very step is as good as any.
    return (
        rewind_to(config, snapshots, step + 1, "with half the batch", **half)
        + start_over(config, "with half the batch", **half)
        + start_over(config, "with narrower networks", width=max(4, config.width // 2))
    )


def _less(config: TrainConfig, snapshots: Snapshots, step: int) -> Remedies:
    return less_on_disk(config)


def _again(config: TrainConfig, snapshots: Snapshots, step: int) -> Remedies:
    return rewind_to(config, snapshots, step + 1, "and on")


FAILURES: dict[FailureKind, Failure] = {
    "not-finite": Failure(
        "The training diverged",
        "A number grew beyond what 32 bits can hold, and everything after it would be meaningless. "
        "Steps that are too large do this. Nothing up to the last snapshot is lost.",
        _slower,
    ),
    "out-of-memory": Failure(
        "Out of memory",
        "The images of one update and all that is computed on the way do not fit into memory. "
        "Half as many at a time take about half as much.",
        _smaller,
    ),
    "disk": Failure(
        "The disk is full or cannot be written",
        "The snapshot could not be written; the one before is still there. Training goes on without. "
        "Make room, for instance by deleting runs that you do not need.",
        _less,
    ),
    "other": Failure(
        "The run failed",
        "Something happened that ganlab did not foresee. Nothing up to the last snapshot is lost.",
        _again,
    ),
}


def after_failure(
    kind: FailureKind, config: TrainConfig, *, step: int, message: str, snapshots: Snapshots = ()
) -> Alarm:
    """What to say and offer after a failure at `step`; message: the error's own sentence."""
    row = FAILURES[kind]
    told = message.strip().rstrip(".") or "No message came with it"
    return Alarm(kind, row.title, row.cause, f"At step {step:,}: {told}.", step, row.remedies(config, snapshots, step))
