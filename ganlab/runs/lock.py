"""One writer to a run at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ganlab.errors import RunBusyError, RunError
from ganlab.locks import Lock
from ganlab.runs.damage import part_of

#: How long to wait for a lock: `is_held` takes it for a moment, and that is nobody training.
LOCK_PATIENCE_S = 0.5

_looking = threading.Lock()
#: Leases that somebody held at the last look: only who goes on looking sees that one is no longer renewed.
_seen: dict[Path, Lock] = {}


@contextmanager
def hold(folder: Path, waiting: Callable[[], None]) -> Iterator[Lock]:
    """Hold a run folder for writing. Raises RunBusyError; RunError when it cannot be written.

    waiting: called while it is seen whether a trainer on another machine, where files cannot be locked, is gone.
    """
    lock = _lock_of(folder)
    with writing(f"run {folder.name!r}"):
        if not lock.acquire(LOCK_PATIENCE_S) and not lock.inherit(waiting):
            raise RunBusyError(
                f"run {folder.name!r} is being trained by another ganlab on this folder: stop it there first"
            )
    try:
        yield lock
    finally:
        lock.release()


def is_held(folder: Path) -> bool:
    """Whether some process (this one included) is writing to a run.

    A lease counts until it was seen for LEASE_S seconds that nobody renews it. Raises RunError when a lock is a link.
    """
    with _looking:
        lock = _seen.pop(folder, None) or _lock_of(folder)
        try:
            if lock.acquire(0):
                lock.release()
                return False
        except PermissionError:
            return lock.is_anothers()
        except OSError:
            return False
        if lock.leased:
            _seen[folder] = lock
        return True


@contextmanager
def writing(what: str) -> Iterator[None]:
    """Raises RunError for an OSError in the block: what could not be written, why, and what to do."""
    try:
        yield
    except OSError as error:
        raise RunError(f"{what} cannot be written ({error.strerror or error}): make room or check the rights") from None


def _lock_of(folder: Path) -> Lock:
    part_of(folder, "run.lease")
    return Lock(part_of(folder, "run.lock"))
