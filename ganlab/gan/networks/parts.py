"""What the networks are built of: norms, up-sampling, and how many channels where."""

from __future__ import annotations

from torch import nn

from ganlab.config import NormName, TrainConfig
from ganlab.gan.networks import fast

#: Of one example: (C, H, W) of square images, or (2,) for points of the plane.
Shape = tuple[int, ...]

MOST_CHANNELS = 1024


def halvings_of(size: int) -> int:
    """How often an image is halved on the way to the smallest map, which has 4, 6 or 7 pixels per side."""
    return 0 if size <= 7 else 1 + halvings_of(size // 2)


def channels_of(width: int, levels: int) -> list[int]:
    """Channels from the highest resolution down: doubled at each halving, and never more than 1,024."""
    return [min(width << level, MOST_CHANNELS) for level in range(levels)]


def norm_2d(name: NormName, channels: int, *, momentum: float = 0.1, eps: float = 1e-5) -> list[nn.Module]:
    """What stands after a convolution: one layer or none. Spectral norm is on the weights instead (`spectral`).

    momentum, eps: of batch norm; momentum is the share of the newest batch in the running statistics.
    layer: over channels and positions, as one group (Wu & He 2018); each has a scale and a shift per channel.
    """
    if name == "batch":
        return [nn.BatchNorm2d(channels, momentum=momentum, eps=eps)]
    if name == "layer":
        return [nn.GroupNorm(1, channels)]
    return [nn.InstanceNorm2d(channels, affine=True)] if name == "instance" else []


def norm_1d(name: NormName, units: int) -> list[nn.Module]:
    """What stands after a linear layer: one layer or none. There is no instance norm without positions."""
    assert name != "instance", "check_network refuses it"
    if name == "batch":
        return [nn.BatchNorm1d(units)]
    return [nn.LayerNorm(units)] if name == "layer" else []


def has_bias(norm: NormName) -> bool:
    """Whether a layer before this norm has a bias: batch and instance norm take a channel's mean away again."""
    return norm not in ("batch", "instance")


def enlarge(
    config: TrainConfig, before: int, after: int, *, bias: bool = True, size: int = 0, kernel: int = 4
) -> list[nn.Module]:
    """From one map to the next larger one by `config.upsample`: twice the side, or from 4 to `size` 7 with kernel 3.

    kernel: 3 or 4, of a transposed convolution.
    """
    if config.upsample == "transposed":
        more = 0 if size else 4 - kernel
        return [fast.ConvTranspose2d(before, after, kernel, 2, 1, output_padding=more, bias=bias)]
    nearest = nn.Upsample(size=size) if size else nn.Upsample(scale_factor=2)
    return [nearest, fast.Conv2d(before, after, 3, 1, 1, bias=bias)]
