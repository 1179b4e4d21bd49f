"""What an alarm reads, what it says, and how it is written in a run's log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast, get_args

import numpy as np

from ganlab.config import TrainConfig

#: A remedy changes the run as it trains, takes it back to a snapshot, or makes a new run of it.
RemedyKind = Literal["edit", "rewind", "fork"]


@dataclass(frozen=True)
class Recent:
    """The last steps of a run.

    config: as it stands now, edits included; step: the last one. series: the values of at most the last 1000 steps,
    oldest first, the last element is that of `step`, NaN where a series has no value. measures: of at most the last
    64 looks at the samples, (step, values). snapshots: steps that one can rewind to, rising. edited_at: step of the
    last edit, rewind or start; only what came after it is judged. disk_free: bytes where the run is written, None if
    not known; snapshot_bytes: of one snapshot, images: real ones to train on, different: different pictures among up to
    256 of them; 0 if not known.
    """

    config: TrainConfig
    step: int
    series: Mapping[str, np.ndarray]
    measures: tuple[tuple[int, Mapping[str, float]], ...] = ()
    snapshots: tuple[int, ...] = ()
    edited_at: int = 0
    disk_free: int | None = None
    snapshot_bytes: int = 0
    images: int = 0
    different: int = 0


@dataclass(frozen=True)
class Remedy:
    """One button. step: the snapshot to rewind to or to fork from, 0 for a new run from the start; None for an edit."""

    label: str
    kind: RemedyKind
    changes: Mapping[str, Any]
    step: int | None = None


@dataclass(frozen=True)
class Alarm:
    """What is wrong (title), why (cause), what shows it (evidence, with numbers and steps), and what can be done.

    name: its row in the table of alarms; step: when it was seen.
    """

    name: str
    title: str
    cause: str
    evidence: str
    step: int
    remedies: tuple[Remedy, ...] = ()


def as_record(alarm: Alarm) -> dict[str, Any]:
    """The alarm as plain lists and dicts, for a line of the log."""
    record = asdict(alarm)
    record["remedies"] = [remedy | {"changes": dict(remedy["changes"])} for remedy in record["remedies"]]
    return record


def alarm_of(record: Mapping[str, Any]) -> Alarm:
    """The alarm that `as_record` gave; what else the line holds is left aside.

    Raises KeyError, TypeError or ValueError where the line is none of ours.
    """
    name, title, cause, evidence = (str(record[key]) for key in ("name", "title", "cause", "evidence"))
    return Alarm(name, title, cause, evidence, _whole(record["step"]), tuple(map(_remedy_of, record["remedies"])))


def _remedy_of(record: Mapping[str, Any]) -> Remedy:
    if record["kind"] not in get_args(RemedyKind):
        raise ValueError(f"no kind of remedy is called {record['kind']!r}")
    kind = cast("RemedyKind", record["kind"])
    step = record["step"]
    return Remedy(str(record["label"]), kind, dict(record["changes"]), None if step is None else _whole(step))


def _whole(step: Any) -> int:
    if type(step) is not int:
        raise TypeError(f"{step!r} is no step")
    return step
