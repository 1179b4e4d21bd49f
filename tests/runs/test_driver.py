"""Hands on a run between two ticks: edits, undo, rewinds, single updates, and orders from other processes."""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from tiny import differing, tiny

from ganlab.errors import ConfigError, RunError, SnapshotError, TrainingError
from ganlab.runs import Driver, Run, Runs, drive, driving, edit_at_rest, orders, rewind_at_rest
from ganlab.runs.resume import check_resumable

pytestmark = pytest.mark.usefixtures("made_up_data")


@pytest.fixture
def runs(checkpoints: Path) -> Runs:
    return Runs(checkpoints)


@pytest.fixture
def run(runs: Runs) -> Run:
    return runs.create(tiny(max_steps=8, snapshot_every=2, dropout=0.2))


def to_step(driver: Driver, step: int) -> None:
    while driver.state.step < step:
        assert driver.tick() is not None


def to_end(driver: Driver) -> None:
    while driver.tick() is not None:
        pass


def records(run: Run, *kinds: str) -> list[dict[str, Any]]:
    return [record for record in run.records() if record["type"] in kinds]


def trained(runs: Runs, changes_at: dict[int, dict[str, Any]]) -> Run:
    run = runs.create(tiny(max_steps=8, snapshot_every=2, dropout=0.2))
    with driving(run, tick_s=0) as driver:
        for step, changes in changes_at.items():
            to_step(driver, step)
            driver.edit(changes)
        to_end(driver)
    return run


def test_an_edit_takes_a_snapshot_first_and_is_a_line_of_the_log(run: Run):
    with driving(run, tick_s=0) as driver:
        to_step(driver, 3)
        driver.edit({"lr_g": "1e-3", "d_steps": 1})
        assert (driver.state.config.lr_g, driver.state.config.d_steps) == (1e-3, 1)
    assert 3 in run.snapshot_steps()
    assert run.snapshot_config(3) == run.config
    (edit,) = run.history().edits
    assert (edit.step, edit.kind, edit.changes) == (3, "edit", {"d_steps": (2, 1), "lr_g": (0.0002, 0.001)})
    assert run.now == run.config.with_changes(lr_g=1e-3, d_steps=1)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"lr_g": -1}, "lr_g must be greater than 0"),
        ({"lr_q": 1}, "did you mean 'lr_g'"),
        ({"network": "mlp"}, "network is fixed while a run trains ('dcgan' here): fork the run"),
        ({"batch_size": 500}, "only 23 images"),
        ({"lr_g": 2e-4}, "nothing changes: lr_g already stands so"),
        ({}, "nothing changes"),
    ],
)
def test_a_bad_edit_is_one_sentence_and_changes_nothing(run: Run, changes: dict[str, Any], sentence: str):
    with driving(run, tick_s=0) as driver:
        to_step(driver, 1)
        with pytest.raises(ConfigError) as caught:
            driver.edit(changes)
        assert sentence in str(caught.value)
        assert driver.state.config == run.config
    assert not run.history().edits


def test_undo_puts_the_values_before_the_last_edit_back_one_edit_at_a_time(run: Run):
    with driving(run, tick_s=0) as driver:
        to_step(driver, 1)
        for value in (1e-3, 2e-3):
            driver.edit({"lr_g": value})
        for value in (1e-3, 2e-4):
            driver.undo()
            assert driver.state.config.lr_g == value
        with pytest.raises(RunError, match="has no edit to undo"):
            driver.undo()


def test_a_run_stopped_among_its_edits_goes_on_bit_for_bit(runs: Runs):
    changes_at: dict[int, dict[str, Any]] = {3: {"lr_g": 1e-3}, 5: {"loss": "hinge", "penalty": "none"}}
    whole = trained(runs, changes_at)
    parts = runs.create(whole.config)
    for last in range(1, 9):  # stopped after each step
        with driving(parts, tick_s=0) as driver:
            to_step(driver, last)
            if last in changes_at:
                driver.edit(changes_at[last])
    assert parts.now == whole.now
    assert not differing(parts.load_snapshot(8), whole.load_snapshot(8))


def test_a_rewind_goes_the_same_way_again_and_erases_nothing(run: Run):
    with driving(run, tick_s=0) as driver:
        to_step(driver, 6)
        driver.edit({"lr_d": 0.5})
        to_step(driver, 7)
        driver.rewind(4)
        assert (driver.state.step, driver.state.config) == (4, run.config)
        left = set((run.path / "snapshots").iterdir())
        to_end(driver)
    list(drive(alone := Runs(run.path.parent).create(run.config), tick_s=0))
    assert not differing(run.load_snapshot(8), alone.load_snapshot(8))
    assert run.history().step == run.curves().steps == 8
    assert [record["step"] for record in records(run, "rewind")] == [4]
    assert len(records(run, "tick")) == 7 + 4
    assert left <= set((run.path / "snapshots").iterdir())
    assert len(left) == 4  # of steps 2, 4, 6 (the one before the edit), and before the rewind


