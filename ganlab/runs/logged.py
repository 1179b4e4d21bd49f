"""Ticks and measures of a run, left in its log: only where they stand is kept in memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

import numpy as np
import orjson

from ganlab.curves import Curves
from ganlab.runs.files import plain

#: Where a record stands: its byte in the log, the last step that it holds, its seconds of training.
Place = tuple[int, int, float]
_PLACE = np.dtype([("byte", np.int64), ("step", np.int64), ("seconds", np.float64)])
#: So many steps are added to curves at once: each addition costs as much as some hundred steps, and what waits for it
#: had better stay in the processor's cache.
_STEPS_AT_ONCE = 2048
#: So many places become Python's numbers at once, which take ten times their room.
_PLACES_AT_ONCE = 4096
#: Bytes that are read at once: lines are long and mostly follow one another.
_BUFFER = 2**15

#: More steps than any run has; what a log says beyond is damaged, and would not fit into the tables here.
MOST_STEP = 10**12
_MOST_SECONDS = 1e12
_LARGEST = float(np.finfo(np.float32).max)
#: What stands for a value of a step: null where it was not finite.
_VALUES = {float, int, type(None)}

#: Before a score's name in the curves, where D's series are as well.
PREFIX = "score_"

#: A value, and the lowest and the highest that it stands for.
Band = tuple[float, float, float]
Item = TypeVar("Item")


def step_of(record: Mapping[str, Any]) -> int:
    """Raises KeyError, TypeError or ValueError when the record has no step, or one that no run comes to."""
    return whole(record["step"])


def whole(number: object, least: int = 0) -> int:
    """Raises ValueError for what is no whole number from `least` on, or more than anything here comes to."""
    if type(number) is not int or not least <= number <= MOST_STEP:
        raise ValueError(f"{number!r} is no whole number from {least}")
    return number


def seconds_of(record: Mapping[str, Any]) -> float:
    """Raises KeyError, TypeError or ValueError when the record has no seconds."""
    seconds = record["seconds"]
    if type(seconds) not in (int, float) or not abs(seconds) <= _MOST_SECONDS:
        raise ValueError(f"{seconds!r} are no seconds")
    return float(seconds)


class Logged(ABC, Generic[Item]):
    """Records of a log in the order of their steps, read when they are asked for; then a damaged one is left out.

    Grows at its end and may be cut; a `copy` stays as it is. Of a log that cannot be opened there is nothing to read.
    """

    #: The field of a record that holds its values by name.
    field: ClassVar[str]

    def __init__(self, path: Path, places: np.ndarray | None = None) -> None:
        self._path = path
        self._table = np.zeros(0, _PLACE) if places is None else places
        self._count = len(self._table)

    def add(self, places: Sequence[Place]) -> None:
        """Take in where the next records stand."""
        needed = self._count + len(places)
        if needed > len(self._table):
            self._table = np.concatenate([self._table[: self._count], np.zeros(needed + 64, _PLACE)])
        self._table[self._count : needed] = places
        self._count = needed

    def cut(self, step: int) -> None:
        """Drop what comes after `step`."""
        within = np.flatnonzero(self.steps <= step)
        kept = int(within[-1]) + 1 if len(within) else 0
        if kept < self._count:
            self._table = self._cut(kept, step)  # in memory of its own, since copies share the old one
            self._count = len(self._table)

    def copy(self) -> Self:
        """One that stays as it is when this one grows or is cut."""
        return type(self)(self._path, self._table[: self._count])

    def until(self, step: int | None) -> Self:
        """Those up to a step."""
        chosen = self.copy()
        if step is not None:
            chosen.cut(step)
        return chosen

    def since(self, count: int) -> Self:
        """All but the first `count`."""
        return type(self)(self._path, self._table[count : self._count])

    def last(self) -> Self:
        """The last one alone, or none."""
        return self.since(max(0, self._count - 1))

    @property
    def steps(self) -> np.ndarray:
        """The last step of each, int64 (n,)."""
        return self._table["step"][: self._count]

    @property
    def seconds(self) -> float:
        """Seconds of training of all of them."""
        return float(self._table["seconds"][: self._count].sum())

    def running_seconds(self) -> np.ndarray:
        """Seconds of training up to the end of each, float64 (n,)."""
        return self._table["seconds"][: self._count].cumsum()

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Item:
        """Raises IndexError, also for one that cannot be read any more."""
        place = range(self._count)[index]
        for item in type(self)(self._path, self._table[place : place + 1]):
            return item
        raise IndexError(f"record {index} of {self._path.name} cannot be read")

    @abstractmethod
    def __iter__(self) -> Iterator[Item]:
        """The records, read one after the other."""

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Each as it stands in the log, after its step; of one that was cut what is left."""
        for step, _, line in self._lines():
            yield step, line

    def _cut(self, kept: int, step: int) -> np.ndarray:
        return self._table[:kept].copy()

    def _lines(self) -> Iterator[tuple[int, float, bytes]]:
        """Each line, after its seconds and the step up to which it counts."""
        try:
            log = open(self._path, "rb", buffering=_BUFFER, opener=plain)  # noqa: SIM115 - closed below
        except OSError:
            return
        with log:
            at = 0
            for begin in range(0, self._count, _PLACES_AT_ONCE):
                for byte, step, seconds in self._table[: self._count][begin : begin + _PLACES_AT_ONCE].tolist():
                    if byte != at:
                        log.seek(byte)
                    line = log.readline()
                    at = byte + len(line)
                    yield step, seconds, line

    def _records(self) -> Iterator[tuple[int, float, dict[str, Any]]]:
        """What is on the lines."""
        for step, seconds, line in self._lines():
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            if isinstance(record, dict) and isinstance(record.get(self.field), dict) and self._is_whole(record, step):
                yield step, seconds, record

    @staticmethod
    def _is_whole(record: dict[str, Any], step: int) -> bool:
        """Whether a record with values can be taken for what stood there up to `step`."""
        return True


