"""Orders to a process that is killed before it takes them: they have no effect, and this is said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny import tiny

from ganlab.errors import ConfigError
from ganlab.runs import Run, Runs, driving, edit_at_rest, orders
from ganlab.runs.history import encode_record
from ganlab.service import Service
from ganlab.status import status_on_disk

WAIT_S = 60.0
#: Trains the run of a folder for ever, on images made up, and says when it has begun.
_TRAIN = """
import sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from tiny import made_up
from ganlab.data import DATASETS
DATASETS["digits"] = replace(DATASETS["digits"], load=made_up)
from ganlab.runs import Runs, drive
for _ in drive(Runs(Path(sys.argv[1])).get(sys.argv[2]), tick_s=0):
    print(flush=True)
"""


@pytest.fixture
def run(checkpoints: Path, made_up_data: None) -> Run:
    return Runs(checkpoints).create(tiny(max_steps=1_000_000, preview_every=1000, snapshot_every=1000))


@pytest.fixture
def held(run: Run) -> Iterator[subprocess.Popen[bytes]]:
    """A process that trains the run and has been stopped in the middle of it, so that it takes no order."""
    command = [sys.executable, "-c", _TRAIN, str(run.path.parent), run.id, str(Path(__file__).parents[1])]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(process.pid, signal.SIGSTOP)
        try:
            yield process
        finally:
            process.kill()


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(WAIT_S)


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="a process cannot be held here")
def test_an_order_to_a_process_that_is_killed_has_no_effect_and_this_is_said(run: Run, held: subprocess.Popen[bytes]):
    service = Service(Runs(run.path.parent), tick_s=0)
    service.edit(run.id, {"lr_g": 1e-3})
    service.rewind(run.id, 0)
    status = service.status(run.id)
    assert (status.state, status.pending, status.notice) == ("elsewhere", 2, "")

    kill(held)
    status = service.status(run.id)
    assert (status.state, status.pending) == ("interrupted", 0)
    assert status.notice == (
        "the order 'rewind 0' was left to a process that ended before it took it, so it has no effect: give it again"
    )
    try:
        service.resume(run.id)
        assert service.wait(run.id, "training", timeout_s=WAIT_S)
        assert "'rewind 0'" in service.status(run.id).notice
        service.stop(run.id)
        assert service.wait(run.id, "stopped", timeout_s=WAIT_S)
    finally:
        assert service.close(WAIT_S)
    assert run.now.lr_g == run.config.lr_g
    lost = [record["message"].split("'")[1] for record in run.records() if record["type"] == "lost"]
    assert (lost, run.history().edits) == (["edit lr_g=0.001", "rewind 0"], [])
    assert (orders.waiting(run.orders_folder), status_on_disk(run).notice) == ([], "")


def test_a_stop_that_nobody_took_stops_no_later_training(run: Run):
    run.orders_folder.mkdir()
    for order in ({"kind": "stop"}, ["no order"]):
        orders.send(run.orders_folder, order)  # pyright: ignore[reportArgumentType]
    assert status_on_disk(run).notice == ""
    with driving(run, tick_s=0) as driver:
        assert driver.tick() is not None
        assert not driver.stopped
        orders.send(run.orders_folder, {"kind": "stop"})
        assert driver.tick() is None
    assert "lost" not in [record["type"] for record in run.records()]


def test_what_was_lost_is_said_until_the_run_is_edited(run: Run):
    orders.send(run.orders_folder, {"kind": "edit", "changes": {"lr_g": 1e-3}})
    edit_at_rest(run, {"lr_d": 1e-3})
    assert [record["type"] for record in run.records()] == ["lost", "edit"]
    assert status_on_disk(run).notice == ""
    run.append_log(encode_record("lost", {"order": "1", "message": "it was lost"}))
    assert status_on_disk(run).notice == "it was lost"


def test_a_refusal_by_another_process_is_said_while_it_trains(run: Run):
    with driving(run, tick_s=0) as driver:
        orders.send(run.orders_folder, {"kind": "edit", "changes": {"lr_g": -1}})
        driver.obey()
        assert "lr_g must be greater than 0" in status_on_disk(run).notice
        orders.send(run.orders_folder, {"kind": "edit", "changes": {"lr_g": 1e-3}})
        driver.obey()
        assert status_on_disk(run).notice == ""
        with pytest.raises(ConfigError):
            driver.edit({"lr_g": 1e-3})
