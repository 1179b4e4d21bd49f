"""The DCGAN on MNIST of the third article, in PyTorch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from ganlab.config import TrainConfig


def article_pair(z_dim: int) -> tuple[nn.Sequential, nn.Sequential]:
    """G and D with the layers of ganlab's `dcgan-article`, D ending in a sigmoid: (N, 1) in (0, 1)."""
    generator = nn.Sequential(
        *(nn.Linear(z_dim, 128 * 7 * 7), nn.ReLU(), nn.Unflatten(1, (128, 7, 7))),
        *(nn.ConvTranspose2d(128, 128, 4, 2, 1, bias=False), nn.BatchNorm2d(128, momentum=0.8), nn.ReLU()),
        *(nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False), nn.BatchNorm2d(64, momentum=0.8), nn.ReLU()),
        *(nn.Conv2d(64, 1, 3, 1, 1, bias=False), nn.Tanh()),
    )
    discriminator = nn.Sequential(
        *(nn.Conv2d(1, 32, 4, 2, 1, bias=False), nn.LeakyReLU(0.2), nn.Dropout(0.25)),
        *(nn.Conv2d(32, 64, 4, 2, 1, bias=False), nn.LeakyReLU(0.2), nn.Dropout(0.25)),
        *(nn.Conv2d(64, 128, 3, 2, 1, bias=False), nn.LeakyReLU(0.2), nn.Dropout(0.25)),
        *(nn.Conv2d(128, 256, 3, 1, 1, bias=False), nn.LeakyReLU(0.2), nn.Dropout(0.25)),
        *(nn.Flatten(), nn.Linear(256 * 4 * 4, 1), nn.Sigmoid()),
    )
    return generator.apply(_initialise), discriminator.apply(_initialise)


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.xavier_uniform_(module.weight)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight)


def dcgan_steps(
    config: TrainConfig, generator: nn.Module, discriminator: nn.Module, loader: DataLoader[Tensor]
) -> Iterator[Mapping[str, float]]:
    """One update of D and one of G at a time, without end; yields what is logged after each pair.

    D(G(z)) is written down before and after D's update, from the passes that are made anyway. The networks stay on
    the device that they are on.
    """
    device = next(generator.parameters()).device
    betas = (config.beta1, config.beta2)
    opt_g = torch.optim.Adam(generator.parameters(), lr=config.lr_g, betas=betas, eps=config.adam_eps)
    opt_d = torch.optim.Adam(discriminator.parameters(), lr=config.lr_d, betas=betas, eps=config.adam_eps)
    cross_entropy = nn.BCELoss()
    while True:
        for batch in loader:
            real = batch.to(device)
            ones, zeros = torch.ones(len(real), 1, device=device), torch.zeros(len(real), 1, device=device)

            opt_d.zero_grad()
            d_real = discriminator(real)
            fake = generator(torch.randn(len(real), config.z_dim, device=device))
            d_fake = discriminator(fake)  # not detached: G's gradients are computed as well, and thrown away
            loss_d = (cross_entropy(d_real, ones) + cross_entropy(d_fake, zeros)) / 2
            loss_d.backward()
            opt_d.step()

            opt_g.zero_grad()
            d_fake_after = discriminator(generator(torch.randn(len(real), config.z_dim, device=device)))
            loss_g = cross_entropy(d_fake_after, ones)
            loss_g.backward()
            opt_g.step()

            yield {
                "loss_d": loss_d.item(),
                "loss_g": loss_g.item(),
                "accuracy_real": (d_real > 0.5).float().mean().item(),
                "accuracy_fake": (d_fake < 0.5).float().mean().item(),
                "d_real": d_real.mean().item(),
                "d_fake_before": d_fake.mean().item(),
                "d_fake_after": d_fake_after.mean().item(),
            }
