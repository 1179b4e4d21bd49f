"""The residual pair of WGAN-GP and SNGAN."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganlab.config import NormName, TrainConfig
from ganlab.gan.networks import fast
from ganlab.gan.networks.pair import Discriminator, Generator
from ganlab.gan.networks.parts import Shape, channels_of, halvings_of, has_bias, norm_2d


class Residual(nn.Module):
    """The sum of what a branch and its shortcut make of x."""

    def __init__(self, branch: nn.Sequential, shortcut: nn.Sequential) -> None:
        super().__init__()
        self.branch = branch
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)


def resnet(
    config: TrainConfig, shape: Shape, class_count: int, dropout_rng: torch.Generator
) -> tuple[Generator, Discriminator]:
    """The residual pair of WGAN-GP (Gulrajani et al. 2017) and SNGAN (Miyato et al. 2018).

    G: linear to the smallest map (4×4, or 6×6 at 48 and 96 px), a block for each doubling, norm, ReLU, convolution,
    tanh. D: a block for each halving down to the smallest map, then one that keeps the size; at 32 px, as in both
    papers, two that halve and two that keep 8×8. A last activation stands before the head.
    Channels: at 32 px `width` everywhere; above, `width` at the highest resolution, doubled at each halving up to
    1,024. The papers' D has plain ReLUs (slope 0) and pools in its head; SNGAN sums where we take the mean.
    D's first block has no norm.
    """
    size, halvings = shape[-1], halvings_of(shape[-1])
    widths = [config.width] * halvings if size == 32 else channels_of(config.width, halvings)
    base = size >> halvings
    last = (widths[-1], 8, 8) if size == 32 else (widths[-1], base, base)
    up = _up_body(config, widths, shape[0])
    return (
        Generator(config.z_dim, (widths[-1], base, base), up, class_count, bias=has_bias(config.norm_g)),
        Discriminator(config, _down_body(config, widths, shape, dropout_rng), last, class_count, dropout_rng),
    )


def _up_body(config: TrainConfig, widths: list[int], channels: int) -> nn.Sequential:
    falling = widths[::-1]
    blocks = [_up(config.norm_g, before, after) for before, after in zip([falling[0], *falling], falling, strict=False)]
    last = [*norm_2d(config.norm_g, widths[0]), nn.ReLU(), fast.Conv2d(widths[0], channels, 3, 1, 1), nn.Tanh()]
    return nn.Sequential(*blocks, *last)


def _up(norm: NormName, before: int, after: int) -> Residual:
    """To twice the side.

    What a bias adds to a channel goes through all later shortcuts, where only norms and the last layers' norm see it.
    """
    bias = has_bias(norm)
    branch = nn.Sequential(
        *norm_2d(norm, before),
        nn.ReLU(),
        nn.Upsample(scale_factor=2),
        fast.Conv2d(before, after, 3, 1, 1, bias=bias),
        *norm_2d(norm, after),
        nn.ReLU(),
        fast.Conv2d(after, after, 3, 1, 1, bias=bias),
    )
    # The papers enlarge first: the same function at four times the cost.
    return Residual(branch, nn.Sequential(fast.Conv2d(before, after, 1, bias=bias), nn.Upsample(scale_factor=2)))


def _down_body(config: TrainConfig, widths: list[int], shape: Shape, rng: torch.Generator) -> nn.Sequential:
    blocks: list[nn.Module] = [_first_down(config, shape[0], widths[0]), fast.Dropout(config.dropout, rng)]
    halving = widths[1:2] if shape[-1] == 32 else widths[1:]
    keeping = widths[-2:] if shape[-1] == 32 else widths[-1:]
    before = widths[0]
    for after, halves in [*((each, True) for each in halving), *((each, False) for each in keeping)]:
        blocks += [_down(config, before, after, halves=halves), fast.Dropout(config.dropout, rng)]
        before = after
    return nn.Sequential(*blocks, fast.LeakyReLU(config.slope))


def _first_down(config: TrainConfig, channels: int, width: int) -> Residual:
    """To half the side, without an activation or norm on the image itself."""
    branch = nn.Sequential(
        fast.Conv2d(channels, width, 3, 1, 1),
        fast.LeakyReLU(config.slope),
        fast.Conv2d(width, width, 3, 1, 1),
        nn.AvgPool2d(2),
    )
    return Residual(branch, nn.Sequential(nn.AvgPool2d(2), fast.Conv2d(channels, width, 1)))


def _down(config: TrainConfig, before: int, after: int, *, halves: bool) -> Residual:
    """To half the side, or of the same size with the input itself as shortcut where channels allow."""
    norm = config.norm_d
    branch = nn.Sequential(
        *norm_2d(norm, before),
        fast.LeakyReLU(config.slope),
        fast.Conv2d(before, before, 3, 1, 1, bias=has_bias(norm)),
        *norm_2d(norm, before),
        fast.LeakyReLU(config.slope),
        fast.Conv2d(before, after, 3, 1, 1),
    )
    shortcut = nn.Sequential()
    if halves:
        branch.append(nn.AvgPool2d(2))
        # The papers pool last: the same function at four times the cost.
        shortcut.append(nn.AvgPool2d(2))
    if halves or before != after:
        shortcut.append(fast.Conv2d(before, after, 1))
    return Residual(branch, shortcut)
