"""The DCGAN pair, scaled by its depth."""

from __future__ import annotations

import math

import torch
from torch import nn

from ganlab.config import TrainConfig
from ganlab.gan.networks.pair import Discriminator, Generator
from ganlab.gan.networks.parts import Dropout, Shape


def dcgan(config: TrainConfig, shape: Shape, dropout_rng: torch.Generator) -> tuple[nn.Module, nn.Module]:
    """The DCGAN pair (Radford et al. 2015) scaled to small images.

    Strided 4×4 convolutions from the image down to 4×4 (16, 32 …) or 7×7 (28), and the mirror image
    upwards; `width` channels at the highest resolution, doubled at each halving.
    """
    halvings = _halvings(shape[-1])
    base = shape[-1] >> halvings
    widths = [config.width << level for level in range(halvings)]
    return (
        Generator(config.z_dim, widths[-1], base, _up_body(widths, shape[0])),
        Discriminator(
            _down_body(widths, shape[0], config.dropout, dropout_rng),
            features=widths[-1] * base * base,
            hidden=config.head_width,
        ),
    )


def _halvings(size: int) -> int:
    """Halvings from `size` down to 4 (powers of two) or 7 (28)."""
    return int(math.log2(size // 4)) if size & (size - 1) == 0 else int(math.log2(size // 7))


def _up_body(widths: list[int], channels: int) -> nn.Sequential:
    layers: list[nn.Module] = [nn.BatchNorm2d(widths[-1]), nn.ReLU()]
    for wide, narrow in zip(widths[:0:-1], widths[-2::-1], strict=True):
        layers += [nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU()]
    return nn.Sequential(*layers, nn.ConvTranspose2d(widths[0], channels, 4, 2, 1), nn.Tanh())


def _down_body(widths: list[int], channels: int, dropout: float, rng: torch.Generator) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, after in zip([channels, *widths], widths, strict=False):
        layers += [nn.Conv2d(before, after, 4, 2, 1), nn.LeakyReLU(0.2), Dropout(dropout, rng)]
    return nn.Sequential(*layers)
