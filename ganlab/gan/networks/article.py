"""The pairs that the articles wrote out layer by layer, 28×28."""

from __future__ import annotations

import torch
from torch import nn

from ganlab.config import TrainConfig
from ganlab.gan.networks.pair import Discriminator, Generator
from ganlab.gan.networks.parts import Dropout, LeakyReLU, Shape, enlarge, has_bias, norm_2d
from ganlab.gan.networks.thin import Conv2d


def dcgan_article(
    config: TrainConfig, shape: Shape, class_count: int, dropout_rng: torch.Generator
) -> tuple[Generator, Discriminator]:
    """The pair of the third article (DCGAN on MNIST).

    G: linear to 128·7·7, up to 128 and 64 channels, convolution to the image, a norm between. D: 3×3 convolutions
    to 32, 64, 128, 256 channels, the first three strided, leaky ReLU, dropout; no norm after the first.
    """
    norm, bias = config.norm_g, has_bias(config.norm_g)
    up = nn.Sequential(
        *norm_2d(norm, 128),
        nn.ReLU(),
        *enlarge(config, 128, 128, bias=bias),
        *norm_2d(norm, 128),
        nn.ReLU(),
        *enlarge(config, 128, 64, bias=bias),
        *norm_2d(norm, 64),
        nn.ReLU(),
        Conv2d(64, shape[0], 3, 1, 1),
        nn.Tanh(),
    )
    down = _down(config, [(shape[0], 32, 3, 2), (32, 64, 3, 2), (64, 128, 3, 2), (128, 256, 3, 1)], dropout_rng)
    return (
        Generator(config.z_dim, (128, 7, 7), up, class_count, bias=bias),
        Discriminator(config, down, (256, 4, 4), class_count, dropout_rng),
    )


def dcgan_small(
    config: TrainConfig, shape: Shape, class_count: int, dropout_rng: torch.Generator
) -> tuple[Generator, Discriminator]:
    """The pair that worked in the fourth article (DCGAN in TensorFlow).

    G: linear to 256·4·4, up to 128·7·7, 64·14·14 and the image, a norm between. D: the mirror image, strided
    convolutions to 64·14·14, 128·7·7, 256·4·4; no norm after the first.
    """
    norm, bias = config.norm_g, has_bias(config.norm_g)
    up = nn.Sequential(
        *norm_2d(norm, 256),
        nn.ReLU(),
        *enlarge(config, 256, 128, bias=bias, size=7, kernel=3),
        *norm_2d(norm, 128),
        nn.ReLU(),
        *enlarge(config, 128, 64, bias=bias),
        *norm_2d(norm, 64),
        nn.ReLU(),
        *enlarge(config, 64, shape[0]),
        nn.Tanh(),
    )
    down = _down(config, [(shape[0], 64, 4, 2), (64, 128, 4, 2), (128, 256, 3, 2)], dropout_rng)
    return (
        Generator(config.z_dim, (256, 4, 4), up, class_count, bias=bias),
        Discriminator(config, down, (256, 4, 4), class_count, dropout_rng),
    )


def _down(config: TrainConfig, layers: list[tuple[int, int, int, int]], rng: torch.Generator) -> nn.Sequential:
    """layers: (channels before, channels after, kernel, stride) of each convolution."""
    body: list[nn.Module] = []
    for before, after, kernel, stride in layers:
        norm = config.norm_d if body else "none"
        body += [Conv2d(before, after, kernel, stride, 1, bias=has_bias(norm)), *norm_2d(norm, after)]
        body += [LeakyReLU(config.slope), Dropout(config.dropout, rng)]
    return nn.Sequential(*body)
