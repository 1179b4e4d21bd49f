"""A run driven in its folder: what is written when, and that nothing which ends it loses or repeats a step."""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import orjson
import pytest
import torch
from PIL import Image
from tiny import differing, fresh, joined, run_through, tiny

from ganlab.config import TrainConfig
from ganlab.data import DATASETS
from ganlab.errors import ConfigError, DataError, RunBusyError, RunError, SnapshotError, TrainingError
from ganlab.runs import History, Run, Runs, check_resumable, drive, driving, edit_at_rest, explain, orders
from ganlab.service import Service
from ganlab.training import loop

pytestmark = pytest.mark.usefixtures("made_up_data")

#: Trains a run of the folder given, or a new one, and says each step; made-up data, so that it starts soon.
SCRIPT = """
import sys
import torch
from dataclasses import replace
from pathlib import Path
from ganlab.data import DATASETS
from ganlab.runs import Runs, drive
from tiny import made_up

torch.set_num_threads(1)
DATASETS["digits"] = replace(DATASETS["digits"], load=made_up)
run = Runs(Path(sys.argv[1])).get(sys.argv[2])
for state, tick in drive(run, tick_s=0):
    print(tick.step, flush=True)
    if sys.argv[3] == str(tick.step):
        sys.stdin.readline()
"""


@pytest.fixture
def runs(checkpoints: Path) -> Runs:
    return Runs(checkpoints)


@contextmanager
def driven_elsewhere(run: Run, hold_at: int = -1) -> Iterator[subprocess.Popen[str]]:
    """Another process that trains `run`, and waits for a line at step `hold_at`."""
    tests = Path(__file__).parent.parent
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)])}
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(run.path.parent), run.id, str(hold_at)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def steps_of(process: subprocess.Popen[str]) -> Iterator[int]:
    assert process.stdout is not None
    return (int(line) for line in process.stdout)


def drive_to(run: Run, last: int, **options: Any) -> None:
    """Drive until step `last` is reported, then close, which is how a run is stopped."""
    ticks = drive(run, tick_s=0, **options)
    for _, tick in ticks:
        if tick.step == last:
            break
    ticks.close()


def series_of(history: History) -> dict[str, np.ndarray]:
    return {name: np.concatenate([series[name] for _, _, series in history.ticks]) for name in history.ticks[0][2]}


def uninterrupted(config: TrainConfig) -> tuple[dict[str, np.ndarray], dict[str, torch.Tensor]]:
    data, state = fresh(config)
    return joined(run_through(data, state)), state.to_tensors()


def kinds(run: Run) -> list[str]:
    return [orjson.loads(line)["type"] for line in (run.path / "history.jsonl").read_bytes().splitlines()]


def same_as_uninterrupted(run: Run) -> None:
    """The fold and the last snapshot are bit for bit those of the run that nothing ended."""
    history = run.history()
    assert (history.step, history.ending) == (run.now.max_steps, "finish")
    assert history.curves().steps == run.now.max_steps
    series, tensors = uninterrupted(run.now)
    assert not differing(series_of(history), series)
    assert not differing(run.load_snapshot(run.now.max_steps), tensors)


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
    with pytest.raises(RunError, match=rf"run '{stopped.id}' was slimmed .* can only be explored: start a new run$"):
        check_resumable(stopped)
    assert stopped.load_snapshot(2, prefix="average.")
    with pytest.raises(SnapshotError, match=r"does it hold the generator alone|does not fit"):
        next(drive(stopped))


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


def test_another_process_holds_its_run(runs: Runs):
    run = runs.create(tiny(max_steps=50))
    with driven_elsewhere(run, hold_at=2) as process:
        assert next(step for step in steps_of(process) if step == 2)
        assert run.held_elsewhere()
        assert Service(runs).status(run.id).state == "elsewhere"
        with pytest.raises(RunBusyError, match="another ganlab on this folder"):
            next(drive(run))
        assert run.history().step == 2 and run.history().ending is None, "the one who may not write does not log"
    assert not run.held_elsewhere(), "the lock goes with its process"


