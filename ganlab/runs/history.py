"""The log of a run, and its fold: what state the run is in, and its curves."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import orjson

from ganlab.curves import Curves

#: How the log says that a run ended; None while it goes on (or was cut off).
Ending = Literal["stop", "finish", "fail"]
ENDINGS: tuple[Ending, ...] = ("stop", "finish", "fail")


def encode_record(kind: str, fields: Mapping[str, Any]) -> bytes:
    """One log line; float32 arrays keep every bit in their shortest decimal form."""
    return orjson.dumps({"type": kind, **fields}, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """The log's records in order. A torn last line, or one damaged otherwise, is left out."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        for line in lines:
            if not line.endswith(b"\n"):
                return
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            if isinstance(record, dict) and isinstance(record.get("type"), str):
                yield record


@dataclass
class History:
    """The fold of a log. A resume at an earlier step takes back what was logged beyond it."""

    begun: bool = False
    ending: Ending | None = None
    step: int = 0
    message: str = ""
    training_s: float = 0.0
    device: str = ""
    ticks: list[tuple[int, float, dict[str, np.ndarray]]] = field(default_factory=list)

    def seconds(self, until: int) -> float:
        """Seconds of training up to the last tick at or before step `until`."""
        return sum(seconds for last, seconds, _ in self.ticks if last <= until)

    def curves(self, until: int | None = None) -> Curves:
        """The curves up to the last step, or to step `until`."""
        curves = Curves()
        for last, _, series in self.ticks:
            surplus = max(0, last - until) if until is not None else 0
            curves.append({name: values[: max(0, len(values) - surplus)] for name, values in series.items()})
        return curves


def fold(records: Iterator[Mapping[str, Any]]) -> History:
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
    elif kind in ENDINGS:
        history.ending, history.message = kind, str(record.get("message", ""))


def _take_back(history: History, step: int) -> None:
    """Drop what was logged after `step`, so that no step stands in the curves twice."""
    while history.ticks and history.ticks[-1][0] > step:
        last, seconds, series = history.ticks.pop()
        history.training_s -= seconds
        surplus = last - step
        kept = {name: values[:-surplus] for name, values in series.items() if len(values) > surplus}
        if kept:
            history.ticks.append((step, 0.0, kept))
    history.step = step
