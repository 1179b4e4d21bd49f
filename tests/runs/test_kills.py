"""A run that another process trains, and what is left of it when that process is killed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from driven import kinds, same_as_uninterrupted, series_of
from PIL import Image
from tiny import differing, tiny

from ganlab.errors import RunBusyError
from ganlab.runs import Run, Runs, check_resumable, drive, driving, edit_at_rest, orders
from ganlab.service import Service

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
