"""One update of D and one of G: the plain eager float32 path, the reference for any faster one."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganlab.gan.losses import LOSSES
from ganlab.gan.penalties import PENALTIES
from ganlab.training.state import TrainState


def update_d(state: TrainState, real: Tensor) -> dict[str, Tensor]:
    """One step of D on real images (N, C, H, W) and as many fakes. Returns scalars by series name, on the device."""
    config, critic = state.config, state.discriminator
    loss, penalty = LOSSES[config.loss], PENALTIES[config.penalty]
    with torch.no_grad():
        fake = state.generator(state.draw_z(len(real)))
    # One pass for both halves: D has no batch norm, so an image's score depends on that image alone.
    scores_real, scores_fake = critic(torch.cat([real, fake])).chunk(2)
    total = loss.d(real=scores_real, fake=scores_fake)
    values = {"wasserstein": scores_real.mean() - scores_fake.mean()} if loss.critic else {}
    if penalty is not None:
        values["penalty"] = penalty(critic, real=real, fake=fake, rng=state.rngs["penalty"])
        total = total + config.penalty_weight * values["penalty"]
    _descend(state.opt_d, critic, total)
    values["loss_d"] = total
    if loss.probability:
        values["d_real"], values["d_fake"] = scores_real.sigmoid().mean(), scores_fake.sigmoid().mean()
        values["accuracy_real"] = (scores_real > 0).float().mean()
        values["accuracy_fake"] = (scores_fake < 0).float().mean()
    return {name: value.detach() for name, value in values.items()}


def update_g(state: TrainState) -> dict[str, Tensor]:
    """One step of G. Returns scalars by series name, on the device."""
    loss = LOSSES[state.config.loss]
    scores = state.discriminator(state.generator(state.draw_z(state.config.batch_size)))
    total = loss.g(fake=scores)
    _descend(state.opt_g, state.generator, total)
    values = {"loss_g": total.detach()}
    if loss.probability:
        values["d_fake_after"] = scores.detach().sigmoid().mean()
    return values


def _descend(optimiser: torch.optim.Optimizer, net: nn.Module, loss: Tensor) -> None:
    """Gradients for `net` alone: the other network's are never computed."""
    weights = list(net.parameters())
    for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
        weight.grad = gradient
    optimiser.step()
