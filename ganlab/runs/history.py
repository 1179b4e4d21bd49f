"""The log of a run, and its fold: what state the run is in, its settings, its curves."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import orjson

from ganlab.config import Changes
from ganlab.curves import Curves

#: How the log says that a run ended; None while it goes on (or was cut off).
Ending = Literal["stop", "finish", "fail"]
ENDINGS: tuple[Ending, ...] = ("stop", "finish", "fail")

#: Hands laid on a run. All are marked on its curves.
EditKind = Literal["edit", "undo", "rewind", "fork"]


def encode_record(kind: str, fields: Mapping[str, Any]) -> bytes:
    """One log line; float32 arrays keep every bit in their shortest decimal form."""
    return orjson.dumps({"type": kind, **fields}, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """The log's records in order. A torn last line, or one damaged otherwise, is left out."""
    return (record for _, record in _records_from(path, 0))


def _records_from(path: Path, offset: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """The records from a byte on, each with the byte where the next one begins."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        lines.seek(offset)
        for line in lines:
            if not line.endswith(b"\n"):
                return
            offset += len(line)
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            if isinstance(record, dict) and isinstance(record.get("type"), str):
                yield offset, record


class LogReader:
    """The fold of a log that grows: each reading takes only what is new. May be called from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._offset = 0
        self._inode = 0
        self._history = History()
        self._shown: History | None = None

    def read(self) -> History:
        """The fold up to the last whole line; the same object as long as nothing was added."""
        with self._lock:
            try:
                stat = self._path.stat()
            except FileNotFoundError:
                return History()
            if stat.st_size < self._offset or stat.st_ino != self._inode:
                self._offset, self._inode, self._history, self._shown = 0, stat.st_ino, History(), None
            for offset, record in _records_from(self._path, self._offset):
                self._offset, self._shown = offset, None
                with contextlib.suppress(KeyError, TypeError, ValueError):
                    _take(self._history, record)
            self._shown = self._shown or self._history.copy()
            return self._shown


@dataclass(frozen=True)
class Edit:
    """What was done to a run after `step`: which settings changed, from which value to which.

    A rewind went back to `step`; a fork began there as a copy of `parent`.
    """

    step: int
    kind: EditKind
    changes: Changes
    time: float = 0.0
    parent: str = ""


@dataclass
class History:
    """The fold of a log. A resume or rewind to an earlier step takes back what was logged beyond it.

    edits: on the way to the present state, in order; snapshots: step → file name; alarms: those raised and not
    cleared, by name; timeline: how often steps were taken back; name, note: the user's own words.
    """

    begun: bool = False
    ending: Ending | None = None
    step: int = 0
    message: str = ""
    training_s: float = 0.0
    device: str = ""
    ticks: list[tuple[int, float, dict[str, np.ndarray]]] = field(default_factory=list)
    measures: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    snapshots: dict[int, str] = field(default_factory=dict)
    alarms: dict[str, dict[str, Any]] = field(default_factory=dict)
    timeline: int = 0
    name: str = ""
    note: str = ""

    def copy(self) -> History:
        """One that stays as it is when this one takes more records."""
        lists = {name: list(getattr(self, name)) for name in ("ticks", "measures", "edits")}
        return replace(self, **lists, snapshots=dict(self.snapshots), alarms=dict(self.alarms))

    def seconds(self, until: int) -> float:
        """Seconds of training up to the last tick at or before step `until`."""
        return sum(seconds for last, seconds, _ in self.ticks if last <= until)

    def curves(self, until: int | None = None) -> Curves:
        """The curves up to the last step, or to step `until`."""
        curves = Curves(timeline=self.timeline)
        for last, _, series in self.ticks:
            surplus = max(0, last - until) if until is not None else 0
            curves.append({name: values[: max(0, len(values) - surplus)] for name, values in series.items()})
        for step, values in self.measures:
            if until is None or step <= until:
                curves.put(step, values)
        return curves

    def settings(self, until: int | None = None) -> dict[str, Any]:
        """Knobs that are no longer as in config.json; with `until`, as of the edits after earlier steps than that."""
        edits = [edit for edit in self.edits if until is None or edit.step < until]
        begin = max((place + 1 for place, edit in enumerate(edits) if edit.kind == "fork"), default=0)
        return {name: after for edit in edits[begin:] for name, (_, after) in edit.changes.items()}


def fold(records: Iterable[Mapping[str, Any]]) -> History:
    """The state that a log amounts to."""
    history = History()
    for record in records:
        with contextlib.suppress(KeyError, TypeError, ValueError):
            _take(history, record)
    return history


def _take(history: History, record: Mapping[str, Any]) -> None:
    """Let one record change the state; raises before anything changes when it lacks a field."""
    kind = record["type"]
    if kind in ("start", "resume"):
        _take_back(history, int(record["step"]))
        history.begun, history.ending, history.message = True, None, ""
        history.device = str(record.get("device", ""))
    elif kind == "tick":
        series = {name: np.asarray(values, np.float32) for name, values in dict(record["series"]).items()}
        history.ticks.append((int(record["step"]), float(record["seconds"]), series))
        history.step = int(record["step"])
        history.training_s += float(record["seconds"])
    elif kind == "measures":
        history.measures.append((int(record["step"]), {str(k): float(v) for k, v in dict(record["values"]).items()}))
    elif kind in ("edit", "undo", "rewind", "fork"):
        _take_edit(history, kind, record)
    elif kind == "snapshot":
        history.snapshots[int(record["step"])] = str(record["file"])
    elif kind == "alarm":
        history.alarms[str(record["name"])] = {**record, "step": int(record["step"])}
    elif kind == "clear":
        history.alarms.pop(str(record["name"]), None)
    elif kind in ("name", "note"):
        setattr(history, kind, str(record["text"]))
    elif kind in ENDINGS:
        history.ending, history.message = kind, str(record.get("message", ""))


def _take_edit(history: History, kind: EditKind, record: Mapping[str, Any]) -> None:
    step = int(record["step"])
    changes = {str(name): (before, after) for name, (before, after) in dict(record["changes"]).items()}
    edit = Edit(step, kind, changes, float(record.get("time", 0)), str(record.get("parent", "")))
    if kind == "rewind":
        _take_back(history, step)
    history.edits.append(edit)


def _take_back(history: History, step: int) -> None:
    """Drop what was logged after `step`, so that no step stands in the curves twice."""
    if history.step > step:
        history.timeline += 1
    while history.ticks and history.ticks[-1][0] > step:
        last, seconds, series = history.ticks.pop()
        history.training_s -= seconds
        surplus = last - step
        kept = {name: values[:-surplus] for name, values in series.items() if len(values) > surplus}
        if kept:
            history.ticks.append((step, 0.0, kept))
    while history.measures and history.measures[-1][0] > step:
        history.measures.pop()
    history.edits = [edit for edit in history.edits if edit.step <= step]
    history.snapshots = {each: name for each, name in history.snapshots.items() if each <= step}
    history.alarms = {name: alarm for name, alarm in history.alarms.items() if alarm["step"] <= step}
    history.step = step