def kill_after(
    run: Run, ticks: int, then_s: float = 0.0, at: Mapping[int, Callable[[], object]] = MappingProxyType({})
) -> None:
    """Train in another process, which is killed after some ticks and a moment. It may get to the end before.

    at: what is done after so many ticks.
    """
    with driven_elsewhere(run) as process:
        said = steps_of(process)
        for tick in range(1, ticks + 1):
            next(said, None)
            at.get(tick, lambda: None)()
        if then_s:
            with suppress(subprocess.TimeoutExpired):
                process.wait(then_s)
        process.kill()


def test_a_killed_run_goes_on_from_its_last_snapshot_with_no_step_missing_or_repeated(runs: Runs):
    run = runs.create(tiny(max_steps=600, snapshot_every=20, preview_every=7))
    kill_after(run, 33)
    assert run.history().ending is None and run.history().begun
    assert Service(runs).status(run.id).state == "interrupted"
    assert run.snapshot_steps()[0] == 20
    check_resumable(run)
    edit_at_rest(run, {"max_steps": run.history().step + 5})
    list(drive(run))
    same_as_uninterrupted(run)
    assert kinds(run).count("resume") == 1


def some_edit(rng: random.Random) -> dict[str, Any]:
    name, values = rng.choice(
        [("lr_g", (1e-3, 2e-4)), ("lr_d", (5e-4, 2e-4)), ("d_steps", (1, 3)), ("batch_size", (4, 7))]
    )
    return {"kind": "edit", "changes": {name: rng.choice(values)}}


def nothing_is_torn_or_lost(run: Run, *, among: int) -> None:
    """As it lies there after a kill: every step once in the fold, every snapshot there, the last ones readable."""
    history = run.history()
    assert history.ending is None
    assert history.curves().steps == history.step
    assert len(run.snapshot_steps()) == len(history.snapshots)
    assert all(run.load_snapshot(step) for step in run.snapshot_steps()[-among:])
    for step in run.sample_steps()[-among:]:
        Image.open(run.sample_path(step)).load()
        assert run.scores(step)


def replayed(run: Run) -> Run:
    """Another run with the same edits at the same steps, which nothing ended."""
    alone = Runs(run.path.parent).create(run.config)
    with driving(alone, tick_s=0) as driver:
        for edit in run.history().edits:
            while driver.state.step < edit.step:
                driver.tick()
            driver.edit({name: after for name, (_, after) in edit.changes.items()})
        while driver.tick() is not None:
            pass
    return alone


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_fifty_kills_at_random_among_edits_lose_and_repeat_nothing(runs: Runs):
    rng = random.Random(0)
    run = runs.create(tiny(max_steps=10_000, snapshot_every=9, preview_every=4, dropout=0.2))
    last = 0
    for kill in range(50):
        ticks = rng.randint(1, 40)
        order = some_edit(rng)
        if kill % 3 == 0:  # it lies there when the next process begins
            orders.send(run.orders_folder, order)
        at = {rng.randint(1, ticks): lambda order=order: orders.send(run.orders_folder, order)} if kill % 3 == 1 else {}
        kill_after(run, ticks, rng.random() * 0.05, at)
        nothing_is_torn_or_lost(run, among=5)
        assert run.snapshot_steps()[-1:] >= ((last,) if last else ()), "no snapshot was lost"
        last = max(run.snapshot_steps(), default=0)
    assert len(run.history().edits) > 10
    edit_at_rest(run, {"max_steps": run.history().step + 5})
    list(drive(run))
    alone = replayed(run)
    assert (run.history().step, run.history().ending) == (run.now.max_steps, "finish")
    assert [edit.changes for edit in run.history().edits] == [edit.changes for edit in alone.history().edits]
    assert not differing(series_of(run.history()), series_of(alone.history()))
    assert not differing(run.load_snapshot(run.now.max_steps), alone.load_snapshot(run.now.max_steps))
    assert run.sample_steps() == alone.sample_steps()
    assert not list(run.path.rglob(".writing-*"))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), "the GPU's memory is full: choose a smaller batch size"),
        (OSError(28, "No space left on device"), "cannot be written (No space left on device): make room, then resume"),
        (DataError("the files are not there"), "the files are not there"),
        (ZeroDivisionError("division by zero"), "did not expect (ZeroDivisionError: division by zero); the last"),
        (RuntimeError("first line\n  second line"), "(RuntimeError: first line second line)"),
    ],
)
def test_any_error_is_explained_in_one_line(error: Exception, sentence: str):
    assert sentence in explain(error)
    assert "\n" not in explain(error)
