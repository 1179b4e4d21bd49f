"""WGAN-GP, as most repositories write its loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from ganlab.config import TrainConfig


def wgan_gp_steps(
    config: TrainConfig, generator: nn.Module, critic: nn.Module, loader: DataLoader[Tensor]
) -> Iterator[Mapping[str, float]]:
    """d_steps updates of the critic, each on a batch of its own, and one of G at a time, without end.

    Yields what is logged: means over the critic's updates, each brought over by `.item()` when it is made. The networks
    stay on the device that they are on.
    """
    device = next(generator.parameters()).device
    betas = (config.beta1, config.beta2)
    opt_g = torch.optim.Adam(generator.parameters(), lr=config.lr_g, betas=betas)
    opt_d = torch.optim.Adam(critic.parameters(), lr=config.lr_d, betas=betas)
    losses_d: list[float] = []
    penalties: list[float] = []
    while True:
        for batch in loader:
            real = batch.to(device)

            opt_d.zero_grad()
            fake = generator(torch.randn(len(real), config.z_dim, device=device))
            penalty = _gradient_penalty(critic, real.data, fake.data)
            # fake is not detached: G's gradients are computed as well, and thrown away.
            loss_d = critic(fake).mean() - critic(real).mean() + config.penalty_weight * penalty
            loss_d.backward()
            opt_d.step()
            losses_d.append(loss_d.item())
            penalties.append(penalty.item())
            if len(losses_d) < config.d_steps:
                continue

            opt_g.zero_grad()
            loss_g = -critic(generator(torch.randn(len(real), config.z_dim, device=device))).mean()
            loss_g.backward()
            opt_g.step()
            yield {
                "loss_d": sum(losses_d) / len(losses_d),
                "penalty": sum(penalties) / len(penalties),
                "loss_g": loss_g.item(),
            }
            losses_d.clear()
            penalties.clear()


def _gradient_penalty(critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """Mean of (‖∇D(x̂)‖₂ − 1)²; real, fake: (N, C, H, W)."""
    weight = torch.rand(len(real), 1, 1, 1, device=real.device)
    between = (weight * real + (1 - weight) * fake).requires_grad_(True)
    scores = critic(between)
    (gradients,) = torch.autograd.grad(
        outputs=scores,
        inputs=between,
        grad_outputs=torch.ones_like(scores),
        create_graph=True,
        retain_graph=True,
        only_inputs=True,
    )
    return ((gradients.view(len(real), -1).norm(2, dim=1) - 1) ** 2).mean()
