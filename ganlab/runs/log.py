"""Reading a log that grows: its records, its fold and its curves."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from ganlab.curves import Curves
from ganlab.runs.damage import unusable
from ganlab.runs.files import plain
from ganlab.runs.history import History
from ganlab.runs.logged import Place

#: The beginning of a tick as ganlab writes it, up to its series, which the fold does not need.
_TICK = re.compile(
    rb'\{"type":"tick","step":(\d{1,12}),"seconds":(-?\d{1,12}(?:\.\d+)?(?:e-\d+)?),"images":\d+,"series":\{'
)


def read_records(path: Path, since: int = 0) -> Iterator[dict[str, Any]]:
    """The log's records in order, from a byte on. A torn last line, or one damaged otherwise, is left out."""
    return (record for _, line in _lines(path, since) if (record := _parsed(line)))


class LogReader:
    """The fold and the curves of a log; each reading takes only what is new. May be called from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reading = threading.Lock()
        self._byte = 0
        self._inode = 0
        self._fold = History.of_nothing(path)
        self._shown: History | None = None
        self._drawing = threading.Lock()
        self._curves = Curves()
        self._drawn = (0, 0)  # ticks and measures that are in the curves

    def read(self) -> History:
        """The fold up to the last whole line; the same object as long as nothing was added.

        Raises RunError when the log cannot be read.
        """
        try:
            with self._reading:
                return self._read()
        except FileNotFoundError:
            return History.of_nothing(self._path)
        except OSError as error:
            reason = f"its {self._path.name} cannot be read ({error.strerror})"
            raise unusable(self._path.parent, reason, "check its rights") from None

    def curves(self) -> Curves:
        """The curves up to the last step, shared by all who ask; others follow when steps were taken back."""
        with self._drawing:
            history = self.read()
            if history.timeline != self._curves.timeline or len(history.ticks) < self._drawn[0]:
                self._curves, self._drawn = Curves(timeline=history.timeline), (0, 0)
            history.ticks.since(self._drawn[0]).add_to(self._curves)
            history.measures.since(self._drawn[1]).add_to(self._curves)
            self._drawn = (len(history.ticks), len(history.measures))
            return self._curves

    def _read(self) -> History:
        stat = self._path.stat()
        if stat.st_size < self._byte or stat.st_ino != self._inode:
            self._begin_anew(stat.st_ino)
        if stat.st_size > self._byte:
            self._take_new()
        self._shown = self._shown or self._fold.copy()
        return self._shown

    def _begin_anew(self, inode: int) -> None:
        """Another file has taken the log's place: whoever has read the old one must see that all has changed."""
        timeline = self._fold.timeline + 1 if self._byte else 0
        self._byte, self._inode, self._shown = 0, inode, None
        self._fold = History.of_nothing(self._path)
        self._fold.timeline = timeline

    def _take_new(self) -> None:
        ticks: list[Place] = []
        try:
            for byte, line in _lines(self._path, self._byte):
                self._byte, self._shown = byte + len(line), None
                head = _TICK.match(line)
                # One object and its series, nothing else: two torn lines may have become one.
                if head and line.endswith(b"}}\n") and line.rfind(b"{") == head.end() - 1:
                    ticks.append((byte, int(head[1]), float(head[2])))
                    continue
                self._take_ticks(ticks)
                try:
                    self._fold.take(_parsed(line) or {}, byte)
                except (KeyError, TypeError, ValueError):
                    self._fold.left_out += 1
        finally:
            self._take_ticks(ticks)

    def _take_ticks(self, ticks: list[Place]) -> None:
        if ticks:
            self._fold.take_ticks(ticks)
            ticks.clear()


def _lines(path: Path, byte: int) -> Iterator[tuple[int, bytes]]:
    """The whole lines from a byte on, each after the byte where it begins."""
    if not path.exists():
        return
    with open(path, "rb", opener=plain) as log:
        log.seek(byte)
        for line in log:
            if not line.endswith(b"\n"):
                return
            yield byte, line
            byte += len(line)


def _parsed(line: bytes) -> dict[str, Any] | None:
    """The record on a line; None where there is none."""
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return record if isinstance(record, dict) and isinstance(record.get("type"), str) else None
