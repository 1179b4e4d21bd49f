"""Exact resume, and randomness that is the run's own."""

from __future__ import annotations

import copy
import random
from typing import Any, get_args

import numpy as np
import pytest
import torch
from tiny import data_of_shape, differing, fresh, joined, run_through, small_recipe, some_data, tiny, weights_of

from ganlab.config import TrainConfig, WeightsName
from ganlab.data import Dataset
from ganlab.errors import SnapshotError, TrainingError
from ganlab.recipes import RECIPES
from ganlab.training import TrainState, new_state, restore_state, seed_for, train

#: Every recipe's method with small numbers, and what else draws at random.
METHODS: dict[str, tuple[TrainConfig, Dataset]] = {
    **{name: small_recipe(name) for name in RECIPES},
    **{
        name: (config, data_of_shape((1, 16, 16)))
        for name, config in {
            "dropout and a uniform prior": tiny(dropout=0.4, prior="uniform", prior_half_width=0.3),
            "an average without decay": tiny(ema_decay=0.0, beta1=0.0),
            "flips and classes": tiny(flip=True, conditional=True),
            "spectral norm in both": tiny(norm_g="spectral", norm_d="spectral"),
        }.items()
    },
}


def advance(data: Dataset, state: TrainState, steps: int) -> dict[str, np.ndarray]:
    """The series of the next `steps` steps."""
    ticks, begin, taken = train(data, state, tick_s=0), state.step, []
    for tick in ticks:
        taken.append(tick)
        if tick.step == begin + steps:
            break
    ticks.close()  # pyright: ignore[reportAttributeAccessIssue]
    return joined(taken)


@pytest.mark.parametrize(("method", "steps"), [*((method, 2) for method in METHODS), ("wgan-gp", 1), ("wgan-gp", 3)])
def test_going_on_from_tensors_is_going_on_bit_for_bit(method: str, steps: int):
    config, data = METHODS[method]
    config = config.with_changes(max_steps=2 * steps)
    straight = new_state(config, data)
    advance(data, straight, steps)
    tensors = straight.to_tensors()
    second = advance(data, straight, steps)

    restored = restore_state(config, data, tensors)
    assert not differing(restored.to_tensors(), tensors)
    assert not differing(advance(data, restored, steps), second)
    assert not differing(restored.to_tensors(), straight.to_tensors())
    assert straight.step == restored.step == 2 * steps


def test_a_batch_that_straddles_two_epochs_is_gone_on_from():
    config = tiny(max_steps=6, d_steps=1, batch_size=9)
    data, straight = fresh(config, count=23)
    advance(data, straight, 2)
    assert straight.images_seen == 18, "the next batch takes five images of this epoch and four of the next"
    restored = restore_state(config, data, straight.to_tensors())
    assert not differing(advance(data, restored, 4), advance(data, straight, 4))


def test_tensors_are_copies_in_both_directions():
    config = tiny()
    data, state = fresh(config)
    advance(data, state, 1)
    tensors = state.to_tensors()
    kept = {name: value.clone() for name, value in tensors.items()}
    advance(data, state, 1)
    assert not differing(tensors, kept), "training on changed what was handed out"
    restored = restore_state(config, data, tensors)
    advance(data, restored, 1)
    assert not differing(tensors, kept), "training from them changed what was taken in"


@pytest.mark.parametrize("weights", get_args(WeightsName))
def test_the_generators_tensors_are_a_copy_under_the_same_names(weights: WeightsName):
    data, state = fresh(tiny())
    advance(data, state, 1)
    handed, everything = state.generator_tensors(weights), state.to_tensors()
    assert handed.keys() == {name for name in everything if name.startswith(f"{weights}.")}
    assert all(torch.equal(handed[name], everything[name]) for name in handed)
    for value in handed.values():
        value.zero_()
    assert not differing(everything, state.to_tensors())


def test_weights_that_are_not_finite_are_not_handed_out_as_something_to_go_on_from():
    data, state = fresh(tiny())
    advance(data, state, 1)
    next(state.discriminator.parameters()).data[0] = float("inf")
    with pytest.raises(TrainingError, match=r"discriminator\.body\.0\.weight was not finite after step 1"):
        state.to_tensors()


