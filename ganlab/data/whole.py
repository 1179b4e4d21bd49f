"""A folder that appears under its name whole or not at all, and once, however many processes want it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path

from ganlab.data.dataset import Progress
from ganlab.errors import DataError
from ganlab.locks import Lock

#: Names of folders that are not whole yet, or no longer; whoever holds the lock may remove them.
UNFINISHED = ".unfinished-"
_LOCK = ".lock"
_POLL_S = 0.2


@contextmanager
def alone_in(folder: Path, progress: Progress) -> Iterator[None]:
    """Hold the lock of a folder, made where it is absent, against other processes and threads.

    What writers that were killed have left in it is removed. Waiting calls progress, which may end it by raising.
    Raises DataError: the folder cannot be written.
    """
    with writing_in(folder):
        folder.mkdir(parents=True, exist_ok=True)
    lock = Lock(folder / _LOCK)
    while not _taken(lock, folder):
        progress("Waiting for another process that is at the same", None)
    try:
        _drop_unfinished(folder)
        yield
    finally:
        lock.release()


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """An empty folder to fill, which takes the name `target` at the end; after an exception nothing is left of it.

    To be used within `alone_in(target.parent)`. All of it is on the disk when it gets its name.
    Raises DataError: it cannot be written.
    """
    with writing_in(target.parent):
        unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=target.parent))
    try:
        yield unfinished
        with writing_in(target.parent):
            unfinished.chmod(0o755)  # mkdtemp's is its owner's alone, but the place may be shared
            _sync_all(unfinished)
            vanish(target)  # a damaged one of that name
            unfinished.rename(target)
            _sync(target.parent)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


@contextmanager
def writing_in(folder: Path) -> Iterator[None]:
    """Turns the system's refusal to write in a folder into a DataError."""
    try:
        yield
    except OSError as error:
        raise DataError(
            f"{folder} cannot be written ({error.strerror or error}): make room or rights there, "
            "or name another place in GANLAB_CACHE (for prepared images) or GANLAB_DATA (for all else)"
        ) from None


def write_all(file: FileIO, data: bytes | memoryview, place: Path) -> None:
    """Write all of it to an unbuffered file below `place`. Raises DataError, as on a full disk.

    Unbuffered, so that closing the file after a failure does not fail again; written rather than mapped, so that a
    full disk is an exception and not the end of the process.
    """
    left = memoryview(data).cast("B")
    with writing_in(place):
        while left:
            left = left[file.write(left) :]


def vanish(folder: Path) -> None:
    """Remove a folder so that it is never seen half removed; nothing happens where there is none."""
    if not folder.exists():
        return
    gone = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder.parent))
    folder.rename(gone / "gone")
    shutil.rmtree(gone, ignore_errors=True)


def drop_leftovers(root: Path) -> None:
    """Remove what killed writers left in folders below root; where a writer is at work, nothing is touched."""
    for folder in {leftover.parent for leftover in root.glob(f"*/{UNFINISHED}*")}:
        lock = Lock(folder / _LOCK)
        with suppress(OSError):
            if lock.acquire(0):
                _drop_unfinished(folder)
                lock.release()


def _taken(lock: Lock, folder: Path) -> bool:
    with writing_in(folder):
        return lock.acquire(_POLL_S)


def _drop_unfinished(folder: Path) -> None:
    for leftover in folder.glob(f"{UNFINISHED}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _sync_all(folder: Path) -> None:
    for place, _, files in os.walk(folder):
        for name in files:
            _sync(Path(place, name))
        _sync(Path(place))


def _sync(path: Path) -> None:
    """Make a file, or the names in a folder, outlast a power cut, where the system allows it."""
    if path.is_dir() and os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
