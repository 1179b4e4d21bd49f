"""Runs steered through the service, whoever trains them and whether anybody does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tiny import tiny

from ganlab.errors import ConfigError, RunError, SnapshotError
from ganlab.runs import Run, Runs, driving, orders
from ganlab.service import Service
from ganlab.status import RunStatus

WAIT_S = 60.0


@pytest.fixture
def service(checkpoints: Path, made_up_data: None) -> Iterator[Service]:
    service = Service(Runs(checkpoints), tick_s=0)
    yield service
    assert service.close(WAIT_S), "the trainer did not end"


def seen(service: Service, run_id: str, so: Callable[[RunStatus], object]) -> RunStatus:
    """Wait for a status that is so, woken by the service."""
    with service._changed:
        assert service._changed.wait_for(lambda: so(service.status(run_id)), WAIT_S), service.status(run_id)
        return service.status(run_id)


def training(service: Service, **changes: Any) -> str:
    run_id = service.start(tiny(max_steps=1_000_000, preview_every=10, **changes))
    seen(service, run_id, lambda status: status.step >= 2)
    return run_id


def paused(service: Service, **changes: Any) -> str:
    run_id = training(service, **changes)
    service.pause(run_id)
    seen(service, run_id, lambda status: status.state == "paused")
    return run_id


def test_an_edit_acts_while_the_run_trains_and_is_seen_by_whoever_looks(service: Service):
    run_id = training(service)
    service.edit(run_id, {"lr_g": 1e-3})
    status = seen(service, run_id, lambda status: status.config.lr_g == 1e-3)
    (edit,) = status.edits
    assert (edit.kind, edit.changes) == ("edit", {"lr_g": (2e-4, 1e-3)})
    assert edit.step in status.snapshots
    service.undo(run_id)
    status = seen(service, run_id, lambda status: status.config.lr_g == 2e-4)
    assert [edit.kind for edit in status.edits] == ["edit", "undo"]
    service.stop(run_id)
    assert service.wait(run_id, "stopped", timeout_s=WAIT_S)
    assert service.runs.get(run_id).now == service.runs.get(run_id).config


def test_a_bad_edit_is_refused_at_once_and_one_that_only_the_trainer_can_judge_soon(service: Service):
    run_id = paused(service)
    for changes, sentence in (({"lr_g": -1}, "greater than 0"), ({"seed": 3}, "fixed while"), ({"x": 1}, "unknown")):
        with pytest.raises(ConfigError, match=sentence):
            service.edit(run_id, changes)
    service.edit(run_id, {"batch_size": 900})
    status = seen(service, run_id, lambda status: status.notice)
    assert "only 23 images" in status.notice and status.config.batch_size == 5
    service.edit(run_id, {"batch_size": 7})
    assert seen(service, run_id, lambda status: status.config.batch_size == 7).notice == ""


def test_of_two_edits_at_once_the_last_wins(service: Service):
    run_id = paused(service)
    barrier = threading.Barrier(2)

    def edit(value: int) -> None:
        barrier.wait(WAIT_S)
        service.edit(run_id, {"d_steps": value})

    hands = [threading.Thread(target=edit, args=(value,)) for value in (3, 4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    status = seen(service, run_id, lambda status: len(status.edits) == 2)
    assert status.config.d_steps == status.edits[-1].changes["d_steps"][1]


def test_a_rewind_of_a_run_in_progress_takes_its_curves_and_grids_back(service: Service):
    run_id = training(service, snapshot_every=5)
    seen(service, run_id, lambda status: status.step >= 12)
    service.pause(run_id)
    seen(service, run_id, lambda status: status.state == "paused")
    before = service.curves(run_id)
    service.rewind(run_id, 5, {"lr_d": 1e-5})
    status = seen(service, run_id, lambda status: status.step == 5)
    assert (status.state, status.config.lr_d) == ("paused", 1e-5)
    assert max(status.sample_steps) <= 5
    curves = service.curves(run_id, bucket=before.bucket, start=3, timeline=before.timeline)
    assert (curves.start, curves.count) == (0, 5)
    service.unpause(run_id)
    seen(service, run_id, lambda status: status.step > 6)


def test_a_rewind_is_checked_before_it_is_ordered(service: Service):
    run_id = paused(service, snapshot_every=2)
    with pytest.raises(SnapshotError, match="no snapshot of step 999: choose one of"):
        service.rewind(run_id, 999)
    with pytest.raises(ConfigError, match="fixed"):
        service.rewind(run_id, 2, {"width": 8})
    service.runs.get(run_id).snapshot_path(2).write_bytes(b"torn")
    with pytest.raises(SnapshotError, match="damaged"):
        service.rewind(run_id, 2)


def test_runs_at_rest_are_edited_and_go_on_from_where_they_are_rewound_to(service: Service):
    run_id = service.start(tiny(max_steps=6, snapshot_every=2))
    assert service.wait(run_id, "finished", timeout_s=WAIT_S)
    with pytest.raises(RunError, match="finished at step 6: raise max_steps"):
        service.edit(run_id, {"lr_g": 1e-3})
    service.edit(run_id, {"max_steps": 8})
    assert service.status(run_id).state == "stopped"
    service.resume(run_id)
    assert service.wait(run_id, "finished", timeout_s=WAIT_S)
    service.rewind(run_id, 4, {"max_steps": 7})
    assert service.wait(run_id, "finished", timeout_s=WAIT_S)
    assert service.status(run_id).step == 7
    assert service.runs.get(run_id).curves().steps == 7


def test_a_fork_is_a_run_of_its_own_and_leaves_its_parent_alone(service: Service):
    run_id = service.start(tiny(max_steps=6, snapshot_every=2))
    assert service.wait(run_id, "finished", timeout_s=WAIT_S)
    before = {path: path.stat().st_mtime_ns for path in service.runs.get(run_id).path.rglob("*") if path.is_file()}
    child = service.fork(run_id, 4, {"lr_g": 1e-3, "max_steps": 9}, name="a-branch")
    assert child == "a-branch"
    assert service.wait(child, "finished", timeout_s=WAIT_S)
    status = service.status(child)
    assert (status.step, status.config.lr_g) == (9, 1e-3)
    assert [(edit.kind, edit.step, edit.parent) for edit in status.edits] == [("fork", 4, run_id)]
    after = {path: path.stat().st_mtime_ns for path in before}
    assert after == before
    with pytest.raises(RunError, match="'a-branch' already"):
        service.fork(run_id, 4, name="a-branch")


def test_single_updates_by_hand(service: Service):
    run_id = training(service)
    with pytest.raises(RunError, match="pause it"):
        service.single(run_id, "d")
    service.pause(run_id)
    step = seen(service, run_id, lambda status: status.state == "paused").step
    service.single(run_id, "d")
    service.single(run_id, "both", 2)
    status = seen(service, run_id, lambda status: len(status.reports) == 3)
    assert [report.what for report in status.reports] == ["d", "both", "both"]
    assert (status.step, status.state) == (step + 2, "paused")
    assert service.curves(run_id).count == step + 2
    with pytest.raises(RunError, match="'d', 'g' or 'both'"):
        service.single(run_id, "all")  # pyright: ignore[reportArgumentType]


def test_slow_motion_steps_at_its_beat_and_any_order_cuts_a_beat_short(service: Service):
    run_id = training(service)
    service.slow(run_id, 50)
    status = seen(service, run_id, lambda status: status.reports)
    assert (status.slow_s, status.steps_per_s) == (50, None)
    service.edit(run_id, {"lr_g": 1e-3})
    seen(service, run_id, lambda status: status.config.lr_g == 1e-3)
    service.slow(run_id, 0)
    seen(service, run_id, lambda status, step=status.step: status.step > step + 5)
    with pytest.raises(RunError, match="0 to 60 seconds, got -1"):
        service.slow(run_id, -1)


def test_stop_cuts_slow_motion_short(service: Service):
    run_id = training(service)
    service.slow(run_id, 60)
    seen(service, run_id, lambda status: status.reports)
    service.stop(run_id)
    assert service.wait(run_id, "stopped", timeout_s=10)


def test_the_queue_can_be_put_in_another_order(service: Service):
    first = training(service)
    waiting = [service.start(tiny(max_steps=1)) for _ in range(3)]
    assert service.queue() == tuple(waiting)
    service.move(waiting[2], 0)
    assert service.queue() == (waiting[2], waiting[0], waiting[1])
    service.stop(waiting[0])
    assert service.queue() == (waiting[2], waiting[1])
    with pytest.raises(RunError, match="only a queued run"):
        service.move(first, 0)


def test_a_run_that_another_process_trains_is_steered_through_its_folder(service: Service):
    run = service.runs.create(tiny(max_steps=50, snapshot_every=2))
    with driving(Run(run.path, run.config), tick_s=0) as driver:
        for _ in range(4):
            driver.tick()
        assert service.status(run.id).state == "elsewhere"
        service.edit(run.id, {"lr_g": 1e-3})
        driver.tick()
        assert driver.state.config.lr_g == 1e-3
        service.rewind(run.id, 2)
        driver.tick()
        assert driver.state.step == 3
    assert [edit.kind for edit in service.status(run.id).edits] == ["rewind"]


def test_orders_from_elsewhere_count_no_step_twice(service: Service):
    run_id = training(service, snapshot_every=5)
    seen(service, run_id, lambda status: status.step >= 12)
    orders.send(service.runs.get(run_id).orders_folder, {"kind": "rewind", "step": 5})
    seen(service, run_id, lambda status: any(edit.kind == "rewind" for edit in status.edits))
    service.pause(run_id)
    step = seen(service, run_id, lambda status: status.state == "paused").step
    curves = service.curves(run_id)
    assert curves.bucket * (curves.count - 1) < step <= curves.bucket * curves.count
    assert service.runs.get(run_id).curves().steps == step
    service.slow(run_id, 60)
    orders.send(service.runs.get(run_id).orders_folder, {"kind": "edit", "changes": {"lr_g": 1e-3}})
    seen(service, run_id, lambda status: status.config.lr_g == 1e-3)


def test_deleting_waits_until_nobody_trains_and_can_be_undone(service: Service):
    run_id = training(service)
    with pytest.raises(RunError, match="stop it before deleting"):
        service.delete(run_id)
    service.stop(run_id)
    assert service.wait(run_id, "stopped", timeout_s=WAIT_S)
    service.delete(run_id)
    with pytest.raises(RunError, match="no run"):
        service.status(run_id)
    assert service.runs.deleted() == (run_id,)
    service.runs.restore(run_id)
    assert service.status(run_id).state == "stopped"
    service.delete(run_id)
    service.runs.forget_deleted()
    with pytest.raises(RunError, match="gone for good"):
        service.runs.restore(run_id)


def test_alarms_of_a_run_reach_its_status_and_stay_in_its_folder(service: Service, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ganlab.runs.lookout.LOOK_EVERY_S", 0)
    run_id = training(service, norm_d="batch")
    status = seen(service, run_id, lambda status: status.alarms)
    assert "batch-norm-in-critic" in {alarm.name for alarm in status.alarms}
    service.stop(run_id)
    assert service.wait(run_id, "stopped", timeout_s=WAIT_S)
    assert {alarm.name for alarm in service.status(run_id).alarms} >= {"batch-norm-in-critic"}
