"""Knobs turned between two ticks: they act at the next step, and nothing else of the state changes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tiny import fresh, tiny

from ganlab.config import KNOBS, TrainConfig
from ganlab.errors import ConfigError
from ganlab.training import TrainState, train

#: knob → another value than `tiny`'s that changes the weights after the next step (with what it needs).
LEARNING: dict[str, tuple[dict[str, Any], Any]] = {
    "flip": ({}, True),
    "batch_size": ({}, 7),
    "loss": ({}, "non-saturating"),
    "label_smoothing": ({"loss": "non-saturating", "penalty": "none"}, 0.1),
    "penalty": ({}, "none"),
    "penalty_weight": ({}, 1.0),
    "interpolation": ({}, "normal"),
    "clip_value": ({"penalty": "clip"}, 0.001),
    "d_steps": ({}, 1),
    "lr_d": ({}, 1e-3),
    "lr_g": ({}, 1e-3),
    "beta1": ({}, 0.1),
    "beta2": ({}, 0.5),
    "weight_decay_d": ({}, 0.1),
    "weight_decay_g": ({}, 0.1),
    "ema_decay": ({}, 0.0),
}
#: Those that only say how long, and what is shown and kept.
OTHERS = {"max_steps", "preview_every", "score_count", "scores", "score_share", "snapshot_every", "snapshot_space_mb"}


def after_two_steps(begin: TrainConfig, then: TrainConfig) -> TrainState:
    """One step with each config, in one go of the loop."""
    data, state = fresh(begin)
    ticks = train(data, state, tick_s=0)
    next(ticks)  # the samples of step 0
    next(ticks)
    state.take_config(then)
    next(ticks)
    return state


def weights(state: TrainState) -> list[torch.Tensor]:
    return [*state.generator.parameters(), *state.discriminator.parameters(), *state.average.parameters()]


def test_every_knob_is_looked_at():
    assert set(KNOBS) == LEARNING.keys() | OTHERS


@pytest.mark.parametrize("name", LEARNING)
def test_a_knob_acts_at_the_very_next_step(name: str):
    needs, value = LEARNING[name]
    config = tiny(**needs)
    left_alone = after_two_steps(config, config)
    turned = after_two_steps(config, config.with_changes(**{name: value}))
    same = [torch.equal(a, b) for a, b in zip(weights(left_alone), weights(turned), strict=True)]
    assert not all(same), f"{name} changed nothing"


def test_moments_and_optimisers_outlive_an_edit():
    data, state = fresh(tiny())
    ticks = train(data, state, tick_s=0)
    for _ in range(2):
        next(ticks)
    optimisers = (state.opt_d, state.opt_g)
    moments = [entry["exp_avg"].clone() for opt in optimisers for entry in opt.state.values()]
    state.take_config(state.config.with_changes(lr_g=1e-3, beta2=0.99, weight_decay_d=0.1))
    assert (state.opt_d, state.opt_g) == optimisers
    now = [entry["exp_avg"] for opt in optimisers for entry in opt.state.values()]
    assert all(torch.equal(a, b) for a, b in zip(moments, now, strict=True))
    assert state.opt_g.param_groups[0]["lr"] == 1e-3
    assert state.opt_g.param_groups[0]["betas"] == (state.config.beta1, 0.99)
    assert state.opt_d.param_groups[0]["weight_decay"] == 0.1


def test_an_edit_and_its_undoing_before_the_next_step_leave_no_trace():
    config = tiny()
    data, state = fresh(config)
    for changes in ({"lr_d": 0.5, "d_steps": 9, "loss": "hinge"}, {}):
        state.take_config(config.with_changes(**changes))
    list(train(data, state))
    data, alone = fresh(config)
    list(train(data, alone))
    assert all(torch.equal(a, b) for a, b in zip(weights(state), weights(alone), strict=True))


def test_more_steps_let_a_run_go_on_in_the_same_loop():
    data, state = fresh(tiny(max_steps=3))
    ticks = train(data, state, tick_s=0)
    for tick in ticks:
        if tick.step == 2:
            state.take_config(state.config.with_changes(max_steps=5))
    assert state.step == 5


def test_a_batch_larger_than_the_data_is_refused_and_changes_nothing():
    _, state = fresh(tiny(), count=23)
    before = state.config
    with pytest.raises(ConfigError, match="23"):
        state.take_config(before.with_changes(batch_size=24))
    assert state.config is before
