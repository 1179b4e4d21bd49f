"""Locks between processes: the file system's own, and leases where it has none to give."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout, lock_descriptor

#: Whoever holds a lease shows every so many seconds that it is there.
BEAT_S = 10.0
#: A lease that its holder was not seen to renew for so long may be taken by others.
LEASE_S = 60.0

#: What is said of a file system that cannot lock.
_NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP}
#: A contender that looks at a lease moves it aside for a moment.
_BLINK_S = 0.2
#: Of a lease that is not there.
_NOTHING = (0, 0)


class Lock:
    """A lock on a file against other processes, on other machines as well.

    Where files cannot be locked it is a lease, a second file that its holder touches every BEAT_S seconds. Others
    measure by their own clocks for how long it stood still, so clocks may differ.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lease = Path(f"{path.with_suffix('')}.lease")
        self._lock: BaseFileLock = FileLock(path, preserve_lock_file=True)
        self._mine = 0  # the lease's inode

    @property
    def leased(self) -> bool:
        """Whether it is a lease, as far as was tried."""
        return self._lock.lock_file == str(self._lease)

    def acquire(self, timeout_s: float, given_up: Callable[[], bool] | None = None) -> bool:
        """Try to have it for so many seconds, or until `given_up()`. Returns whether it is ours. Raises OSError."""
        try:
            self._lock.acquire(timeout=timeout_s, cancel_check=given_up)
        except Timeout:
            return False
        except OSError as error:
            if self.leased or error.errno not in _NO_LOCKS:
                raise
            self._lock = _lease(self._lease)
            return self.acquire(timeout_s, given_up)
        if self.leased:
            self._mine = self._seen()[0]
        return True

    def inherit(self, waiting: Callable[[], None]) -> bool:
        """Where `acquire` has failed: wait for a lease whose holder may be gone. Raises OSError.

        waiting: called all the while. Returns False as soon as the holder is heard of.
        """
        before = self._seen()

        def heard_of() -> bool:
            waiting()
            return self._seen() not in (before, _NOTHING)

        return self.leased and self.acquire(LEASE_S + BEAT_S, heard_of)

    def kept(self) -> bool:
        """Whether it is still ours: one that slept for too long has lost its lease."""
        if not self.leased or self._seen()[0] == self._mine:
            return True
        time.sleep(_BLINK_S)
        return self._seen()[0] == self._mine

    def release(self) -> None:
        self._lock.release()

    def is_anothers(self) -> bool:
        """Whether another user holds it, whose files we may only read; of a lease, whether there is one."""
        try:
            handle = os.open(self._path, os.O_RDONLY)
        except OSError:
            return False
        try:
            return not lock_descriptor(handle, blocking=False)
        except OSError:
            return self._lease.exists()
        finally:
            os.close(handle)

    def _seen(self) -> tuple[int, int]:
        """The lease's inode and when it was touched; opened, so that a network file system asks what is true now."""
        try:
            with open(self._lease, "rb") as file:
                seen = os.fstat(file.fileno())
        except OSError:
            return _NOTHING
        return seen.st_ino, seen.st_mtime_ns


def _lease(path: Path) -> BaseFileLock:
    from filelock import SoftFileLease

    return SoftFileLease(path, lease_duration=LEASE_S, heartbeat_interval=BEAT_S)
