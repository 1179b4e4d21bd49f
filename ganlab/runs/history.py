"""The state of a run as its log tells it, one record after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import orjson

from ganlab.config import Changes
from ganlab.curves import Curves
from ganlab.data import Fingerprint
from ganlab.runs.logged import Looks, Ticks, is_number, seconds_of, step_of, whole
from ganlab.runs.snapshots import is_name_of

#: How the log says that a run ended; None while it goes on (or was cut off).
Ending = Literal["stop", "finish", "fail"]
ENDINGS: tuple[Ending, ...] = ("stop", "finish", "fail")

#: Hands laid on a run. All are marked on its curves.
EditKind = Literal["edit", "undo", "rewind", "fork"]


def encode_record(kind: str, fields: Mapping[str, Any]) -> bytes:
    """One log line; float32 arrays keep every bit in their shortest decimal form."""
    return orjson.dumps({"type": kind, **fields}, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)


@dataclass(frozen=True)
class Edit:
    """What was done to a run after `step`: which settings changed, from which value to which.

    A rewind went back to `step`; a fork began there. parent: the run that was forked, also of edits copied from it.
    """

    step: int
    kind: EditKind
    changes: Changes
    time: float = 0.0
    parent: str = ""


@dataclass
class History:
    """The fold of a log. A resume or rewind to an earlier step takes back what was logged beyond it.

    ticks, measures (scores among them): stand in the log and are read when asked for; edits: on the way to the
    present state, in order; snapshots: step → file name; interim: steps of those that stay only until the next is
    written; scores: step → score → value; bases: network and number of samples that they rest on; judged: what the
    last ones rest on and took; alarms: those raised and not cleared, by name; timeline: how often steps were taken
    back; name, note: the user's own words; refused, lost: why the last orders of other processes came to nothing,
    until the run is edited or ends; paused: who trains it waits for the word to go on; data: what it was last
    trained on; changed: it did not begin, since that or its files are not as it left them; left_out: lines that are
    damaged, which count for nothing.
    """

    ticks: Ticks
    measures: Looks
    begun: bool = False
    ending: Ending | None = None
    step: int = 0
    message: str = ""
    changed: bool = False
    paused: bool = False
    device: str = ""
    data: Fingerprint | None = None
    edits: list[Edit] = field(default_factory=list)
    snapshots: dict[int, str] = field(default_factory=dict)
    interim: set[int] = field(default_factory=set)
    scores: dict[int, dict[str, float]] = field(default_factory=dict)
    bases: dict[int, tuple[str, str]] = field(default_factory=dict)
    judged: dict[str, Any] = field(default_factory=dict)
    alarms: dict[str, dict[str, Any]] = field(default_factory=dict)
    timeline: int = 0
    name: str = ""
    note: str = ""
    refused: str = ""
    lost: str = ""
    left_out: int = 0

    @staticmethod
    def of_nothing(log: Path) -> History:
        """Before the first record of a log."""
        return History(Ticks(log), Looks(log))

    def copy(self) -> History:
        """One that stays as it is when this one takes more records."""
        grown = ("ticks", "measures", "edits", "snapshots", "interim", "scores", "bases", "judged", "alarms")
        own = {name: getattr(self, name).copy() for name in grown}
        return replace(self, **own)

    @property
    def training_s(self) -> float:
        """Seconds of training up to the last step."""
        return self.ticks.seconds

    def seconds(self, until: int) -> float:
        """Seconds of training up to the last tick at or before step `until`."""
        return self.ticks.until(until).seconds

    def pace(self, ticks: int = 20) -> float | None:
        """Steps per second of the last ticks; None where there are none."""
        last = self.ticks.since(max(0, len(self.ticks) - ticks))
        before = len(self.ticks) - len(last)
        begin = int(self.ticks.steps[before - 1]) if before else 0
        return (self.step - begin) / last.seconds if last.seconds else None

    def communication(self) -> float | None:
        """Which share of the time at the last look ranks spent on telling each other; None for one alone."""
        looks = list(self.measures.since(max(0, len(self.measures) - 2)))  # a score may stand behind the measures
        return next((values["communication"] for _, values in reversed(looks) if "communication" in values), None)

    def curves(self, until: int | None = None) -> Curves:
        """The curves up to the last step, or to step `until`; all of it is read."""
        curves = Curves(timeline=self.timeline)
        self.ticks.until(until).add_to(curves)
        self.measures.until(until).add_to(curves)
        return curves

    def comparable(self) -> dict[int, dict[str, float]]:
        """Scores that rest on the same network and number of samples as the newest: others have another scale."""
        newest = self.bases.get(max(self.scores, default=-1))
        return {step: values for step, values in self.scores.items() if self.bases[step] == newest}

    def settings(self, until: int | None = None, *, since: int = 0) -> dict[str, Any]:
        """Knobs that are no longer as in config.json; else what the edits at steps `since` to `until` − 1 came to."""
        # A fork's config.json holds what its parent's edits, and the fork itself, had come to.
        own = [each for each in self.edits if not each.parent and each.step >= since]
        within = [each for each in own if until is None or each.step < until]
        return {name: after for each in within for name, (_, after) in each.changes.items()}

    def take(self, record: Mapping[str, Any], byte: int) -> None:
        """Let the record that stands at a byte of the log change the state.

        Raises KeyError, TypeError or ValueError before anything changes when it lacks a field.
        """
        kind = record["type"]
        if kind in ("start", "resume"):
            self._take_back(step_of(record))
            self.begun, self.ending, self.message, self.refused, self.changed = True, None, "", "", False
            self.paused = False
            self.device = str(record.get("device", ""))
        elif kind == "tick":
            _object(record, "series")
            self.take_ticks([(byte, step_of(record), seconds_of(record))])
        elif kind in ("measures", "score"):
            _object(record, "values")
            if kind == "score":
                self._take_scores(step_of(record), record)
            self.measures.add([(byte, step_of(record), 0.0)])
        elif kind in ("edit", "undo", "rewind", "fork"):
            self._take_edit(kind, record)
        elif kind == "data":
            names, count = record["class_names"], whole(record["count"], 1)
            self.data = Fingerprint(tuple(map(str, names)), count, str(record["digest"]))
        elif kind in ("pause", "unpause"):
            self.paused = kind == "pause"
        elif kind == "snapshot":
            self._take_snapshot(step_of(record), record["file"], interim=record.get("interim") is True)
        elif kind == "alarm":
            self.alarms[str(record["name"])] = {**record, "step": step_of(record)}
        elif kind == "clear":
            self.alarms.pop(str(record["name"]), None)
        elif kind in ("name", "note"):
            setattr(self, kind, str(record["text"]))
        elif kind in ("refused", "lost"):
            setattr(self, kind, str(record["message"]))
        elif kind == "interrupt":
            self.message = str(record["message"])
        elif kind in ENDINGS:
            self.ending, self.message = kind, str(record.get("message", ""))
            self.changed = record.get("changed") is True
            self.refused = self.lost = ""

    def take_ticks(self, places: list[tuple[int, int, float]]) -> None:
        """Let ticks follow, at least one: byte in the log, last step and seconds of each."""
        self.ticks.add(places)
        self.step = places[-1][1]

    def _take_scores(self, step: int, record: Mapping[str, Any]) -> None:
        floor = _numbers(_object(record, "floor"))
        basis = {name: str(record[name]) for name in ("network", "reference", "count")}
        self.scores[step] = _numbers(_object(record, "values"))
        self.judged = {
            "floor": floor,
            "seconds": record["seconds"] if is_number(record.get("seconds")) else None,
        } | basis
        self.bases[step] = (basis["network"], basis["count"])

    def _take_snapshot(self, step: int, name: Any, *, interim: bool) -> None:
        if not isinstance(name, str) or not is_name_of(step, name):
            raise ValueError(f"{name!r} is no snapshot of step {step}")
        self.snapshots[step] = name
        self.interim = self.interim | {step} if interim else self.interim - {step}

    def _take_edit(self, kind: EditKind, record: Mapping[str, Any]) -> None:
        step = step_of(record)
        changes = {str(name): (before, after) for name, (before, after) in _object(record, "changes").items()}
        edit = Edit(step, kind, changes, float(record.get("time", 0)), str(record.get("parent", "")))
        if kind == "rewind":
            self._take_back(step)
        self.edits.append(edit)
        self.refused = self.lost = ""

    def _take_back(self, step: int) -> None:
        """Drop what was logged after `step`, so that no step stands in the curves twice."""
        if self.step > step:
            self.timeline += 1
        self.ticks.cut(step)
        self.measures.cut(step)
        self.scores = {each: values for each, values in self.scores.items() if each <= step}
        self.edits = [edit for edit in self.edits if edit.step <= step]
        self.snapshots = {each: name for each, name in self.snapshots.items() if each <= step}
        self.interim = {each for each in self.interim if each <= step}
        self.alarms = {name: alarm for name, alarm in self.alarms.items() if alarm["step"] <= step}
        self.step = step


def _object(record: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Raises KeyError; TypeError where it is something else."""
    value = record[name]
    if not isinstance(value, dict):
        raise TypeError(f"{name} is no object")
    return value


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: value for name, value in values.items() if is_number(value)}
