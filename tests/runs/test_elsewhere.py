"""Runs on a path that several machines and users share: other clocks, no locks, other rights."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from tiny import tiny

from ganlab import locks
from ganlab.errors import RunBusyError, RunError
from ganlab.runs import Run, Runs, drive
from ganlab.runs.ask import send
from ganlab.service import Service
from ganlab.status import status_on_disk

pytestmark = [
    pytest.mark.usefixtures("made_up_data"),
    pytest.mark.skipif(os.name != "posix", reason="what stands in for such paths is POSIX's"),
]

#: Trains a run of a folder and says each step and how it ended. Beside
#: this: "no-locks", whose it becomes, and seconds that its clock is off.
TRAINER = """
import os, sys, tempfile, time

words = sys.argv[3:]
if "no-locks" in words:
    import errno, fcntl, socket

    def refuse(*args):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    fcntl.flock = refuse
    socket.gethostname = lambda: "another-machine"
rights = {word.partition("=")[0]: int(word.partition("=")[2]) for word in words if "=" in word}
off, clock = float(words[-1]), time.time
time.time = lambda: clock() + off
os.umask(0o002)

import torch
from dataclasses import replace
from pathlib import Path
from ganlab import locks
from ganlab.data import DATASETS
from ganlab.errors import GanlabError
from ganlab.runs import Runs, drive
from tiny import made_up, tiny

torch.set_num_threads(1)
DATASETS["digits"] = replace(DATASETS["digits"], load=made_up)
locks.BEAT_S, locks.LEASE_S = 0.1, 1.0
if rights:
    with tempfile.TemporaryDirectory() as folder:  # all that is imported late is read by the first user
        list(drive(Runs(Path(folder)).create(tiny(max_steps=2))))
    os.setgroups([])
    os.setgid(rights["group"])
    os.setuid(rights["user"])
run = Runs(Path(sys.argv[1])).get(sys.argv[2])
try:
    for state, tick in drive(run, tick_s=0):
        print(tick.step, flush=True)
        time.sleep(0.02)
except GanlabError as error:
    print(type(error).__name__, flush=True)
