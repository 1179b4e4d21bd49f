"""The pair without convolutions, for points of the plane and for small images."""

from __future__ import annotations

import math

import torch
from torch import nn

from ganlab.config import TrainConfig
from ganlab.gan.networks import fast
from ganlab.gan.networks.pair import Discriminator, Generator
from ganlab.gan.networks.parts import Shape, has_bias, norm_1d


def mlp(
    config: TrainConfig, shape: Shape, class_count: int, dropout_rng: torch.Generator
) -> tuple[Generator, Discriminator]:
    """`depth` hidden layers of `width` units each in G (ReLU) and in D (leaky ReLU), a norm after each.

    The first GANs were such pairs (Goodfellow et al. 2014). G ends in tanh for images, and linearly for points,
    which have no bounds.
    """
    bias_g, bias_d = has_bias(config.norm_g), has_bias(config.norm_d)
    up: list[nn.Module] = [*norm_1d(config.norm_g, config.width), nn.ReLU()]
    for _ in range(config.depth - 1):
        up += [nn.Linear(config.width, config.width, bias=bias_g), *norm_1d(config.norm_g, config.width), nn.ReLU()]
    up += [nn.Linear(config.width, math.prod(shape))]
    up += [nn.Unflatten(1, shape), nn.Tanh()] if len(shape) == 3 else []

    down: list[nn.Module] = [nn.Flatten()]
    for before in [math.prod(shape), *[config.width] * (config.depth - 1)]:
        down += [nn.Linear(before, config.width, bias=bias_d), *norm_1d(config.norm_d, config.width)]
        down += [fast.LeakyReLU(config.slope), fast.Dropout(config.dropout, dropout_rng)]
    return (
        Generator(config.z_dim, (config.width,), nn.Sequential(*up), class_count, bias=bias_g),
        Discriminator(config, nn.Sequential(*down), (config.width,), class_count, dropout_rng),
    )
