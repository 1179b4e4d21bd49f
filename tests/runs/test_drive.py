"""A run driven in its folder: what is written when, and that nothing which ends it loses or repeats a step."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from driven import drive_to, kinds, same_as_uninterrupted
from tiny import tiny

from ganlab.data import DATASETS
from ganlab.errors import ConfigError, DataError, RunError, SnapshotError, TrainingError
from ganlab.runs import Run, Runs, check_resumable, drive, explain
from ganlab.training import loop

pytestmark = pytest.mark.usefixtures("made_up_data")


@pytest.fixture
def runs(checkpoints: Path) -> Runs:
    return Runs(checkpoints)


def test_a_run_to_its_end_writes_log_samples_and_snapshots(runs: Runs):
    run = runs.create(tiny(max_steps=7, preview_every=3, snapshot_every=5))
    said: list[tuple[str, float | None]] = []
    ticks = list(drive(run, tick_s=0, progress=lambda label, share: said.append((label, share))))
    assert [tick.step for _, tick in ticks] == list(range(8))
    assert all(state is ticks[0][0] for state, _ in ticks)
    assert run.sample_steps() == (0, 3, 6, 7)
    assert run.snapshot_steps() == (5, 7)
    written = [kind for kind in kinds(run) if kind not in ("alarm", "clear")]
    looked, kept = ["tick", "measures"], ["tick", "snapshot"]
    assert written == [
        "start",
        "data",
        "measures",
        "tick",
        "tick",
        *looked,
        "tick",
        *kept,
        *looked,
        *looked,
        "snapshot",
        "finish",
    ]
    assert [label for label, _ in said] == ["Loading the data", "Building the networks"]
    assert run.history().device == "CPU, float32"
    assert not run.held_elsewhere()
    same_as_uninterrupted(run)


def test_a_snapshot_at_the_last_step_is_written_once(runs: Runs):
    run = runs.create(tiny(max_steps=4, snapshot_every=2))
    list(drive(run))
    assert run.snapshot_steps() == (2, 4)
    assert kinds(run).count("snapshot") == 2


@pytest.mark.parametrize("stops", [(0,), (1,), (4,), (5,), (2, 3, 6)])
def test_stopping_and_going_on_is_going_on(runs: Runs, stops: tuple[int, ...]):
    run = runs.create(tiny(max_steps=7, preview_every=3, snapshot_every=4, dropout=0.3))
    for step in stops:
        drive_to(run, step)
        assert (run.history().step, run.history().ending) == (step, "stop")
        assert run.snapshot_steps()[-1:] == ((step,) if step else ())
        check_resumable(run)
    list(drive(run))
    same_as_uninterrupted(run)
    assert run.sample_steps() == (0, 3, 6, 7)
    assert kinds(run)[0] == "start" and kinds(run).count("resume") == len(stops)


def test_going_on_from_an_earlier_snapshot_takes_steps_back(runs: Runs):
    run = runs.create(tiny(max_steps=8, snapshot_every=2))
    drive_to(run, 7)
    for step in (6, 7):
        (run.path / "snapshots" / f"{step:06d}.safetensors").unlink()
    ticks = drive(run, tick_s=0)
    assert next(ticks)[1].step == 5
    assert (run.history().step, run.history().curves().steps) == (5, 5)
    ticks.close()
    list(drive(run))
    same_as_uninterrupted(run)


def test_a_damaged_last_snapshot_says_how_to_go_on_and_that_works(runs: Runs):
    run = runs.create(tiny(max_steps=6, snapshot_every=2))
    drive_to(run, 4)
    last = run.path / "snapshots" / "000004.safetensors"
    last.write_bytes(last.read_bytes()[:-7])
    with pytest.raises(SnapshotError, match=r"000004\.safetensors .* delete it to resume from the one before"):
        check_resumable(run)
    with pytest.raises(SnapshotError, match="000004"):
        next(drive(run))
    assert run.history().ending == "fail" and "000004" in run.history().message
    last.unlink()
    check_resumable(run)
    list(drive(run))
    same_as_uninterrupted(run)


def test_a_snapshot_of_another_runs_network_is_refused(runs: Runs):
    run, other = runs.create(tiny(width=4)), runs.create(tiny(width=5))
    drive_to(run, 1)
    drive_to(other, 1)
    (run.path / "snapshots" / "000001.safetensors").write_bytes(
        (other.path / "snapshots" / "000001.safetensors").read_bytes()
    )
    with pytest.raises(SnapshotError, match=r"made with width 5 \(now 4\): put config.json back"):
        next(drive(run))


def test_a_finished_and_a_slimmed_run_cannot_go_on_and_say_so(runs: Runs):
    finished, stopped = runs.create(tiny(max_steps=2)), runs.create(tiny())
    list(drive(finished))
    with pytest.raises(RunError, match=rf"run '{finished.id}' is finished at step 2: raise max_steps"):
        check_resumable(finished)
    drive_to(stopped, 2)
    before = stopped.size_bytes()
    stopped.slim()
    assert stopped.size_bytes() < before
    with pytest.raises(RunError, match=rf"run '{stopped.id}' was slimmed .* for exploring only"):
        check_resumable(stopped)
    assert stopped.load_snapshot(2, prefix="average.")
    before = list(stopped.records())
    with pytest.raises(RunError, match="for exploring only"):
        next(drive(stopped))
    assert list(stopped.records()) == before


def test_a_run_that_diverges_says_so_and_keeps_its_last_snapshot(runs: Runs, monkeypatch: pytest.MonkeyPatch):
    one_step = loop.one_step

    def poisoned(state: Any, batches: Any) -> Any:
        if state.step == 5:
            next(state.generator.parameters()).data.fill_(math.nan)
        return one_step(state, batches)

    run = runs.create(tiny(max_steps=9, snapshot_every=3))
    with monkeypatch.context() as patch:
        patch.setattr(loop, "one_step", poisoned)
        with pytest.raises(TrainingError, match="not a number at step 6"):
            list(drive(run, tick_s=0))
    history = run.history()
    assert (history.ending, history.step, run.snapshot_steps()) == ("fail", 5, (3,))
    assert "not a number at step 6" in history.message
    check_resumable(run)
    list(drive(run))
    same_as_uninterrupted(run)


def test_weights_that_are_not_finite_never_become_the_last_snapshot(runs: Runs):
    """Else every resume would fail at its first step."""
    run = runs.create(tiny(max_steps=9, snapshot_every=3))
    ticks = drive(run, tick_s=0)
    for state, tick in ticks:
        if tick.step == 5:
            next(state.generator.parameters()).data.fill_(math.nan)
            break
    with pytest.raises(TrainingError, match=r"generator\.first\.weight was not finite after step 5"):
        ticks.close()
    assert (run.snapshot_steps(), run.history().ending) == ((3,), "fail")


def test_data_that_cannot_be_loaded_and_settings_that_do_not_fit_are_in_the_log(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
):
    run = runs.create(tiny(batch_size=24))
    with pytest.raises(ConfigError, match="only 23 images"):
        next(drive(run))
    assert "only 23 images" in run.history().message

    def absent(*wanted: Any, progress: Any) -> None:
        raise DataError("the files are not there")

    monkeypatch.setitem(DATASETS, "digits", replace(DATASETS["digits"], load=absent))
    with pytest.raises(DataError):
        next(drive(run))
    assert (run.history().ending, run.history().message) == ("fail", "the files are not there")
    assert not run.held_elsewhere()


def test_the_steps_up_to_a_snapshot_are_on_the_disk_before_it(runs: Runs, monkeypatch: pytest.MonkeyPatch):
    """A power cut must not leave a snapshot whose steps are missing from the log."""
    order: list[str] = []
    sync, write = Run.sync_log, __import__("ganlab.runs.folder", fromlist=["x"]).write_snapshot
    monkeypatch.setattr(Run, "sync_log", lambda self: (order.append(f"log {self.history().step}"), sync(self))[1])
    monkeypatch.setattr(
        "ganlab.runs.folder.write_snapshot",
        lambda path, tensors, config, step: (order.append(f"snapshot {step}"), write(path, tensors, config, step))[1],
    )
    list(drive(runs.create(tiny(max_steps=3, snapshot_every=2))))
    assert order == ["log 2", "snapshot 2", "log 2", "log 3", "snapshot 3", "log 3", "log 3"]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), "the GPU's memory is full: choose a smaller batch size"),
        (OSError(28, "No space left on device"), "cannot be written (No space left on device): make room or check"),
        (DataError("the files are not there"), "the files are not there"),
        (ZeroDivisionError("division by zero"), "did not expect (ZeroDivisionError: division by zero); the last"),
        (RuntimeError("first line\n  second line"), "(RuntimeError: first line second line)"),
    ],
)
def test_any_error_is_explained_in_one_line(error: Exception, sentence: str):
    assert sentence in explain(error)
    assert "\n" not in explain(error)
