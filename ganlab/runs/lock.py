"""One writer to a run at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ganlab.errors import RunBusyError, RunError
from ganlab.runs.damage import part_of

#: How long to wait for a lock: `is_held` takes it for a moment, and that is nobody training.
LOCK_PATIENCE_S = 0.5


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold a run folder for writing. Raises RunBusyError; RunError when it cannot be written."""
    lock = FileLock(part_of(folder, "run.lock"), timeout=LOCK_PATIENCE_S)
    with writing(f"run {folder.name!r}"):
        try:
            lock.acquire()
        except Timeout:
            raise RunBusyError(
                f"run {folder.name!r} is being trained by another ganlab on this folder: stop it there first"
            ) from None
    try:
        yield
    finally:
        lock.release()


def is_held(folder: Path) -> bool:
    """Whether some process (this one included) is writing to a run; where we may not write we cannot know.

    Raises RunError when its lock is a link."""
    try:
        with FileLock(part_of(folder, "run.lock"), timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        return False


@contextmanager
def writing(what: str) -> Iterator[None]:
    """Raises RunError for an OSError in the block: what could not be written, why, and what to do."""
    try:
        yield
    except OSError as error:
        raise RunError(f"{what} cannot be written ({error.strerror or error}): make room or check the rights") from None
