"""One update of D and one of G, operation by operation; in float32 the reference for any faster path."""

from __future__ import annotations

from functools import partial
from typing import Literal

import torch
from torch import Tensor

from ganlab.gan.losses import LOSSES, loss_d, loss_g
from ganlab.gan.penalties import PENALTIES, clip_weights, penalise
from ganlab.training.batches import Batch
from ganlab.training.precision import casting_once
from ganlab.training.state import TrainState


def update_d(state: TrainState, batch: Batch) -> dict[str, Tensor]:
    """One update of D on real examples and as many fakes of the same classes, as `config.d_update` wants it.

    Returns scalars by series name, on the device.
    """
    config, net = state.config, state.discriminator
    how = "together" if LOSSES[config.loss].paired else config.d_update
    learnt = _learn_reals(state, batch) if how == "apart" else None
    with casting_once(state.device):
        total, values = _objective_d(state, batch, None if learnt is None else learnt[0])
    norm = _descend(state, "d", total / 2 if how == "halved" else total)
    values["grad_norm_d"] = norm if learnt is None else (norm + learnt[1]) / 2
    if PENALTIES[config.penalty].clips:
        clip_weights(net, config.clip_value)
    return {name: value.detach() for name, value in values.items()}


def _learn_reals(state: TrainState, batch: Batch) -> tuple[Tensor, Tensor]:
    """One step of D on reals alone. Returns their scores (N,) before it, and its gradient's norm."""
    with casting_once(state.device):
        scores = state.judge(batch.real, batch.labels)
    held = scores.detach()
    # Any fakes would do that no gradient goes to: the loss is a sum over the two kinds.
    return held, _descend(state, "d", loss_d(state.config, real=scores, fake=held))


def _objective_d(state: TrainState, batch: Batch, judged: Tensor | None = None) -> tuple[Tensor, dict[str, Tensor]]:
    """What D minimises, and scalars by series name. judged: scores of reals that D has learnt already."""
    config = state.config
    with torch.no_grad():
        fake = state.make(state.draw_z(len(batch.real)), batch.labels)
    if judged is None:
        real_scores, fake_scores = _judge_both(state, batch, fake)
    else:
        real_scores, fake_scores = judged, state.judge(fake, batch.labels)
    total = loss_d(config, real=real_scores, fake=fake_scores)
    values = {"loss_d": total} | LOSSES[config.loss].read(real=real_scores.detach(), fake=fake_scores.detach())
    critic = partial(state.judge, labels=batch.labels)
    penalty = penalise(config, critic, real=batch.real, fake=fake, rng=state.rngs["penalty"])
    if penalty is not None:
        weight = config.penalty_weight if state.live is None else state.live["penalty_weight"]
        total = total + weight * penalty
        values |= {"loss_d": total, "penalty": penalty}
    return total, values


def update_g(state: TrainState, batch: Batch) -> dict[str, Tensor]:
    """One step of G. batch: the last one that D saw; a conditional G makes its classes, a paired loss meets its reals.

    Returns scalars by series name, on the device.
    """
    config = state.config
    loss = LOSSES[config.loss]
    fake_scores = state.judge(state.make(state.draw_z(config.batch_size), batch.labels), batch.labels)
    real_scores = None
    if loss.paired:
        with torch.no_grad():
            real_scores = state.judge(batch.real, batch.labels)
    total = loss_g(config, real=real_scores, fake=fake_scores)
    norm = _descend(state, "g", total)
    return {"loss_g": total.detach(), "grad_norm_g": norm} | loss.read_after(
        real=real_scores, fake=fake_scores.detach()
    )


def _judge_both(state: TrainState, batch: Batch, fake: Tensor) -> tuple[Tensor, Tensor]:
    """Scores of reals and fakes: in one pass, unless a score depends on what else is in the batch."""
    if state.discriminator.batchwise:
        return state.judge(batch.real, batch.labels), state.judge(fake, batch.labels)
    labels = None if batch.labels is None else torch.cat([batch.labels, batch.labels])
    real_scores, fake_scores = state.judge(torch.cat([batch.real, fake]), labels).chunk(2)
    return real_scores, fake_scores


def _descend(state: TrainState, which: Literal["d", "g"], loss: Tensor) -> Tensor:
    """One update of one network alone: the other's gradients are never computed. Returns their norm, a scalar."""
    net, optimiser = (state.discriminator, state.opt_d) if which == "d" else (state.generator, state.opt_g)
    weights = list(net.parameters())
    gradients = torch.autograd.grad(loss, weights)
    norm = torch.nn.utils.get_total_norm(gradients)
    if state.live is not None:
        decays = torch._foreach_mul([weight.detach() for weight in weights], state.live[f"weight_decay_{which}"])  # pyright: ignore[reportPrivateImportUsage]
        gradients = torch._foreach_add(gradients, decays)  # pyright: ignore[reportPrivateImportUsage]
    for weight, gradient in zip(weights, gradients, strict=True):
        weight.grad = _laid_out_as(weight, gradient)
    optimiser.step()
    return norm


def _laid_out_as(weight: Tensor, gradient: Tensor) -> Tensor:
    """The gradient in its weight's memory layout, since torch's fused updates take both as they lie in memory.

    Through a gradient penalty a convolution's gradient comes with its channels in another order, and went to the
    wrong weights without this.
    """
    return gradient if gradient.stride() == weight.stride() else torch.empty_like(weight).copy_(gradient)
