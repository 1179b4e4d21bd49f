"""What the networks are built of: norms, up-sampling, dropout, and how many channels where."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from ganlab.config import NormName, TrainConfig
from ganlab.gan.networks.thin import Conv2d, ConvTranspose2d

#: Of one example: (C, H, W) of square images, or (2,) for points of the plane.
Shape = tuple[int, ...]

MOST_CHANNELS = 1024


class Dropout(nn.Module):
    """Dropout that draws from a generator of its own, not from torch's global one.

    x: any shape. Active in training mode only. `share` counts to the nearest of 65,536 parts.
    """

    def __init__(self, share: float, rng: torch.Generator) -> None:
        super().__init__()
        self.share = share
        self.rng = rng

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.share == 0:
            return x
        return x * self._kept(x) / (1 - self.share)

    def _kept(self, x: Tensor) -> Tensor:
        """1 where a number stays and 0 where it is dropped, of x's shape, type and layout.

        16 random bits decide, and one draw of 64 serves four numbers: ten times as fast as torch's `bernoulli_`,
        which took an eighth of a step of the recipe dcgan-mnist.
        """
        draws = torch.empty(-(-x.numel() // 4), dtype=torch.int64, device=x.device)
        bits = draws.random_(-(2**63), None, generator=self.rng).view(torch.int16)[: x.numel()]
        kept = bits.ge_(round(65_536 * self.share) - 32_768)
        return torch.empty_like(x).copy_(kept.view(x.shape))


class LeakyReLU(nn.LeakyReLU):
    """torch's, without the zeros that its second derivative sends back through the whole network.

    Its slope is constant on either side of 0, so where a penalty differentiates a gradient there is nothing to pass
    on to x; torch computes and passes on zeros all the same, which cost a WGAN-GP step a seventh of its work.
    """

    def forward(self, input: Tensor) -> Tensor:
        if not torch.is_grad_enabled():
            return super().forward(input)
        return cast(Tensor, _LeakyReLU.apply(input, self.negative_slope))


class _LeakyReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, slope: float) -> Tensor:
        ctx.save_for_backward(x)
        ctx.slope = slope
        return functional.leaky_relu(x, slope)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (x,), (grad,) = ctx.saved_tensors, grads
        if x.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last):
            # A dense head hands its gradient back in the other layout, and going through both at once is slow.
            grad = grad.contiguous(memory_format=torch.channels_last)
        return torch.ops.aten.leaky_relu_backward(grad, x.detach(), ctx.slope, False), None


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
        return [ConvTranspose2d(before, after, kernel, 2, 1, output_padding=more, bias=bias)]
    nearest = nn.Upsample(size=size) if size else nn.Upsample(scale_factor=2)
    return [nearest, Conv2d(before, after, 3, 1, 1, bias=bias)]
