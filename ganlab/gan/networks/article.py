"""The pairs that the articles wrote out layer by layer, 28×28."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from ganlab.config import TrainConfig
from ganlab.gan.networks import fast
from ganlab.gan.networks.pair import Discriminator, Generator
from ganlab.gan.networks.parts import Shape, enlarge, has_bias, norm_2d


@dataclass(frozen=True)
class Code:
    """What the third article's two codes differ in.

    up, down: kernels of G's transposed and of D's convolutions; momentum, eps: of batch norm, as `norm_2d` has them.
    """

    up: int
    down: tuple[int, int, int, int]
    momentum: float
    eps: float


PYTORCH = Code(4, (4, 4, 3, 3), momentum=0.8, eps=1e-5)
KERAS = Code(3, (3, 3, 3, 3), momentum=0.2, eps=1e-3)


def dcgan_article(
    config: TrainConfig, shape: Shape, class_count: int, dropout_rng: torch.Generator, *, code: Code
) -> tuple[Generator, Discriminator]:
    """The pair of the third article (DCGAN on MNIST).

    G: linear to 128·7·7 without a norm, up to 128 and 64 channels with one, convolution to the image. D: convolutions
    to 32, 64, 128, 256 channels, the first three strided, leaky ReLU, dropout; no norm after the first. No convolution
    has a bias.
    """

    def doubled(before: int, after: int) -> list[nn.Module]:
        norm = norm_2d(config.norm_g, after, momentum=code.momentum, eps=code.eps)
        return [*enlarge(config, before, after, bias=False, kernel=code.up), *norm, nn.ReLU()]

    last = fast.Conv2d(64, shape[0], 3, 1, 1, bias=False)
    up = nn.Sequential(nn.ReLU(), *doubled(128, 128), *doubled(128, 64), last, nn.Tanh())
    widths, strides = (shape[0], 32, 64, 128, 256), (2, 2, 2, 1)
    layers = list(zip(widths, widths[1:], code.down, strides, strict=False))
    down = _down(config, layers, dropout_rng, bias=False)
    return (
        Generator(config.z_dim, (128, 7, 7), up, class_count),
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


def _down(
    config: TrainConfig, layers: list[tuple[int, int, int, int]], rng: torch.Generator, *, bias: bool = True
) -> nn.Sequential:
    """layers: (channels before, channels after, kernel, stride) of each convolution; bias: whether it may have one."""
    body: list[nn.Module] = []
    for before, after, kernel, stride in layers:
        norm = config.norm_d if body else "none"
        body += [fast.Conv2d(before, after, kernel, stride, 1, bias=bias and has_bias(norm)), *norm_2d(norm, after)]
        body += [fast.LeakyReLU(config.slope), fast.Dropout(config.dropout, rng)]
    return nn.Sequential(*body)