def test_a_rewind_with_other_knobs_says_which(run: Run):
    with driving(run, tick_s=0) as driver:
        to_step(driver, 5)
        driver.rewind(4, {"lr_g": 1e-4, "lr_d": 1e-4})
        to_step(driver, 6)
    assert run.now == run.config.with_changes(lr_g=1e-4, lr_d=1e-4)
    assert run.history().edits[-1].changes == {"lr_d": (0.0002, 0.0001), "lr_g": (0.0002, 0.0001)}
    with pytest.raises(RunError, match="no edit to undo"), driving(run, tick_s=0) as driver:
        driver.undo()


def test_a_rewind_to_the_very_beginning_needs_no_snapshot(run: Run):
    with driving(run, tick_s=0) as driver:
        to_step(driver, 3)
        driver.rewind(0)
        to_end(driver)
    list(drive(alone := Runs(run.path.parent).create(run.config), tick_s=0))
    assert not differing(run.load_snapshot(8), alone.load_snapshot(8))


@pytest.mark.parametrize(
    ("damage", "sentence"), [(Path.unlink, "is missing"), (lambda path: path.write_bytes(b"no"), "damaged")]
)
def test_a_rewind_to_a_snapshot_that_is_gone_leaves_the_run_where_it_was(
    run: Run, damage: Callable[[Path], Any], sentence: str
):
    with driving(run, tick_s=0) as driver:
        to_step(driver, 5)
        damage(run.snapshot_path(2))
        with pytest.raises(SnapshotError, match=sentence):
            driver.rewind(2)
        with pytest.raises(SnapshotError, match="no snapshot of step 3: choose one of"):
            driver.rewind(3)
        assert driver.state.step == 5
        to_end(driver)
    assert run.history().ending == "finish"


def test_a_run_at_rest_is_edited_and_rewound_and_goes_on_so(run: Run):
    with driving(run, tick_s=0) as driver:
        to_step(driver, 5)
    edit_at_rest(run, {"lr_g": 1e-3})
    assert run.now.lr_g == 1e-3
    with driving(run, tick_s=0) as driver:
        assert (driver.state.step, driver.state.config.lr_g) == (5, 1e-3)
    rewind_at_rest(run, 2, {"d_steps": 1})
    with driving(run, tick_s=0) as driver:
        assert (driver.state.step, driver.state.config) == (2, run.config.with_changes(d_steps=1))
        to_end(driver)
    with pytest.raises(RunError, match="is finished at step 8: raise max_steps"):
        edit_at_rest(run, {"lr_g": 1e-2})
    edit_at_rest(run, {"max_steps": 10})
    check_resumable(run)
    list(drive(run))
    assert run.history().step == 10


def test_more_steps_after_the_end_are_the_steps_of_a_longer_run(runs: Runs):
    short = runs.create(tiny(max_steps=4, dropout=0.2))
    list(drive(short))
    edit_at_rest(short, {"max_steps": 8})
    list(drive(short))
    list(drive(long := runs.create(tiny(max_steps=8, dropout=0.2))))
    assert not differing(short.load_snapshot(8), long.load_snapshot(8))


def test_a_config_changed_by_hand_is_refused_with_what_differs(run: Run):
    with driving(run, tick_s=0) as driver:
        to_step(driver, 3)
    content = orjson.loads((run.path / "config.json").read_bytes())
    content["config"] |= {"seed": 7, "lr_g": 0.01}
    (run.path / "config.json").write_bytes(orjson.dumps(content))
    changed = Runs(run.path.parent).get(run.id)
    with pytest.raises(
        SnapshotError, match=r"made with lr_g 0\.0002 \(now 0\.01\), seed 0 \(now 7\): put config\.json"
    ):
        list(drive(changed))


def test_orders_from_elsewhere_are_obeyed_at_the_next_tick_and_answered_in_the_log(run: Run):
    with driving(run, tick_s=0) as driver:
        to_step(driver, 3)
        ids = [
            orders.send(run.orders_folder, order)
            for order in (
                {"kind": "edit", "changes": {"lr_g": 1e-3}},
                {"kind": "edit", "changes": {"lr_g": -1}},
                {"kind": "dance"},
                {"kind": "edit", "changes": 7},
                {"kind": "undo"},
                {"kind": "rewind", "step": 2},
            )
        ]
        (run.orders_folder / "zzz.json").write_bytes(b"{")
        driver.tick()
        assert not list(run.orders_folder.iterdir())
        assert driver.state.step == 3  # one on from step 2
        orders.send(run.orders_folder, {"kind": "stop"})
        assert driver.tick() is None
    said = {record["order"]: record for record in run.records() if "order" in record}
    kinds = ["edit", "refused", "refused", "refused", "undo", "rewind"]
    assert [said[each]["type"] for each in ids] == kinds
    assert "lr_g must be greater than 0" in said[ids[1]]["message"]
    assert "order 'dance' is unknown" in said[ids[2]]["message"]
    assert run.history().ending == "stop"


