"""The DCGAN pair, scaled by its depth."""

from __future__ import annotations

import torch
from torch import nn

from ganlab.config import TrainConfig
from ganlab.gan.networks import fast
from ganlab.gan.networks.pair import Discriminator, Generator
from ganlab.gan.networks.parts import Shape, channels_of, enlarge, halvings_of, has_bias, norm_2d


def dcgan(
    config: TrainConfig, shape: Shape, class_count: int, dropout_rng: torch.Generator
) -> tuple[Generator, Discriminator]:
    """The DCGAN pair (Radford et al. 2015); at 64 px and width 128 it has the paper's channels.

    Strided convolutions from the image down to 4×4, 6×6 (48, 96 px) or 7×7 (28 px), and the mirror image upwards;
    `width` channels at the highest resolution, doubled at each halving up to 1,024. Kernels are 4×4, the authors'
    5×5. As in the paper there is no norm at the image's side: neither before G's tanh nor after D's first convolution.
    """
    halvings = halvings_of(shape[-1])
    widths = channels_of(config.width, halvings)
    smallest = (widths[-1], shape[-1] >> halvings, shape[-1] >> halvings)
    up = _up_body(config, widths, shape[0])
    return (
        Generator(config.z_dim, smallest, up, class_count, bias=has_bias(config.norm_g)),
        Discriminator(config, _down_body(config, widths, shape[0], dropout_rng), smallest, class_count, dropout_rng),
    )


def _up_body(config: TrainConfig, widths: list[int], channels: int) -> nn.Sequential:
    norm = config.norm_g
    layers: list[nn.Module] = [*norm_2d(norm, widths[-1]), nn.ReLU()]
    for wide, narrow in zip(widths[:0:-1], widths[-2::-1], strict=True):
        layers += [*enlarge(config, wide, narrow, bias=has_bias(norm)), *norm_2d(norm, narrow), nn.ReLU()]
    return nn.Sequential(*layers, *enlarge(config, widths[0], channels), nn.Tanh())


def _down_body(config: TrainConfig, widths: list[int], channels: int, rng: torch.Generator) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, after in zip([channels, *widths], widths, strict=False):
        norm = config.norm_d if layers else "none"
        layers += [fast.Conv2d(before, after, 4, 2, 1, bias=has_bias(norm)), *norm_2d(norm, after)]
        layers += [fast.LeakyReLU(config.slope), fast.Dropout(config.dropout, rng)]
    return nn.Sequential(*layers)
