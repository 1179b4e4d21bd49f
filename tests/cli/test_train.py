"""Training from the command line: what is said, what is written, and how it is stopped."""

from __future__ import annotations

import errno
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from calling import QUICK, a_run, call, refusal
from tiny import data_of_shape

import ganlab.cli.train
import ganlab.training.loop
from ganlab.cli.progress import Silence
from ganlab.data import DATASETS
from ganlab.runs import Run, Runs, check_resumable
from ganlab.training import Tick, TrainState

LONG = [*QUICK, "--max-steps", "1000000"]


class Signalling(Silence):
    """Sends this process a signal while loading, or at some steps."""

    def __init__(self, signum: int, *, at_steps: tuple[int, ...] = (), loading: bool = False) -> None:
        self.signum = signum
        self.at_steps = at_steps
        self.while_loading = loading

    def loading(self, label: str, share: float | None) -> None:
        if self.while_loading:
            signal.raise_signal(self.signum)

    def tick(self, tick: Tick) -> None:
        for step in self.at_steps:
            if step == tick.step:
                signal.raise_signal(self.signum)


@pytest.fixture
def reported_to(monkeypatch: pytest.MonkeyPatch) -> Callable[[Silence], None]:
    def put(report: Silence) -> None:
        monkeypatch.setattr(ganlab.cli.train, "reporter", lambda *, quiet: report)

    return put


def test_a_run_that_has_lost_its_snapshots_begins_again_only_if_that_is_meant(made_up_data: None, checkpoints: Path):
    run = a_run(checkpoints)
    for path in (run.path / "snapshots").iterdir():
        path.unlink()
    said = refusal("resume", run.id, exit_code=1)
    assert "are gone" in said
    assert "--anyway" in said
    run.log("edit", time=0.0, step=0, changes={"max_steps": (501, 2)})
    assert "Finished: 2 steps" in call("resume", run.id, "--anyway").stdout


def test_training_says_where_how_far_and_what_next(made_up_data: None, checkpoints: Path):
    result = call("train", *QUICK)
    (run,) = Runs(checkpoints).all()
    assert result.exit_code == 0
    first, last = result.stdout.splitlines()
    assert first == f"Run {run.id} in {run.path}"
    assert re.fullmatch(rf"Finished: 3 steps in about .*python -m ganlab sample {run.id}", last)
    assert "step 3/3  loss_d " in result.stderr
    assert run.history().ending == "finish"
    assert run.snapshot_steps() == (3,)


def test_quiet_prints_the_id_alone(made_up_data: None, checkpoints: Path):
    result = call("train", "--quiet", *QUICK)
    (run,) = Runs(checkpoints).all()
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{run.id}\n", "")


def test_another_folder_is_used_and_named_in_what_to_type_next(made_up_data: None, checkpoints: Path, tmp_path: Path):
    folder = str(tmp_path / "my runs")
    result = call("train", *QUICK, "--checkpoints", folder)
    assert result.exit_code == 0
    assert result.stdout.rstrip().endswith(f"--checkpoints '{folder}'")
    assert len(Runs(Path(folder)).all()) == 1
    assert not Runs(checkpoints).all()


def test_resume_goes_on_from_the_last_snapshot(made_up_data: None, checkpoints: Path):
    run = a_run(checkpoints)
    result = call("resume", run.id)
    assert result.exit_code == 0
    assert "step 501/501" in result.stderr
    assert run.snapshot_steps() == (500, 501)
    assert "is finished at step 501" in refusal("resume", run.id, exit_code=1)


def test_a_run_that_another_process_trains_is_left_alone(made_up_data: None, checkpoints: Path):
    run = a_run(checkpoints)
    with run.locked():
        result = call("resume", run.id)
        assert "elsewhere" not in result.stdout
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: run {run.id!r} is being trained by another ganlab on this folder: stop it there first\n"
    )
    assert run.history().ending == "stop", "nothing was written"


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_at_the_next_tick_with_a_snapshot(
    signum: int, made_up_data: None, checkpoints: Path, reported_to: Callable[[Silence], None]
):
    at_first = signal.signal(signum, signal.default_int_handler)  # who starts the tests may have SIGHUP ignored
    before = signal.getsignal(signum)
    reported_to(Signalling(signum, at_steps=(2,)))
    result = call("train", *LONG)
    (run,) = Runs(checkpoints).all()
    assert result.exit_code == 128 + signum
    assert result.stderr == f"Stopped at step 2 of 1000000. Go on with: python -m ganlab resume {run.id}\n"
    assert run.history().ending == "stop"
    assert run.snapshot_steps() == (2,)
    assert signal.getsignal(signum) == before
    signal.signal(signum, at_first)