def test_what_is_no_order_among_the_orders_stops_nothing(run: Run, tmp_path: Path):
    precious = tmp_path / "precious.json"
    precious.write_bytes(orjson.dumps({"kind": "stop"}))
    with driving(run, tick_s=0) as driver:
        to_step(driver, 1)
        orders.send(run.orders_folder, {"kind": "rewind", "step": 1e30})
        (run.orders_folder / "folder.json").mkdir()
        (run.orders_folder / "link.json").symlink_to(precious)
        if hasattr(os, "mkfifo"):
            os.mkfifo(run.orders_folder / "pipe.json")
        to_step(driver, 3)
    assert run.history().ending == "stop" and precious.exists()
    assert [record["message"] for record in run.records() if record["type"] == "refused"]


def test_an_order_that_cannot_be_removed_is_not_obeyed(run: Run, monkeypatch: pytest.MonkeyPatch):
    def refuse(path: Path, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    with driving(run, tick_s=0) as driver:
        to_step(driver, 1)
        order = orders.send(run.orders_folder, {"kind": "stop"})
        with monkeypatch.context() as patch:
            patch.setattr(Path, "unlink", refuse)
            to_step(driver, 2)
        assert orders.withdraw(run.orders_folder, order)


def test_an_order_can_be_withdrawn_until_it_is_taken(run: Run):
    order = orders.send(run.orders_folder, {"kind": "stop"})
    assert orders.withdraw(run.orders_folder, order)
    assert not orders.withdraw(run.orders_folder, order)
    assert orders.take(run.orders_folder) == []


def test_single_updates_are_logged_and_kept_in_the_next_snapshot(run: Run):
    with driving(run, tick_s=0) as driver:
        to_step(driver, 2)
        driver.single("d")
        report, _ = driver.single("both")
        assert report.step == driver.state.step == 3
        driver.single("g")
        expected = driver.state.to_tensors()
    assert not differing(run.load_snapshot(3), expected)
    assert [record["what"] for record in records(run, "single")] == ["d", "g"]
    assert run.curves().steps == 3


def test_a_disk_that_is_full_for_a_while_loses_no_step_and_raises_an_alarm(run: Run, monkeypatch: pytest.MonkeyPatch):
    whole = Run.append_log

    def full(self: Run, *args: Any, **options: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with driving(run, tick_s=0) as driver:
        to_step(driver, 3)
        with monkeypatch.context() as patch:
            for method in ("append_log", "save_snapshot", "save_sample"):
                patch.setattr(Run, method, full)
            to_step(driver, 5)
            driver.edit({"lr_g": 1e-3})
            list(driver._lookout.changes(driver.state, driver.snapshots, now=True))
            (alarm,) = (alarm for alarm in driver.alarms if alarm.name == "disk")
            assert "No space left" in alarm.evidence
            to_step(driver, 6)
        assert Run.append_log is whole
        assert run.history().step == 3
        to_end(driver)
        assert run.snapshot_steps()[0] == 2
    assert run.history().step == run.curves().steps == 8
    assert [edit.step for edit in run.history().edits] == [5]


def test_a_step_that_is_not_finite_names_the_last_good_snapshot_and_offers_half_the_learning_rate(run: Run):
    def diverge() -> None:
        with driving(run, tick_s=0) as driver:
            to_step(driver, 5)
            next(driver.state.generator.parameters()).data.fill_(math.nan)
            to_step(driver, 6)

    with pytest.raises(TrainingError):
        diverge()
    history = run.history()
    assert (history.ending, run.snapshot_steps()) == ("fail", (2, 4))
    alarm = history.alarms["not-finite"]
    remedy = alarm["remedies"][0]
    assert (remedy["kind"], remedy["step"], remedy["changes"]) == ("rewind", 4, {"lr_d": 1e-4, "lr_g": 1e-4})
    rewind_at_rest(run, remedy["step"], remedy["changes"])
    list(drive(run))
    assert (run.history().ending, run.now.lr_g) == ("finish", 1e-4)
    assert "not-finite" not in run.history().alarms


def test_snapshots_thin_out_but_not_the_last_nor_one_before_an_edit(runs: Runs):
    run = runs.create(tiny(max_steps=30, snapshot_every=1, snapshot_space_mb=1, width=16))
    with driving(run, tick_s=0) as driver:
        to_step(driver, 7)
        driver.edit({"lr_g": 1e-3})
        to_end(driver)
    steps = run.snapshot_steps()
    assert {7, 30} <= set(steps) and len(steps) < 25
    assert sum(path.stat().st_size for path in (run.path / "snapshots").iterdir()) <= 1e6
