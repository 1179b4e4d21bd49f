"""Knobs as numbers on the device: the same training as with numbers of Python, and edits that reach them."""

from __future__ import annotations

import pytest
import torch
from tiny import some_data, tiny

from ganlab.training import TrainState, new_state, restore_state
from ganlab.training.batches import Batches
from ganlab.training.loop import one_step

KNOBS = {"lr_d": 3e-4, "lr_g": 2e-3, "weight_decay_d": 0.3, "weight_decay_g": 0.2, "penalty_weight": 3.0}


def state_of(*, live: bool, **changes: object) -> tuple[TrainState, Batches]:
    config = tiny(**changes)
    data = some_data(config)
    state = new_state(config, data, live=live)
    return state, Batches(data, state)


def weights_after(state: TrainState, batches: Batches, *, steps: int) -> torch.Tensor:
    for _ in range(steps):
        one_step(state, batches)
    nets = (state.generator, state.discriminator)
    return torch.cat([weight.detach().flatten() for net in nets for weight in net.parameters()])


def test_a_run_with_live_knobs_trains_as_one_without():
    """Rounding apart, which Adam makes larger where a gradient is nearly zero."""
    live, plain = (weights_after(*state_of(live=each, **KNOBS), steps=3) for each in (True, False))
    start = weights_after(*state_of(live=False), steps=0)
    assert (live - plain).norm() < 1e-3 * (plain - start).norm()


@pytest.mark.parametrize("name", KNOBS)
def test_an_edit_reaches_the_numbers_that_a_recording_would_read(name: str):
    state, _ = state_of(live=True)
    held = state.knobs[name]
    state.take_config(state.config.with_changes(**{name: KNOBS[name]}))
    assert state.knobs[name] is held
    assert held.item() == pytest.approx(KNOBS[name])


@pytest.mark.parametrize("name", KNOBS)
def test_an_edit_of_a_live_knob_trains_as_a_run_that_had_it_from_the_start(name: str):
    edited, batches = state_of(live=True)
    edited.take_config(edited.config.with_changes(**{name: KNOBS[name]}))
    after = weights_after(edited, batches, steps=3)
    assert torch.equal(after, weights_after(*state_of(live=True, **{name: KNOBS[name]}), steps=3))
    assert not torch.equal(after, weights_after(*state_of(live=True), steps=3))


def test_after_a_restore_the_optimisers_still_read_the_live_numbers():
    """torch copies what is in an optimiser's groups when it loads a state."""
    state, batches = state_of(live=True)
    one_step(state, batches)
    again = restore_state(state.config, some_data(state.config), state.to_tensors(), live=True)
    assert again.opt_d.param_groups[0]["lr"] is again.knobs["lr_d"]
    assert again.opt_g.param_groups[0]["lr"] is again.knobs["lr_g"]