def test_a_second_signal_does_not_wait_and_loses_nothing(
    made_up_data: None, checkpoints: Path, reported_to: Callable[[Silence], None]
):
    reported_to(Signalling(signal.SIGINT, at_steps=(2, 2)))
    result = call("train", *LONG)
    (run,) = Runs(checkpoints).all()
    assert result.exit_code == 130
    assert run.snapshot_steps() == (2,)
    check_resumable(run)


def test_a_signal_while_loading_stops_at_once(
    made_up_data: None, checkpoints: Path, reported_to: Callable[[Silence], None]
):
    reported_to(Signalling(signal.SIGINT, loading=True))
    result = call("train", *LONG)
    (run,) = Runs(checkpoints).all()
    assert result.exit_code == 130
    assert result.stderr.startswith("Stopped before its first step.")
    assert not run.held_elsewhere()
    check_resumable(run)


def test_ctrl_c_in_a_process_of_its_own_leaves_a_run_to_resume(checkpoints: Path):
    process = subprocess.Popen(
        [sys.executable, "-m", "ganlab", "train", *LONG], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        seen = next(line for line in process.stderr if line.startswith("step "))
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    (run,) = Runs(checkpoints).all()
    assert "loss_d" in seen
    assert process.returncode == 130, errors
    assert output == f"Run {run.id} in {run.path}\n"
    assert re.search(rf"^Stopped at step \d+ of 1000000\. Go on with: python -m ganlab resume {run.id}$", errors, re.M)
    assert "Traceback" not in errors
    assert run.history().ending == "stop"
    assert run.snapshot_steps() == (run.history().step,)
    check_resumable(run)


def test_a_full_disk_is_said_in_a_sentence(made_up_data: None, checkpoints: Path, monkeypatch: pytest.MonkeyPatch):
    def full(self: Run, *snapshot: object, interim: bool) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Run, "save_snapshot", full)
    sentence = refusal("train", "--quiet", *QUICK, exit_code=1)
    assert sentence.startswith("the run's folder cannot be written (No space left on device): make room")


def test_a_training_that_diverges_is_said_in_a_sentence(made_up_data: None, monkeypatch: pytest.MonkeyPatch):
    def diverge(state: TrainState, batches: object) -> dict[str, torch.Tensor]:
        state.step += 1
        return {"loss_d": torch.tensor(float("nan"))}

    monkeypatch.setattr(ganlab.training.loop, "one_step", diverge)
    sentence = refusal("train", "--quiet", *QUICK, exit_code=1)
    assert sentence.startswith("loss_d was not a number at step 1: the training diverged")


def test_a_recipe_of_rivals_trains_each_of_them(checkpoints: Path, monkeypatch: pytest.MonkeyPatch):
    photographs = data_of_shape((3, 32, 32), "cifar10")
    monkeypatch.setitem(DATASETS, "cifar10", replace(DATASETS["cifar10"], load=lambda wanted, *, progress: photographs))
    small = ["--recipe", "generator-loss-race", "--width", "4", "--batch-size", "4", "--max-steps", "1", "--quiet"]
    assert call("train", *small).exit_code == 0
    runs = {run.config.loss: run for run in Runs(checkpoints).all()}
    assert set(runs) == {"saturating", "non-saturating"}
    assert all(run.history().ending == "finish" for run in runs.values())
    assert call("train", *small, "--loss", "saturating").exit_code == 0
    assert len(Runs(checkpoints).all()) == 3, "naming one of them trains that one"


def test_a_run_is_called_what_name_says_once(made_up_data: None, checkpoints: Path):
    assert call("train", *QUICK, "--name", "mine").exit_code == 0
    assert (checkpoints / "mine" / "config.json").exists()
    assert "there is a run 'mine' already" in refusal("train", *QUICK, "--name", "mine", exit_code=1)
    assert "stands for 2 runs" in refusal("train", "--recipe", "generator-loss-race", "--name", "race", exit_code=2)
