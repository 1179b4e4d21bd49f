"""What is said and offered after a failure."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
from tiny import fresh, tiny

from ganlab.alarms import FAILURES, Alarm, FailureKind, after_failure
from ganlab.errors import TrainingError
from ganlab.training import train


def offered(alarm: Alarm) -> list[tuple[str, int | None, dict[str, object]]]:
    return [(remedy.kind, remedy.step, dict(remedy.changes)) for remedy in alarm.remedies]


def test_each_kind_has_a_row():
    assert set(FAILURES) == set(get_args(FailureKind))


def test_weights_that_are_not_finite_lead_back_to_the_last_snapshot_with_half_the_learning_rates():
    config = tiny(lr_d=4e-4, lr_g=2e-4)
    data, state = fresh(config)
    ticks = train(data, state, tick_s=0)
    for _ in range(3):
        next(ticks)
    with torch.no_grad():
        next(state.generator.parameters()).fill_(float("nan"))
    with pytest.raises(TrainingError) as caught:
        list(ticks)
    alarm = after_failure("not-finite", config, step=3, message=str(caught.value), snapshots=(0, 2))
    assert alarm.name == "not-finite"
    assert "not a number" in alarm.evidence
    assert "step 3" in alarm.evidence
    assert offered(alarm)[0] == ("rewind", 2, {"lr_d": 2e-4, "lr_g": 1e-4})


def test_without_a_snapshot_there_is_a_new_run():
    alarm = after_failure("not-finite", tiny(lr_d=4e-4, lr_g=2e-4), step=40, message="loss_d was infinite.")
    assert alarm.evidence == "At step 40: loss_d was infinite."
    assert offered(alarm) == [("fork", 0, {"lr_d": 2e-4, "lr_g": 1e-4})]


def test_out_of_memory_halves_the_batch():
    alarm = after_failure(
        "out-of-memory", tiny(batch_size=64, max_steps=1000), step=500, message="no room", snapshots=(0, 500)
    )
    assert offered(alarm)[0] == ("rewind", 500, {"batch_size": 32})


def test_a_batch_that_cannot_be_smaller_leaves_narrower_networks():
    alarm = after_failure("out-of-memory", tiny(batch_size=2, width=64), step=5, message="no room", snapshots=(0,))
    assert offered(alarm) == [("fork", 0, {"width": 32})]


def test_a_full_disk_leads_to_fewer_snapshots():
    alarm = after_failure("disk", tiny(snapshot_every=100, snapshot_space_mb=300), step=5, message="No space left")
    assert offered(alarm) == [("edit", None, {"snapshot_every": 200}), ("edit", None, {"snapshot_space_mb": 150})]


def test_whatever_else_happened_the_last_snapshot_is_there():
    alarm = after_failure("other", tiny(max_steps=1000), step=50, message="", snapshots=(0, 25, 50, 75))
    assert offered(alarm) == [("rewind", 50, {})]
    assert alarm.evidence == "At step 50: No message came with it."


def test_nothing_leads_back_to_the_last_step_from_where_nothing_is_left_to_do():
    for kind in ("other", "out-of-memory"):
        alarm = after_failure(kind, tiny(max_steps=50), step=50, message="", snapshots=(0, 25, 50))
        assert offered(alarm)[0][:2] == ("rewind", 25)
