"""What lies in a folder, and what follows from it: found out anew only when something has changed."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from stat import S_ISDIR
from typing import Generic, TypeVar

#: A folder's time may stand still over two changes in a row, at worst (FAT) for so many seconds: a listing counts
#: until the next change only if the folder had been left alone for longer than that.
SETTLED_S = 2.0

_STEM = re.compile(r"[0-9]{6}|[1-9][0-9]{6,11}")

Value = TypeVar("Value")


class Listing:
    """The names in a folder. May be asked from any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._listing = threading.Lock()
        self._settled: tuple[int, int] | None = None  # the folder as it was when it was listed for good
        self._names: frozenset[str] = frozenset()

    def names(self) -> frozenset[str]:
        """The same object as long as nothing is added, removed or renamed; empty where none can be read."""
        with self._listing:
            try:
                stat = self._folder.lstat()
                if not S_ISDIR(stat.st_mode):
                    raise NotADirectoryError(self._folder)
                if self._settled != (stat.st_ino, stat.st_mtime_ns):
                    now = time.time()
                    names = frozenset(os.listdir(self._folder))
                    self._names = self._names if names == self._names else names
                    settled = stat.st_mtime < now - SETTLED_S
                    self._settled = (stat.st_ino, stat.st_mtime_ns) if settled else None
            except OSError:
                self._names, self._settled = frozenset(), None
            return self._names


class Remembered(Generic[Value]):
    """What a function makes of objects that do not change, made anew only when one of them is another object.

    May be asked from any thread.
    """

    def __init__(self, make: Callable[..., Value]) -> None:
        self._make = make
        self._last: tuple[tuple[object, ...], Value] | None = None

    def of(self, *parts: object) -> Value:
        last = self._last
        if last is None or any(one is not other for one, other in zip(last[0], parts, strict=True)):
            last = self._last = (parts, self._make(*parts))
        return last[1]


def steps_named(suffix: str, names: frozenset[str]) -> tuple[int, ...]:
    """Steps that files such as 000500.webp are named after, rising; what ganlab would name otherwise is left out."""
    stems = (name.removesuffix(suffix) for name in names if name.endswith(suffix))
    return tuple(sorted(int(stem) for stem in stems if _STEM.fullmatch(stem)))


def sizes_in(folder: str) -> Iterator[int]:
    """Bytes of each file; of what goes meanwhile or cannot be looked into nothing."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from sizes_in(entry.path)
                continue
            with suppress(OSError):
                yield entry.stat(follow_symlinks=False).st_size
