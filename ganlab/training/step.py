"""The two halves of a step, one update of D and one of G, from which every way to train is made.

Operation by operation, in float32, they are the reference for any faster path.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import torch
from torch import Tensor

from ganlab.gan.ema import update_average
from ganlab.gan.losses import LOSSES, loss_d, loss_g
from ganlab.gan.penalties import PENALTIES, Draw, clip_weights, penalise
from ganlab.training.batches import Batch
from ganlab.training.knobs import Net
from ganlab.training.precision import casting_once
from ganlab.training.state import TrainState


def update_d(state: TrainState, batch: Batch) -> dict[str, Tensor]:
    """One update of D on real examples and as many fakes of the same classes, as `config.d_update` wants it.

    Returns scalars by series name, on the device.
    """
    config = state.config
    how = "together" if LOSSES[config.loss].paired else config.d_update
    with casting_once(state.device):
        with torch.no_grad():
            fake = state.make(state.draw_z(), batch.labels)
        total, values = _objective_d(state, batch, fake, of_reals=how == "apart")
    norm, values = _descend(state, "d", total / 2 if how == "halved" else total, values)
    values["grad_norm_d"] = (norm + _learn_fakes(state, batch, fake)) / 2 if how == "apart" else norm
    if PENALTIES[config.penalty].clips:
        clip_weights(state.discriminator, config.clip_value)
    return values


def _learn_fakes(state: TrainState, batch: Batch, fake: Tensor) -> Tensor:
    """One step of D on fakes alone. Returns its gradient's norm."""
    with casting_once(state.device):
        scores = state.judge(fake, batch.labels)
        # Any reals would do that no gradient goes to: the loss is a sum over the two kinds.
        total = loss_d(state.config, real=scores.detach(), fake=scores)
    return _descend(state, "d", total, {})[0]


def _objective_d(state: TrainState, batch: Batch, fake: Tensor, *, of_reals: bool) -> tuple[Tensor, dict[str, Tensor]]:
    """What D minimises, and scalars by series name. of_reals: only the gradient through reals and penalty is wanted."""
    config = state.config
    real_scores, fake_scores = _judge_both(state, batch, fake, apart=of_reals)
    total = loss_d(config, real=real_scores, fake=fake_scores.detach() if of_reals else fake_scores)
    values = {"loss_d": total} | LOSSES[config.loss].read(real=real_scores.detach(), fake=fake_scores.detach())
    critic = partial(state.judge, labels=batch.labels)
    penalty = penalise(config, critic, real=batch.real, fake=fake, draw=Draw(state.rngs["penalty"], state.ranks))
    if penalty is not None:
        total = total + state.knobs["penalty_weight"] * penalty
        values |= {"loss_d": total, "penalty": penalty}
    return total, values


def update_g(state: TrainState, batch: Batch) -> dict[str, Tensor]:
    """One update of G and of its average.

    batch: the last one that D saw; a conditional G makes its classes, a paired loss meets its reals.
    Returns scalars by series name, on the device.
    """
    config = state.config
    loss = LOSSES[config.loss]
    fake_scores = state.judge(state.make(state.draw_z(), batch.labels), batch.labels)
    real_scores = None
    if loss.paired:
        with torch.no_grad():
            real_scores = state.judge(batch.real, batch.labels)
    total = loss_g(config, real=real_scores, fake=fake_scores)
    values = {"loss_g": total} | loss.read_after(real=real_scores, fake=fake_scores.detach())
    norm, values = _descend(state, "g", total, values)
    update_average(state.average, state.generator, state.knobs.averaging_rate)
    return {"loss_g": values.pop("loss_g"), "grad_norm_g": norm} | values


def _judge_both(state: TrainState, batch: Batch, fake: Tensor, *, apart: bool) -> tuple[Tensor, Tensor]:
    """Scores of reals and fakes: in one pass, unless apart, or a score depends on what else is in the batch."""
    if apart or state.discriminator.batchwise:
        return state.judge(batch.real, batch.labels), state.judge(fake, batch.labels)
    labels = None if batch.labels is None else torch.cat([batch.labels, batch.labels])
    real_scores, fake_scores = state.judge(torch.cat([batch.real, fake]), labels).chunk(2)
    return real_scores, fake_scores


def _descend(
    state: TrainState, which: Net, loss: Tensor, values: Mapping[str, Tensor]
) -> tuple[Tensor, dict[str, Tensor]]:
    """One update of one network alone: the other's gradients are never computed.

    loss, values: means over the examples here. Returns the gradient's norm, a scalar, and the values over all ranks.
    """
    net, optimiser = (state.discriminator, state.opt_d) if which == "d" else (state.generator, state.opt_g)
    weights = list(net.parameters())
    means = state.ranks.mean([*torch.autograd.grad(loss, weights), *values.values()])
    gradients = means[: len(weights)]
    norm = torch.nn.utils.get_total_norm(gradients)
    for weight, gradient in zip(weights, state.knobs.decayed(which, weights, gradients), strict=True):
        weight.grad = _laid_out_as(weight, gradient)
    optimiser.step()
    read = (value.detach() for value in means[len(weights) :])
    return norm, dict(zip(values, read, strict=True))


def _laid_out_as(weight: Tensor, gradient: Tensor) -> Tensor:
    """The gradient in its weight's memory layout, since torch's fused updates take both as they lie in memory.

    Through a gradient penalty a convolution's gradient comes with its channels in another order, and went to the
    wrong weights without this.
    """
    return gradient if gradient.stride() == weight.stride() else torch.empty_like(weight).copy_(gradient)
