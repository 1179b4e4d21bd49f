"""The pairs that the articles wrote out layer by layer."""

from __future__ import annotations

import torch
from torch import nn

from ganlab.config import TrainConfig
from ganlab.gan.networks.pair import Discriminator, Generator
from ganlab.gan.networks.parts import Dropout, Shape


def dcgan_article(config: TrainConfig, shape: Shape, dropout_rng: torch.Generator) -> tuple[nn.Module, nn.Module]:
    """The pair of the third article (DCGAN on MNIST), 28×28.

    G: linear to 128·7·7, transposed convolutions to 128 and 64 channels, convolution to the image, batch norm
    between. D: 3×3 convolutions to 32, 64, 128, 256 channels, the first three strided, LeakyReLU 0.2, dropout, dense.
    """
    up = nn.Sequential(
        nn.BatchNorm2d(128),
        nn.ReLU(),
        nn.ConvTranspose2d(128, 128, 4, 2, 1, bias=False),
        nn.BatchNorm2d(128),
        nn.ReLU(),
        nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.Conv2d(64, shape[0], 3, 1, 1),
        nn.Tanh(),
    )
    down: list[nn.Module] = []
    channels = [shape[0], 32, 64, 128, 256]
    for before, after, stride in zip(channels, channels[1:], (2, 2, 2, 1), strict=False):
        down += [nn.Conv2d(before, after, 3, stride, 1), nn.LeakyReLU(0.2), Dropout(config.dropout, dropout_rng)]
    discriminator = Discriminator(nn.Sequential(*down), features=256 * 4 * 4, hidden=config.head_width)
    return Generator(config.z_dim, 128, 7, up), discriminator
