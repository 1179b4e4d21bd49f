"""One run on several devices by the command line: `--devices` and torchrun, and what goes wrong there."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson
import pytest
import torch
from calling import call
from torch import Tensor

from ganlab.launch import STEP_PATIENCE_S
from ganlab.runs import Run, Runs
from ganlab.status import status_on_disk

SMALL = ("--width=4", "--z-dim=4", "--batch-size=8", "--snapshot-every=20", "--preview-every=20", "--device=cpu")
TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2")
WITHIN_S = 150.0


def started(*words: str, through: Sequence[str] = (sys.executable,)) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*through, "-m", "ganlab", *words],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        text=True,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def finished(process: subprocess.Popen[str]) -> str:
    """What it printed. All that it started is ended."""
    try:
        said, _ = process.communicate(timeout=WITHIN_S)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    return said


def only_run(root: Path) -> Run:
    [run] = Runs(root).all()
    return run


def wait_until(holds: Callable[[], object]) -> None:
    until = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def wait_for_step(root: Path, step: int) -> Run:
    """The only run there, once it has come to a step."""
    wait_until(lambda: any(run.history().step >= step for run in Runs(root).all()))
    return only_run(root)


def workers_in(root: Path) -> list[int]:
    """Process ids of the ranks that train a run there, the first rank first: not of what launched them."""
    told = subprocess.run(["ps", "-eww", "-o", "pid,args"], capture_output=True, text=True, check=True).stdout
    lines = [line for line in told.splitlines() if str(root) in line]
    return sorted(int(line.split()[0]) for line in lines if not re.search(r"distributed.run|--devices", line))


def weights(run: Run, step: int) -> Tensor:
    """All of G's, as one vector."""
    held = run.load_snapshot(step)
    return torch.cat([value.flatten() for name, value in held.items() if name.startswith("generator.")])


@pytest.mark.parametrize("way", ["--devices", pytest.param("torchrun", marks=pytest.mark.slow)])
def test_a_run_on_two_devices_is_that_on_one(way: str, tmp_path: Path):
    words = ("train", *SMALL, "--max-steps=20", "--precision=float32")
    two = ("--devices=2",) if way == "--devices" else ()
    process = started(*words, *two, f"--checkpoints={tmp_path / 'two'}", through=(sys.executable,) if two else TORCHRUN)
    said = finished(process)
    assert process.returncode == 0, said
    assert said.count("Finished: 20 steps") == 1
    assert call(*words, f"--checkpoints={tmp_path / 'one'}", "--quiet").exit_code == 0
    one, other = only_run(tmp_path / "one"), only_run(tmp_path / "two")
    assert other.history().device.startswith("2 × CPU")
    found, wanted = weights(other, 20), weights(one, 20)
    assert (found - wanted).norm() < 1e-3 * wanted.norm()  # what rounding has grown to in 120 updates
    assert 0 < (other.history().communication() or 0) < 1


@pytest.mark.parametrize("victim", [pytest.param(0, marks=pytest.mark.slow), 1])
def test_a_rank_that_dies_is_started_again_from_the_last_snapshot(victim: int, tmp_path: Path):
    process = started("train", *SMALL, "--max-steps=120", "--devices=2", f"--checkpoints={tmp_path}")
    run = wait_for_step(tmp_path, 25)
    os.kill(workers_in(tmp_path)[victim], signal.SIGKILL)
    said = finished(process)
    assert process.returncode == 0, said
    history = run.history()
    assert (history.ending, history.step) == ("finish", 120)
    assert history.curves().steps == 120
    kinds = [orjson.loads(line)["type"] for line in (run.path / "history.jsonl").read_bytes().splitlines()]
    assert kinds.count("start") == 1
    assert kinds.count("resume") == 1


@pytest.mark.slow
@pytest.mark.parametrize("way", [(), ("--standalone",)])
def test_torchrun_begins_again_with_the_same_run(way: tuple[str, ...], tmp_path: Path):
    through = (*TORCHRUN, *way, "--max-restarts=1")
    process = started("train", *SMALL, "--max-steps=120", f"--checkpoints={tmp_path}", through=through)
    run = wait_for_step(tmp_path, 25)
    os.kill(max(workers_in(tmp_path)), signal.SIGKILL)
    said = finished(process)
    assert process.returncode == 0, said
    assert only_run(tmp_path).id == run.id
    assert (run.history().ending, run.history().step) == ("finish", 120)


@pytest.mark.slow
def test_stopped_by_a_signal_it_keeps_a_snapshot_and_goes_on_alone(tmp_path: Path):
    process = started("train", *SMALL, "--max-steps=4000", "--devices=2", f"--checkpoints={tmp_path}")
    run = wait_for_step(tmp_path, 5)
    process.send_signal(signal.SIGINT)
    said = finished(process)
    status = status_on_disk(run)
    assert status.state == "stopped", said
    assert status.snapshots[-1] == status.step
    further = call("resume", run.id, f"--max-steps={status.step + 3}", f"--checkpoints={tmp_path}", "--quiet")
    assert further.exit_code == 0
    assert run.history().step == status.step + 3


