"""Locks, and the leases that stand in for them where files cannot be locked."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ganlab import locks
from ganlab.locks import Lock

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-in for such a file system is fcntl's")

#: Holds a lock on a machine of another name, whose clock is ten minutes behind, until it is told to go.
HOLDER = """
import os, socket, sys, time
socket.gethostname = lambda: "another-machine"
import fcntl, filelock._lease

def refuse(*args):
    raise OSError(int(sys.argv[2]), os.strerror(int(sys.argv[2])))

def touch_late(path, fd):
    late = time.time_ns() - 600 * 10**9
    os.utime(fd, ns=(late, late))

fcntl.flock, filelock._lease.touch = refuse, touch_late
from pathlib import Path
from ganlab import locks

locks.BEAT_S, locks.LEASE_S = 0.1, 1.0
lock = locks.Lock(Path(sys.argv[1]))
print(lock.acquire(0), lock.kept(), flush=True)
sys.stdin.readline()
print(lock.kept(), flush=True)
lock.release()
"""


@contextmanager
def holder_elsewhere(path: Path, refusal: int) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-c", HOLDER, str(path), str(refusal)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "True True\n"
            yield process
        finally:
            process.kill()


def outlived(holder: subprocess.Popen[str], path: Path) -> Lock:
    """Kill the holder; its lease is still there."""
    holder.kill()
    holder.wait()
    lock = Lock(path)
    assert not lock.acquire(0)
    return lock


@pytest.mark.parametrize("no_locks", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP], indirect=True)
def test_one_holds_a_lease_at_a_time(tmp_path: Path, no_locks: int):
    one, other = Lock(tmp_path / "run.lock"), Lock(tmp_path / "run.lock")
    assert one.acquire(0) and one.kept() and one.leased
    assert not other.acquire(0) and not other.inherit(lambda: None)
    one.release()
    assert other.acquire(0) and other.kept()


def test_a_holder_on_another_machine_is_heard_of_whatever_its_clock_says(tmp_path: Path, no_locks: int):
    path = tmp_path / "run.lock"
    with holder_elsewhere(path, no_locks):
        lock = Lock(path)
        end = time.monotonic() + 3 * locks.LEASE_S
        while time.monotonic() < end:
            assert not lock.acquire(0)
        waited = []
        assert not lock.inherit(lambda: waited.append(1)) and waited


def test_the_lease_of_one_that_was_killed_on_another_machine_is_inherited(tmp_path: Path, no_locks: int):
    path = tmp_path / "run.lock"
    with holder_elsewhere(path, no_locks) as process:
        lock = outlived(process, path)
        assert lock.inherit(lambda: None) and lock.kept()


def test_a_holder_that_slept_for_too_long_knows_that_its_lease_is_lost(tmp_path: Path, no_locks: int):
    path = tmp_path / "run.lock"
    with holder_elsewhere(path, no_locks) as process:
        process.send_signal(signal.SIGSTOP)
        lock = Lock(path)
        assert not lock.acquire(0)
        assert lock.inherit(lambda: None)
        process.send_signal(signal.SIGCONT)
        assert process.communicate("go\n") == ("False\n", None)
        assert lock.kept()


def test_waiting_can_be_ended(tmp_path: Path, no_locks: int):
    class EnoughError(Exception):
        pass

    def enough() -> None:
        raise EnoughError

    path = tmp_path / "run.lock"
    with holder_elsewhere(path, no_locks) as process:
        lock = outlived(process, path)
        with pytest.raises(EnoughError):
            lock.inherit(enough)


@pytest.mark.parametrize("no_locks", [errno.EIO], indirect=True)
def test_another_refusal_of_the_system_is_no_lack_of_locks(tmp_path: Path, no_locks: int):
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        Lock(tmp_path / "run.lock").acquire(0)


def test_a_lock_that_the_system_gives_makes_no_lease(tmp_path: Path):
    one, other = Lock(tmp_path / "run.lock"), Lock(tmp_path / "run.lock")
    assert one.acquire(0) and one.kept() and not one.leased
    assert not other.acquire(0) and other.is_anothers()
    one.release()
    assert not other.is_anothers()
    assert not list(tmp_path.glob("*.lease"))
