"""One update of D and one of G: who learns, who does not, and what is reported."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from tiny import differing, fresh, small_recipe, tiny, weights_of
from torch import Tensor, nn

from ganlab.config import SETTINGS
from ganlab.gan.losses import LOSSES, loss_d
from ganlab.recipes import RECIPES
from ganlab.training import TrainState, new_state
from ganlab.training.batches import Batches
from ganlab.training.loop import one_step
from ganlab.training.step import update_d, update_g


def state_and_batches(**changes: Any) -> tuple[TrainState, Batches]:
    data, state = fresh(tiny(**changes))
    return state, Batches(data, state)


def gradients(net: nn.Module) -> list[Tensor | None]:
    return [weight.grad for weight in net.parameters()]


def always(state: TrainState, score: float) -> None:
    """Make D give every image one score."""
    head = state.discriminator.get_submodule("head")
    assert isinstance(head, nn.Linear)
    head.weight.data.zero_()
    head.bias.data.fill_(score)


@pytest.mark.parametrize("loss", LOSSES)
def test_an_update_of_one_net_leaves_the_others_weights(loss: str):
    state, batches = state_and_batches(loss=loss)
    g, d, average = weights_of(state.generator), weights_of(state.discriminator), weights_of(state.average)
    batch = batches.next()
    update_d(state, batch)
    assert not differing(average, weights_of(state.average))
    # No bias of the head where only differences of scores count: it cancels out.
    assert differing(d, weights_of(state.discriminator)) >= {name for name in d if name.endswith("weight")}
    assert not differing(g, weights_of(state.generator))

    d = weights_of(state.discriminator)
    update_g(state, batch)
    assert differing(g, weights_of(state.generator)) == set(g)
    assert not differing(d, weights_of(state.discriminator))


def test_an_update_of_g_brings_the_average_towards_what_g_became():
    state, batches = state_and_batches(ema_decay=0.25)
    for steps, rate in ((0, 0.9), (100, 0.75)):
        before = weights_of(state.average)
        state.knobs.begin_step(steps)
        update_g(state, batches.next())
        after = weights_of(state.generator)
        expected = {name: old.lerp(after[name], rate) for name, old in before.items()}
        assert not differing(expected, weights_of(state.average))


@pytest.mark.parametrize("loss", LOSSES)
def test_no_gradient_is_computed_for_the_other_net(loss: str):
    state, batches = state_and_batches(loss=loss)
    batch = batches.next()
    update_d(state, batch)
    assert gradients(state.generator) == [None] * len(gradients(state.generator))
    of_d = gradients(state.discriminator)
    update_g(state, batch)
    assert all(now is before for now, before in zip(gradients(state.discriminator), of_d, strict=True))


def test_the_critics_loss_is_minus_the_estimate_plus_the_weighted_penalty():
    state, batches = state_and_batches(penalty_weight=7.0)
    values = {name: value.item() for name, value in update_d(state, batches.next()).items()}
    assert set(values) == {"loss_d", "wasserstein", "penalty", "grad_norm_d"}
    assert values["loss_d"] == pytest.approx(-values["wasserstein"] + 7 * values["penalty"], rel=1e-5)
    assert values["penalty"] > 0.01


#: Losses that are a sum over reals and fakes.
SUMS = [name for name, row in LOSSES.items() if not row.paired]


def moved_d(loss: str, **changes: Any) -> tuple[dict[str, Tensor], dict[str, float]]:
    """D after one update, and what was reported; with ε as large as this Adam divides no factor out of a loss."""
    state, batches = state_and_batches(loss=loss, penalty="none", adam_eps=1.0, lr_d=0.1, **changes)
    values = update_d(state, batches.next())
    return weights_of(state.discriminator), {name: value.item() for name, value in values.items()}


@pytest.mark.parametrize("loss", SUMS)
def test_halved_is_a_step_on_half_the_loss_and_reports_the_sum(loss: str):
    (_, whole), (_, half) = moved_d(loss), moved_d(loss, d_update="halved")
    assert half["grad_norm_d"] == pytest.approx(whole["grad_norm_d"] / 2, rel=1e-5)
    assert half["loss_d"] == whole["loss_d"]


@pytest.mark.parametrize("loss", SUMS)
def test_apart_is_a_step_on_reals_and_then_one_on_fakes(loss: str):
    """By hand, with the losses of constant scores in place of the other kind."""
    weights, reported = moved_d(loss, d_update="apart")
    state, batches = state_and_batches(loss=loss, penalty="none", adam_eps=1.0, lr_d=0.1)
    batch = batches.next()
    fake = state.make(state.draw_z()).detach()
    constant, norms = torch.zeros(len(fake)), []
    before = loss_d(state.config, real=state.judge(batch.real), fake=state.judge(fake)).item()
    for examples, kind, other in ((batch.real, "real", "fake"), (fake, "fake", "real")):
        state.opt_d.zero_grad()
        loss_d(state.config, **{kind: state.judge(examples), other: constant}).backward()
        norms.append(norm_of(state.discriminator).expected)
        state.opt_d.step()
    for name, weight in weights_of(state.discriminator).items():
        assert torch.allclose(weight, weights[name], atol=1e-6), name
    assert reported["loss_d"] == pytest.approx(before, rel=1e-5)
    assert reported["grad_norm_d"] == pytest.approx(sum(norms) / 2, rel=1e-4)


@pytest.mark.parametrize("update", SETTINGS["d_update"].choices)
def test_what_is_reported_of_an_update_of_d_was_so_before_it(update: str):
    """The alarms and the estimated divergence count on it."""
    state, batches = state_and_batches(loss="non-saturating", penalty="none", d_update=update, lr_d=0.5)
    before = copy.deepcopy(state.discriminator)
    batch = batches.next()
    values = update_d(state, batch)
    latents = fresh(state.config)[1].draw_z()
    for name, examples in (("d_real", batch.real), ("d_fake", state.make(latents))):
        assert values[name].item() == pytest.approx(before(examples).sigmoid().mean().item(), rel=1e-4)


def test_clipping_comes_after_both_steps_and_the_penalty_is_part_of_the_reported_loss():
    state, batches = state_and_batches(penalty="clip", clip_value=0.01, d_update="apart")
    update_d(state, batches.next())
    assert max(weight.abs().max().item() for weight in weights_of(state.discriminator).values()) <= 0.01
    state, batches = state_and_batches(penalty="gradient", d_update="apart")
    values = {name: value.item() for name, value in update_d(state, batches.next()).items()}
    assert values["loss_d"] == pytest.approx(-values["wasserstein"] + 10 * values["penalty"], rel=1e-5)


def norm_of(net: nn.Module) -> Any:
    """Of the gradients of all weights, as one vector."""
    return pytest.approx(
        math.sqrt(sum(gradient.square().sum().item() for gradient in gradients(net) if gradient is not None)), rel=1e-4
    )


@pytest.mark.parametrize(("score", "real_right", "fake_right"), [(0.7, 1.0, 0.0), (-1.3, 0.0, 1.0)])
def test_probabilities_and_accuracies_by_hand(score: float, real_right: float, fake_right: float):
    state, batches = state_and_batches(loss="non-saturating", penalty="none")
    always(state, score)
    values = {name: value.item() for name, value in update_d(state, batches.next()).items()}
    sigma = 1 / (1 + math.exp(-score))
    assert values == {
        "loss_d": pytest.approx(-math.log(sigma) - math.log(1 - sigma), rel=1e-5),
        "d_real": pytest.approx(sigma),
        "d_fake": pytest.approx(sigma),
        "accuracy_real": real_right,
        "accuracy_fake": fake_right,
        "accuracy": 0.5,
        "jsd": pytest.approx(math.log(2) + (math.log(sigma) + math.log(1 - sigma)) / 2, rel=1e-5),
        "grad_norm_d": norm_of(state.discriminator),
    }
    always(state, score)
    after = {name: value.item() for name, value in update_g(state, batches.next()).items()}
    assert after == {
        "loss_g": pytest.approx(-math.log(sigma), rel=1e-5),
        "d_fake_after": pytest.approx(sigma),
        "accuracy_g": real_right,
        "grad_norm_g": norm_of(state.generator),
    }


def test_d_learns_to_tell_real_from_fake_and_g_to_be_taken_for_real():
    """The direction of both updates: were a sign wrong, these would fall."""
    state, batches = state_and_batches(penalty="none", lr_d=1e-3, lr_g=1e-3, batch_size=20)
    real = batches.next()
    gap = [update_d(state, real)["wasserstein"].item() for _ in range(20)]
    assert gap[-1] > gap[0]
    loss = [update_g(state, real)["loss_g"].item() for _ in range(20)]
    assert loss[-1] < loss[0]


def test_one_step_is_d_steps_updates_of_d_then_one_of_g(monkeypatch: pytest.MonkeyPatch):
    state, batches = state_and_batches(d_steps=3)
    calls: list[str] = []

    def noting(word: str, answer: Callable[[], Any]) -> Callable[..., Any]:
        return lambda *args, **kwargs: (calls.append(word), answer())[1]

    numbers = iter([1.0, 2.0, 6.0])
    monkeypatch.setattr("ganlab.training.loop.update_d", noting("d", lambda: {"loss_d": torch.tensor(next(numbers))}))
    monkeypatch.setattr("ganlab.training.loop.update_g", noting("g", lambda: {"loss_g": torch.tensor(5.0)}))
    values = one_step(state, batches)
    assert calls == ["d", "d", "d", "g"]
    assert {name: value.item() for name, value in values.items()} == {"loss_d": 3.0, "loss_g": 5.0}
    assert (state.step, state.images_seen) == (1, 3 * state.config.batch_size)


def test_clipping_puts_every_weight_of_d_into_its_range_and_adds_nothing_to_the_loss():
    state, batches = state_and_batches(penalty="clip", clip_value=0.02)
    values = update_d(state, batches.next())
    assert set(values) == {"loss_d", "wasserstein", "grad_norm_d"}
    assert all(weight.abs().max() <= 0.02 for weight in state.discriminator.parameters())
    assert any(weight.abs().max() > 0.02 for weight in state.generator.parameters())


def test_batch_norm_in_d_judges_reals_and_fakes_apart():
    """In one pass each half would be normalised by both: the real scores would depend on the fakes."""
    state, batches = state_and_batches(penalty="none", norm_d="batch", lr_d=1e-9)
    batch = batches.next()
    seen: list[int] = []
    state.discriminator.register_forward_pre_hook(lambda net, inputs: seen.append(len(inputs[0])))
    update_d(state, batch)
    assert seen == [5, 5]
    state, batches = state_and_batches(penalty="none", norm_d="layer")
    state.discriminator.register_forward_pre_hook(lambda net, inputs: seen.append(len(inputs[0])))
    update_d(state, batches.next())
    assert seen == [5, 5, 10]


def test_a_paired_loss_meets_the_last_reals_in_gs_step():
    state, batches = state_and_batches(loss="relativistic", penalty="none")
    batch, other = batches.next(), batches.next()
    losses = []
    for real in (batch, batch, other):
        state.rngs["latent"].manual_seed(5)
        before = {name: value.clone() for name, value in state.generator.state_dict().items()}
        losses.append(update_g(state, real)["loss_g"].item())
        state.generator.load_state_dict(before)
    assert losses[0] == losses[1] != losses[2]


def test_a_conditional_run_makes_fakes_of_the_classes_of_its_reals():
    state, batches = state_and_batches(conditional=True, penalty="none")
    batch = batches.next()
    asked: list[list[int]] = []
    state.generator.register_forward_pre_hook(lambda net, inputs: asked.append(inputs[1].tolist()))
    state.discriminator.register_forward_pre_hook(lambda net, inputs: asked.append(inputs[1].tolist()))
    update_d(state, batch)
    update_g(state, batch)
    assert batch.labels is not None
    classes = batch.labels.tolist()
    assert asked == [classes, classes + classes, classes, classes]


@pytest.mark.parametrize(("field", "net"), [("weight_decay_d", "discriminator"), ("weight_decay_g", "generator")])
def test_weight_decay_pulls_the_weights_of_its_net_towards_zero(field: str, net: str):
    norms = {}
    for decay in (0.0, 1.0):
        state, batches = state_and_batches(lr_d=1e-2, lr_g=1e-2, **{field: decay})
        for _ in range(10):
            one_step(state, batches)
        norms[decay] = sum(weight.square().sum().item() for weight in getattr(state, net).parameters())
    assert norms[1.0] < 0.8 * norms[0.0]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", RECIPES)
def test_every_gradient_reaches_its_own_weight(name: str, precision: str):
    """Torch's fused Adam takes numbers as they lie in memory, and a convolution's gradient may lie in another order."""

    def after_a_step(*, fused: bool) -> tuple[Tensor, Tensor]:
        config, data = small_recipe(name, precision=precision, d_steps=1)
        state = new_state(config, data)
        for group in (*state.opt_d.param_groups, *state.opt_g.param_groups):
            group["fused"] = fused
        before = all_weights(state)
        one_step(state, Batches(data, state))
        return before, all_weights(state)

    (before, one), (_, other) = after_a_step(fused=True), after_a_step(fused=False)
    assert (one - other).norm() < 1e-2 * (other - before).norm()


def all_weights(state: TrainState) -> Tensor:
    nets = (state.discriminator, state.generator)
    return torch.cat([weight.detach().flatten() for net in nets for weight in net.parameters()])