def test_an_edit_a_pause_and_a_stop_from_elsewhere_reach_all_ranks(tmp_path: Path):
    process = started("train", *SMALL, "--max-steps=100000", "--devices=2", f"--checkpoints={tmp_path}")
    run = wait_for_step(tmp_path, 5)
    place = f"--checkpoints={tmp_path}"
    assert call("edit", run.id, "lr_g=1e-5", "batch_size=12", place, "--wait=60").exit_code == 0
    refused = call("edit", run.id, "batch_size=9", place, "--wait=60")
    assert refused.exit_code != 0
    assert "2 processes cannot share equally: choose 8" in refused.stderr
    at = run.history().edits[-1].step
    wait_for_step(tmp_path, at + 5)
    assert call("pause", run.id, place, "--wait=60").exit_code == 0
    rested = status_on_disk(run)
    time.sleep(1)
    assert rested.state == "paused-elsewhere" and status_on_disk(run).step == rested.step
    assert call("unpause", run.id, place, "--wait=60").exit_code == 0
    wait_for_step(tmp_path, rested.step + 5)
    assert call("rewind", run.id, "0", place, "--wait=60").exit_code == 0
    wait_for_step(tmp_path, 3)
    assert call("stop", run.id, place, "--wait=60").exit_code == 0
    finished(process)
    assert run.now.batch_size == 64 or run.now.batch_size == 8
    assert status_on_disk(run).state == "stopped"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_20_kills_of_a_random_rank_at_a_random_moment(tmp_path: Path):
    """No torn file, no step lost or done twice, all ranks gone within 30 s, and the run goes on each time."""
    chance = random.Random(0)
    first = started("train", *SMALL, "--max-steps=100000", f"--checkpoints={tmp_path}", through=TORCHRUN)
    run = wait_for_step(tmp_path, 1)
    process, slowest = first, 0.0
    for _ in range(20):
        time.sleep(chance.uniform(0, 3))
        ranks = workers_in(tmp_path)
        if ranks:
            os.kill(chance.choice(ranks), signal.SIGKILL)
        begin = time.monotonic()
        finished(process)
        slowest = max(slowest, time.monotonic() - begin)
        assert not workers_in(tmp_path)
        status = status_on_disk(run)
        assert status.state == "interrupted"
        assert run.history().left_out == 0
        assert run.history().curves().steps == status.step
        for step in status.snapshots:
            run.load_snapshot(step)
        process = started("resume", run.id, f"--checkpoints={tmp_path}", through=TORCHRUN)
        wait_until(lambda: len(workers_in(tmp_path)) == 2)
    assert slowest < 30
    process.send_signal(signal.SIGINT)
    finished(process)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_rank_that_hangs_is_noticed(tmp_path: Path):
    process = started("train", *SMALL, "--max-steps=100000", f"--checkpoints={tmp_path}", through=TORCHRUN)
    run = wait_for_step(tmp_path, 5)
    begin = time.monotonic()
    os.kill(max(workers_in(tmp_path)), signal.SIGSTOP)
    finished(process)
    assert time.monotonic() - begin < STEP_PATIENCE_S + 35
    assert status_on_disk(run).state in ("interrupted", "stopped")
    assert not workers_in(tmp_path)


@pytest.mark.slow
def test_under_torchrun_rank_0_speaks_alone(tmp_path: Path):
    warned = "--penalty=none"
    refused = finished(started("train", *SMALL, warned, "--devices=2", f"--checkpoints={tmp_path}", through=TORCHRUN))
    assert refused.count("torchrun says how many processes there are: leave out --devices 2") == 1
    assert refused.count("Warning: ") == 1
    assert not list(tmp_path.glob("*/config.json"))


@pytest.mark.slow
def test_no_network_interface_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GLOO_SOCKET_IFNAME", "nope")
    process = started("train", *SMALL, "--devices=2", f"--checkpoints={tmp_path}")
    said = finished(process)
    assert process.returncode == 1
    assert said.count("the other processes cannot be reached") == 1
    assert said.count("nope") == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--devices=1000",), r"1000 devices were asked for, but this machine has \d+ CPU core"),
        (("--devices=2", "--batch-size=7"), "batch_size is 7, which 2 processes cannot share equally: choose 6"),
        (("--devices=0",), "0 is not in the range x>=1"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_leaves_no_run(words: tuple[str, ...], sentence: str, tmp_path: Path):
    if (os.cpu_count() or 1) < 2:
        pytest.skip("needs two cores")
    refused = call("train", *SMALL, *words, f"--checkpoints={tmp_path / 'none'}")
    assert refused.exit_code == 2
    assert re.search(sentence, refused.stderr)
    assert not (tmp_path / "none").exists()