class Ticks(Logged[tuple[int, float, dict[str, np.ndarray]]]):
    """Last step, seconds and series (name → float32 (n,)) of each tick. A tick holds all steps since the one before."""

    field = "series"

    def __iter__(self) -> Iterator[tuple[int, float, dict[str, np.ndarray]]]:
        for step, seconds, record in self._records():
            series = _up_to(step, record)
            yield step, seconds, {name: _as_array(values) for name, values in series.items()}

    def values(self) -> Iterator[tuple[int, dict[str, list[float]]]]:
        """Last step and series of each tick, as plain numbers."""
        for step, _, record in self._records():
            yield step, _up_to(step, record)

    def add_to(self, curves: Curves) -> None:
        """Append all values; steps whose record cannot be read stay empty."""
        waiting: list[dict[str, list[float]]] = []
        begun = end = curves.steps  # of those that wait
        for step, values in self.values():
            begin = step - max(map(len, values.values()), default=0)
            full = end - begun >= _STEPS_AT_ONCE or begin > end
            if full or (waiting and values.keys() != waiting[0].keys()):
                curves.append(_joined(waiting))
                curves.leave_out(max(0, begin - end))
                waiting, begun = [], begin
            waiting.append(values)
            end = step
        curves.append(_joined(waiting))

    def lines(self) -> Iterator[tuple[int, bytes]]:
        for step, seconds, line in self._lines():
            yield step, line if seconds else _cut_line(step, line)

    @staticmethod
    def _is_whole(record: dict[str, Any], step: int) -> bool:
        """One value of each series for each of its steps, and steps beyond `step` only where they were cut off."""
        last, columns = record.get("step"), record["series"].values()
        if type(last) is not int or last < step or not all(type(values) is list for values in columns):
            return False
        counts = set(map(len, columns))
        return len(counts - {0}) == len(counts) <= 1 and _VALUES.issuperset(map(type, chain.from_iterable(columns)))

    def _cut(self, kept: int, step: int) -> np.ndarray:
        """The tick that holds `step` keeps what it has up to there; its seconds are not split."""
        if step <= (self._table[kept - 1]["step"] if kept else 0):
            return super()._cut(kept, step)
        left = self._table[: kept + 1].copy()
        left[kept]["step"], left[kept]["seconds"] = step, 0.0
        return left


class Looks(Logged[tuple[int, dict[str, float]]]):
    """Step and values of each measuring of the samples."""

    field = "values"

    def __iter__(self) -> Iterator[tuple[int, dict[str, float]]]:
        for step, values in self.banded():
            yield step, {name: value for name, (value, _, _) in values.items()}

    def banded(self) -> Iterator[tuple[int, dict[str, Band]]]:
        """Step and values, each with the lowest and highest that it stands for: a score's interval, else itself."""
        for step, _, record in self._records():
            ends = (_as_dict(record.get(end)) for end in ("low", "high"))
            yield step, banded(record["values"], *ends, prefix=PREFIX if record["type"] == "score" else "")

    def add_to(self, curves: Curves) -> None:
        for step, values in self.banded():
            curves.put(step, values)


def _up_to(step: int, tick: dict[str, Any]) -> dict[str, list[float]]:
    """The series of a tick without what comes after `step`."""
    surplus = tick["step"] - step
    if not surplus:
        return tick["series"]
    return {name: values[:-surplus] for name, values in tick["series"].items() if len(values) > surplus}


def _cut_line(step: int, line: bytes) -> bytes:
    """The line of a tick without what comes after `step`; none when it is damaged."""
    try:
        tick = orjson.loads(line)
        kept = {**tick, "step": step, "seconds": 0.0, "images": 0, "series": _up_to(step, tick)}
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return b""
    return orjson.dumps(kept, option=orjson.OPT_APPEND_NEWLINE)


def _joined(ticks: Sequence[dict[str, list[float]]]) -> dict[str, np.ndarray]:
    """The values of ticks with the same series, one after the other."""
    names = ticks[0] if ticks else ()
    return {name: _as_array(chain.from_iterable(tick[name] for tick in ticks)) for name in names}


def _as_array(values: Iterable[float | None]) -> np.ndarray:
    """float32 (n,); NaN for what is no number, and for one that is too large for 32 bits."""
    with np.errstate(over="ignore"):
        array = np.fromiter(values, np.float32)
    array[np.isinf(array)] = np.nan
    return array


def banded(
    values: Mapping[str, Any], low: Mapping[str, Any], high: Mapping[str, Any], *, prefix: str = ""
) -> dict[str, Band]:
    """Name → value, lowest and highest; what is no number is left out, ends that are none are the value itself."""
    known = {name: value for name, value in values.items() if is_number(value)}
    ends = ({name: end for name, end in each.items() if is_number(end)} for each in (low, high))
    least, most = (known | each for each in ends)
    return {prefix + name: (value, least[name], most[name]) for name, value in known.items()}


def _as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def is_number(value: Any) -> bool:
    """Whether it is a finite number of 32 bits, and no truth value."""
    return type(value) in (int, float) and abs(value) <= _LARGEST