@pytest.mark.parametrize("change", [{"width": 5}, {"z_dim": 4}, {"dataset": "mnist"}])
def test_tensors_of_another_config_are_refused(change: dict[str, Any]):
    data, state = fresh(tiny())
    advance(data, state, 1)
    other = tiny(**change)
    sentence = r"does not fit the run's config \(generator\.\S+ is [a-z ]+\): was it copied from another run"
    with pytest.raises(SnapshotError, match=sentence):
        restore_state(other, some_data(other), state.to_tensors())


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"generator.first.bias": torch.zeros(8)}, r"generator\.first\.bias is left over"),
        ({"generator.first.weight": None}, r"generator\.first\.weight is missing"),
        ({"average.first.weight": torch.zeros(8)}, r"average\.first\.weight is of another shape"),
    ],
)
def test_tensors_of_an_earlier_version_are_refused_in_one_sentence(changed: dict[str, Any], sentence: str):
    data, state = fresh(tiny())
    tensors = {name: value for name, value in (state.to_tensors() | changed).items() if value is not None}
    with pytest.raises(SnapshotError, match=rf"\({sentence}\): .*written by an earlier version of ganlab, or[^\n]*$"):
        restore_state(state.config, data, tensors)


@pytest.mark.parametrize(
    "missing",
    ["generator.", "discriminator.head", "average.first", "opt_g.", "opt_d.0.exp_avg", "rng.latent", "position"],
)
def test_tensors_with_parts_missing_are_refused(missing: str):
    data, state = fresh(tiny())
    advance(data, state, 1)
    tensors = {name: value for name, value in state.to_tensors().items() if not name.startswith(missing)}
    with pytest.raises(SnapshotError, match="does not fit the run's config"):
        restore_state(state.config, data, tensors)


def test_tensors_of_other_shapes_or_kinds_are_refused():
    data, state = fresh(tiny())
    advance(data, state, 1)
    good = state.to_tensors()
    for name, wrong in (
        ("opt_d.0.exp_avg", torch.zeros(2)),
        ("rng.penalty", torch.zeros(7, dtype=torch.uint8)),
        ("rng.penalty", torch.zeros(7)),
        ("position", torch.tensor([1])),
    ):
        with pytest.raises(SnapshotError, match="does not fit the run's config"):
            restore_state(state.config, data, good | {name: wrong})


def test_seeds_of_different_purposes_epochs_and_runs_differ():
    seeds = {seed_for(seed, purpose, index) for seed in (0, 1) for purpose in ("a", "b") for index in (0, 1, 11)}
    assert len(seeds) == 12
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert seed_for(1, "a", 1) == seed_for(1, "a", 1) != seed_for(11, "a", 1)


def global_states() -> tuple[Any, ...]:
    return torch.get_rng_state().tolist(), repr(np.random.get_state()), random.getstate()


@pytest.mark.parametrize("method", METHODS)
def test_the_processs_random_states_are_left_alone(method: str):
    config, data = METHODS[method]
    config = config.with_changes(max_steps=2, preview_every=1)
    before = global_states()
    state = new_state(config, data)
    assert global_states() == before
    run_through(data, state)
    restore_state(config, data, state.to_tensors())
    assert global_states() == before


def test_the_same_seed_gives_the_same_history_and_another_seed_another():
    def history(seed: int) -> dict[str, np.ndarray]:
        return joined(run_through(*fresh(tiny(seed=seed, dropout=0.2))))

    first = history(3)
    assert not differing(first, history(3))
    assert differing(first, history(4)) == set(first)


def test_a_busy_viewer_does_not_change_the_history():
    """It draws from torch's, numpy's and Python's random numbers and runs and trains copies of the nets."""
    config = tiny(dropout=0.2, max_steps=6, preview_every=2)
    alone_data, alone = fresh(config)
    expected = joined(run_through(alone_data, alone))

    data, state = fresh(config)
    watched = []
    for tick in train(data, state, tick_s=0):
        watched.append(tick)
        torch.randn(17)
        np.random.rand(3)
        random.random()
        viewer = copy.deepcopy(state.average).train()
        viewer(torch.randn(4, config.z_dim))
        viewer.eval()(state.fixed_z)
        for weight in viewer.parameters():
            weight.zero_()
    assert not differing(joined(watched), expected)
    assert not differing(state.to_tensors(), alone.to_tensors())


def test_a_new_run_starts_with_the_average_equal_to_the_generator():
    _, state = fresh(tiny())
    assert not differing(weights_of(state.average), weights_of(state.generator))
    assert state.fixed_z.shape == (2, 3)
    assert torch.equal(state.fixed_z, fresh(tiny())[1].fixed_z)
    assert not torch.equal(state.fixed_z, fresh(tiny(seed=1))[1].fixed_z)


@pytest.mark.parametrize("name", ["average.first.weight", "discriminator.body.0.weight"])
def test_a_snapshot_that_is_not_finite_is_refused_with_a_way_out(name: str):
    data, state = fresh(tiny())
    run_through(data, state)
    tensors = state.to_tensors()
    tensors[name].view(-1)[0] = float("nan")
    with pytest.raises(SnapshotError, match=rf"not finite \({name}\).*: rewind the run to an earlier one$"):
        restore_state(state.config, data, tensors)