"""
#: Two users of one group, and one of none.
TRAINS, STEERS, GROUP, LOOKS = 65_534, 65_533, 65_532, 65_531


@pytest.fixture
def runs(checkpoints: Path) -> Runs:
    return Runs(checkpoints)


@contextmanager
def trained(run: Run, *words: str, off_s: float = 0) -> Iterator[subprocess.Popen[str]]:
    """Another process that trains `run`, past its third step."""
    tests = Path(__file__).parent.parent
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)])}
    command = [sys.executable, "-c", TRAINER, str(run.path.parent.absolute()), run.id, *words, str(off_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd="/") as process:
        try:
            assert process.stdout is not None
            assert any(line == "3\n" for line in process.stdout)
            yield process
        finally:
            process.kill()


def until(holds: Any, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not (found := holds()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def test_without_locks_one_that_trains_keeps_all_others_out(runs: Runs, no_locks: int):
    run = runs.create(tiny(max_steps=5000))
    with trained(run, "no-locks"):
        assert status_on_disk(run).state == "elsewhere"
        with pytest.raises(RunBusyError):
            next(drive(run))
        send(run, {"kind": "edit", "changes": {"lr_g": 0.5}})
        assert until(lambda: run.now.lr_g == 0.5), "an order is obeyed"
        time.sleep(1.5 * locks.LEASE_S)
        assert run.held_elsewhere()


@pytest.mark.slow
def test_without_locks_a_run_whose_trainer_was_killed_goes_on_after_the_lease(runs: Runs, no_locks: int):
    run = runs.create(tiny(max_steps=5000, snapshot_every=2))
    with trained(run, "no-locks") as process:
        process.kill()
        process.wait()
        assert status_on_disk(run).state == "elsewhere", "nobody can know yet"
        assert until(lambda: status_on_disk(run).state == "interrupted", 5)
    steps = drive(run)
    assert next(steps)[1].step >= 3
    steps.close()
    assert status_on_disk(run).state == "stopped"


@pytest.mark.slow
def test_a_trainer_that_slept_while_its_run_was_taken_over_writes_nothing_more(runs: Runs, no_locks: int):
    run = runs.create(tiny(max_steps=5000, snapshot_every=2))
    with trained(run, "no-locks") as process:
        process.send_signal(signal.SIGSTOP)
        steps = drive(run, tick_s=0)
        next(steps)
        before = run.path.joinpath("history.jsonl").read_bytes()
        process.send_signal(signal.SIGCONT)
        assert process.stdout is not None
        assert process.stdout.read().splitlines()[-1] == "RunBusyError"
        assert run.path.joinpath("history.jsonl").read_bytes() == before
        next(steps)
        steps.close()
    assert not run.history().left_out and run.history().ending == "stop"


def test_of_two_apps_on_one_folder_one_trains_a_run_and_both_steer_it(runs: Runs):
    run = runs.create(tiny(max_steps=5000))
    one, other = Service(runs, tick_s=0), Service(Runs(runs.root), tick_s=0)
    try:
        one.resume(run.id)
        assert one.wait(run.id, "training", timeout_s=20)
        assert until(lambda: other.status(run.id).state == "elsewhere")
        with pytest.raises(RunError):
            other.resume(run.id)
        other.edit(run.id, {"lr_g": 0.5})
        assert until(lambda: one.status(run.id).config.lr_g == 0.5)
        one.edit(run.id, {"lr_d": 0.5})
        assert until(lambda: other.status(run.id).config.lr_d == 0.5)
        one.stop(run.id)
        assert until(lambda: other.status(run.id).state == "stopped")
        other.resume(run.id)
        assert until(lambda: one.status(run.id).state == "elsewhere")
    finally:
        assert one.close() and other.close()
    steps = [step for step, _, _ in run.ticks()]
    assert steps == sorted(set(steps))


@pytest.mark.slow
@pytest.mark.parametrize("off_s", [-600, 600])
def test_clocks_that_differ_by_minutes_change_nothing(runs: Runs, off_s: float):
    run = runs.create(tiny(max_steps=5000))
    with trained(run, off_s=off_s):
        assert status_on_disk(run).state == "elsewhere"
        assert (status_on_disk(run).elapsed_s or 0) < 60
        send(run, {"kind": "edit", "changes": {"lr_g": 0.5}})
        assert until(lambda: run.now.lr_g == 0.5)
        send(run, {"kind": "undo"})
        assert until(lambda: run.now.lr_g != 0.5)
        send(run, {"kind": "stop"})
        assert until(lambda: status_on_disk(run).state == "stopped")
    steps = [step for step, _, _ in run.ticks()]
    assert steps == sorted(set(steps))


#: What another user sees of a run, and an order of theirs.
WATCHER = """
import os, sys
from pathlib import Path
from ganlab.runs import Runs, ask
from ganlab.service import Service
from ganlab.status import status_on_disk

os.umask(0o002)
os.setgroups([])
os.setgid(int(sys.argv[3]))
os.setuid(int(sys.argv[4]))
run = Runs(Path(sys.argv[1])).get(sys.argv[2])
print(status_on_disk(run).state)
try:
    print(ask(run, {"kind": "edit", "changes": {"lr_g": 0.5}})["changes"])
except Exception as error:
    print(type(error).__name__, "rights" in str(error))
"""


def watched(run: Run, *, user: int, group: int) -> list[str]:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    words = [sys.executable, "-c", WATCHER, str(run.path.parent), run.id, str(group), str(user)]
    return subprocess.run(words, stdout=subprocess.PIPE, text=True, env=environment, cwd="/").stdout.splitlines()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may be others")
def test_a_run_that_another_user_trains_is_watched_by_all_and_steered_by_the_group():
    with TemporaryDirectory() as name:  # pytest's own folders are its user's alone
        top = Path(name)
        run = Runs(top).create(tiny(max_steps=5000, snapshot_every=2))
        for path in [top, *top.rglob("*")]:
            os.chown(path, TRAINS, GROUP)
            path.chmod(0o2775 if path.is_dir() else 0o664)
        with trained(run, f"user={TRAINS}", f"group={GROUP}"):
            assert (run.path / "run.lock").stat().st_uid == TRAINS
            assert watched(run, user=STEERS, group=GROUP) == ["elsewhere", "{'lr_g': [0.0002, 0.5]}"]
            assert watched(run, user=LOOKS, group=LOOKS) == ["elsewhere", "RunError True"]
        assert watched(run, user=LOOKS, group=LOOKS)[0] == "interrupted"
