"""Recorded steps: the same training as operation by operation, edits without a new recording, and a way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from tape import RefusedError, Tape, Work
from tiny import differing, fresh, joined, run_through, small_recipe, some_data, tiny

from ganlab.config import KNOBS, TrainConfig
from ganlab.data import Dataset
from ganlab.gan.losses import LOSSES
from ganlab.recipes import RECIPES
from ganlab.training import TrainState, new_state, restore_state, train
from ganlab.training.batches import Batches
from ganlab.training.loop import PlainSteps
from ganlab.training.recorded import FREE, WARM_UP, RecordedSteps, Steps

Edits = Mapping[int, Mapping[str, Any]]


def stepped(
    config: TrainConfig, data: Dataset, steps: int, record: Callable[[Work], Work] | None, edits: Edits | None = None
) -> tuple[TrainState, dict[str, torch.Tensor]]:
    """A run after so many steps, and its series; edits: knobs by the step before which they are turned."""
    state = new_state(config, data, live=True)
    batches = Batches(data, state)
    plain = PlainSteps(state, batches)
    ways = RecordedSteps(state, batches, plain, record) if record else plain
    series: dict[str, list[torch.Tensor]] = {}
    for step in range(steps):
        if edits and step in edits:
            state.take_config(state.config.with_changes(**edits[step]))
        ways.step()
        if step % 3 == 2 or step == steps - 1 or (edits and step + 1 in edits):  # edits come between two ticks
            names, rows = ways.take()
            for name, values in zip(names, rows.unbind(1), strict=True):
                series.setdefault(name, []).append(values)
    return state, {name: torch.cat(values) for name, values in series.items()}


def assert_the_same_training(one: TrainState, other: TrainState) -> None:
    """To the last bit."""
    assert not differing(one.to_tensors(), other.to_tensors())


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_can_be_recorded_and_trains_as_without(name: str, precision: str):
    config, data = small_recipe(name, precision=precision, d_steps=2)
    tape = Tape()
    (recorded, series), (plain, expected) = (stepped(config, data, WARM_UP + 2, record) for record in (tape, None))
    assert recorded.stepping == "steps recorded"
    assert (tape.recorded, tape.replays) == (2, 2 * 3)
    assert_the_same_training(recorded, plain)
    assert list(series) == list(expected)
    for each, values in expected.items():
        assert torch.allclose(series[each], values, rtol=1e-4, atol=1e-6), each


@pytest.mark.parametrize("loss", LOSSES)
def test_no_series_of_d_is_one_of_g_as_well(loss: str):
    """A recording keeps both side by side."""
    config = tiny(loss=loss, penalty="none")
    state, series = stepped(config, some_data(config), WARM_UP + 1, Tape())
    assert state.stepping == "steps recorded"
    assert len(series) == len(set(series))


FREE_EDITS = {
    "lr_d": 3e-3,
    "lr_g": 2e-3,
    "weight_decay_d": 0.3,
    "weight_decay_g": 0.2,
    "penalty_weight": 3.0,
    "d_steps": 4,
    "ema_decay": 0.5,
    "max_steps": 77,
    "preview_every": 7,
    "score_count": 0,
    "scores": "all",
    "score_share": 0.01,
    "snapshot_every": 70,
    "snapshot_space_mb": 7,
}
HELD_EDITS = {
    "flip": True,
    "batch_size": 7,
    "loss": "hinge",
    "label_smoothing": 0.1,
    "penalty": "r1",
    "interpolation": "normal",
    "clip_value": 0.02,
    "beta1": 0.3,
    "beta2": 0.95,
}


def test_every_knob_is_edited_here():
    assert FREE_EDITS.keys() == FREE
    assert FREE_EDITS.keys() | HELD_EDITS.keys() == set(KNOBS)


@pytest.mark.parametrize("name", FREE_EDITS)
def test_an_edit_of_a_free_knob_acts_without_a_new_recording(name: str):
    config = tiny()
    data, edits, tape = some_data(config), {WARM_UP + 2: {name: FREE_EDITS[name]}}, Tape()
    (recorded, series), (plain, expected) = (stepped(config, data, WARM_UP + 5, each, edits) for each in (tape, None))
    assert tape.recorded == 2
    assert_the_same_training(recorded, plain)
    assert torch.allclose(series["loss_d"], expected["loss_d"], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", HELD_EDITS)
def test_an_edit_of_another_knob_is_followed_by_a_new_recording(name: str):
    losses = {"clip_value": {"penalty": "clip"}, "label_smoothing": {"loss": "non-saturating", "penalty": "none"}}
    config = tiny(**losses.get(name, {}))
    data, edits, tape = some_data(config), {WARM_UP + 3: {name: HELD_EDITS[name]}}, Tape()
    (recorded, _), (plain, _) = (stepped(config, data, WARM_UP + 6, each, edits) for each in (tape, None))
    assert tape.recorded == 4
    assert recorded.stepping == "steps recorded"
    assert_the_same_training(recorded, plain)


def test_work_that_cannot_be_recorded_is_done_operation_by_operation_and_the_state_says_so():
    def refuse(work: Work) -> Work:
        work()  # a capture that breaks off may have changed anything
        raise RuntimeError("operation not permitted\nwhen stream is capturing")

    config = tiny()
    data = some_data(config)
    (failed, _), (plain, _) = (stepped(config, data, WARM_UP + 4, each) for each in (refuse, None))
    assert "not recorded" in failed.stepping
    assert "operation not permitted when stream is capturing" in failed.stepping
    assert_the_same_training(failed, plain)


def test_a_recording_that_trains_otherwise_is_found_out_and_not_used():
    def forgetful(work: Work) -> Work:
        replays = Tape()(work)
        calls = iter((lambda: None, lambda: None))
        return lambda: next(calls, replays)()

    config = tiny()
    data = some_data(config)
    (failed, _), (plain, _) = (stepped(config, data, WARM_UP + 4, each) for each in (forgetful, None))
    assert "not recorded" in failed.stepping
    assert_the_same_training(failed, plain)


def test_more_steps_than_a_recording_has_room_for_are_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ganlab.training.recorded._MOST_ROWS", 2)
    config = tiny()
    data = some_data(config)
    state = new_state(config, data, live=True)
    batches = Batches(data, state)
    ways = RecordedSteps(state, batches, PlainSteps(state, batches), Tape())
    for _ in range(WARM_UP + 6):
        ways.step()
    _, rows = ways.take()
    _, expected = stepped(config, data, WARM_UP + 6, None)
    assert torch.allclose(rows[:, 0], expected["loss_d"], rtol=1e-4)


@pytest.mark.parametrize(
    "work",
    [
        lambda x: x.sum().item(),
        lambda x: x.mul_(torch.tensor(2.0)),
        lambda x: bool(x.sum() > 0),
        lambda x: x.nonzero(),
        lambda x: x.add_(torch.zeros(3)),
    ],
)
def test_the_stand_in_for_a_graph_refuses_what_a_graph_would(work: Callable[[torch.Tensor], object]):
    x = torch.ones(3)
    with pytest.raises(RefusedError):
        Tape()(lambda: (work(x), None)[1])
    assert x.tolist() == [1, 1, 1]


def test_the_stand_in_for_a_graph_does_nothing_until_it_is_replayed_and_runs_no_python_then():
    x, rng, calls = torch.zeros(3), torch.Generator().manual_seed(0), []

    def work() -> None:
        calls.append(1)
        x.add_(torch.rand(3, generator=rng, device="cpu"))

    replay = Tape()(work)
    assert x.tolist() == [0, 0, 0]
    replay()
    assert torch.equal(x, torch.rand(3, generator=torch.Generator().manual_seed(0)))
    assert len(calls) == 1


def test_a_recorded_run_ticks_shows_and_saves_like_any_other_and_goes_on_from_its_snapshot(
    monkeypatch: pytest.MonkeyPatch,
):
    config = tiny(max_steps=12, preview_every=4, snapshot_every=6)
    data = some_data(config)
    _, plain = fresh(config)
    expected = joined(run_through(data, plain, tick_s=1000.0))

    def recorded(state: TrainState, batches: Batches) -> tuple[Steps, None]:
        return RecordedSteps(state, batches, PlainSteps(state, batches), Tape()), None

    monkeypatch.setattr("ganlab.training.loop._ways", recorded)
    state = new_state(config, data, live=True)
    ticks, snapshot = [], {}
    for tick in train(data, state, tick_s=1000.0):
        ticks.append(tick)
        if tick.snapshot_due and not snapshot:
            snapshot = state.to_tensors()
    assert state.stepping == "steps recorded"
    assert [tick.step for tick in ticks] == [0, 1, 2, 3, 4, 6, 8, 12]
    assert [tick.step for tick in ticks if tick.preview] == [0, 4, 8, 12]
    for name, values in joined(ticks).items():
        assert np.allclose(values, expected[name], rtol=1e-4, atol=1e-6), name
    again = restore_state(config, data, snapshot, live=True)
    run_through(data, again)
    assert not differing(again.to_tensors(), state.to_tensors())
