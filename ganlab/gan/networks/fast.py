"""torch's layers, with torch's names, made faster for GANs."""

from __future__ import annotations

import math
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd import Function

from ganlab.gan.ranks import ALONE

#: Channels of an image. Libraries work on 16 or more at a time, so that one to an image costs as much as 16: on a CPU
#: in bfloat16 the slopes at D's input took a tenth of a WGAN-GP step for a fiftieth of its arithmetic. Here such a
#: convolution is one matrix product, with the kernel's positions in place of channels: a position (i, j) of the kernel
#: is a plane, the image moved by (i, j).
_THIN = 3


class Dropout(nn.Module):
    """Dropout with its own random generator, not torch's global one.

    x: any shape. Active in training mode only. `share` counts to the nearest of 65,536 parts.
    """

    def __init__(self, share: float, rng: torch.Generator) -> None:
        super().__init__()
        self.share = share
        self.rng = rng
        self.ranks = ALONE

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.share == 0:
            return x
        return x * self._kept(x) / (1 - self.share)

    def _kept(self, x: Tensor) -> Tensor:
        """1 where a number stays and 0 where it is dropped, of x's shape, type and layout.

        16 random bits decide, and one draw of 64 serves four numbers: ten times as fast as torch's `bernoulli_`,
        which took an eighth of a step of the recipe dcgan-mnist.
        """
        shape = (len(x) * self.ranks.count, *x.shape[1:])
        count = math.prod(shape)
        draws = torch.empty(-(-count // 4), dtype=torch.int64, device=x.device)
        bits = draws.random_(-(2**63), None, generator=self.rng).view(torch.int16)[:count]
        kept = bits.ge_(round(65_536 * self.share) - 32_768)
        return torch.empty_like(x).copy_(self.ranks.share(kept.view(shape)))


class LeakyReLU(nn.LeakyReLU):
    """torch's, but its second derivative sends no zeros back through the network.

    The slope is constant on either side of 0, so where a penalty differentiates a gradient there is nothing to pass on
    to x. torch computes those zeros all the same, which cost a WGAN-GP step a seventh of its work.
    """

    def forward(self, input: Tensor) -> Tensor:
        if not torch.is_grad_enabled():
            return super().forward(input)
        return cast(Tensor, _LeakyReLU.apply(input, self.negative_slope))


class _LeakyReLU(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, slope: float) -> Tensor:
        ctx.save_for_backward(x)
        ctx.slope = slope
        return F.leaky_relu(x, slope)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (x,), (grad,) = ctx.saved_tensors, grads
        if x.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last):
            # A dense head hands its gradient back in the other layout, and going through both at once is slow.
            grad = grad.contiguous(memory_format=torch.channels_last)
        return torch.ops.aten.leaky_relu_backward(grad, x.detach(), ctx.slope, False), None


class Conv2d(nn.Conv2d):
    """torch's, but one matrix product where an image goes in or comes out, in 16 bits on a CPU."""

    def forward(self, input: Tensor) -> Tensor:
        if not _in_16_bits(input) or min(self.in_channels, self.out_channels) > _THIN:
            return super().forward(input)
        stride, padding = self.stride[0], cast(int, self.padding[0])
        if self.in_channels <= _THIN:
            return _from_image(input, self.weight, self.bias, stride, padding)
        if stride > 1:
            return super().forward(input)
        # A convolution with stride 1 is a transposed one with the kernel turned round.
        kernel = self.weight.flip(2, 3).transpose(0, 1)
        size = input.shape[-1] + 2 * padding - kernel.shape[-1] + 1
        return _to_image(input, kernel, self.bias, 1, kernel.shape[-1] - 1 - padding, size)


class ConvTranspose2d(nn.ConvTranspose2d):
    """torch's, but one matrix product where an image comes out, in 16 bits on a CPU."""

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        if not _in_16_bits(input) or self.out_channels > _THIN:
            return super().forward(input, output_size)
        stride, padding = self.stride[0], cast(int, self.padding[0])
        size = (input.shape[-1] - 1) * stride - 2 * padding + self.kernel_size[0] + self.output_padding[0]
        return _to_image(input, self.weight, self.bias, stride, padding, size)


def _in_16_bits(x: Tensor) -> bool:
    return x.device.type == "cpu" and torch.is_autocast_enabled("cpu")


def _from_image(x: Tensor, kernel: Tensor, bias: Tensor | None, stride: int, padding: int) -> Tensor:
    """x: (N, C, H, H); kernel: (O, C, k, k). Returns (N, O, h, h), channels last."""
    planes: Tensor = _Gather.apply(x, kernel.shape[-1], stride, padding)
    count, side = planes.shape[3:5]
    pixels, kernel = planes.flatten(3).flatten(0, 2).t(), kernel.flatten(1).t()
    scores = pixels @ kernel if bias is None else torch.addmm(bias, pixels, kernel)
    return scores.view(count, side, side, -1).permute(0, 3, 1, 2)


def _to_image(x: Tensor, kernel: Tensor, bias: Tensor | None, stride: int, padding: int, size: int) -> Tensor:
    """x: (N, I, h, h); kernel: (I, C, k, k), that of a transposed convolution. Returns (N, C, size, size), float32."""
    count, channels, side, _ = x.shape
    pixels = x.permute(0, 2, 3, 1).reshape(-1, channels)
    planes = (kernel.flatten(1).t() @ pixels.t()).view(*kernel.shape[1:], count, side, side)
    image: Tensor = _Scatter.apply(planes, stride, padding, size)
    return image if bias is None else image + bias.view(-1, 1, 1)


class _Gather(Function):
    """What each position of a kernel sees of an image: (N, C, H, H) → bfloat16 (C, k, k, N, h, h)."""

    @staticmethod
    def forward(ctx: Any, image: Tensor, side: int, stride: int, padding: int) -> Tensor:
        ctx.how = stride, padding, image.shape[-1]
        padded = F.pad(image.bfloat16(), (padding,) * 4)
        return padded.unfold(2, side, stride).unfold(3, side, stride).permute(1, 4, 5, 0, 2, 3).contiguous()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        return _Scatter.apply(grads[0], *ctx.how), None, None, None


class _Scatter(Function):
    """The reverse: adds up, in float32, what each position of a kernel gives: (C, k, k, N, h, h) → (N, C, H, H)."""

    @staticmethod
    def forward(ctx: Any, planes: Tensor, stride: int, padding: int, size: int) -> Tensor:
        channels, side, _, count, small, _ = planes.shape
        ctx.how = side, stride, padding
        reach, wide = stride * (small - 1) + 1, size + 2 * padding
        rows = torch.zeros(channels, side, count, small, wide, device=planes.device)
        for j, plane in enumerate(planes.float().unbind(2)):
            rows[..., j : j + reach : stride] += plane
        padded = torch.zeros(channels, count, wide, wide, device=planes.device)
        for i, row in enumerate(rows.unbind(1)):
            padded[:, :, i : i + reach : stride] += row
        return padded[:, :, padding : padding + size, padding : padding + size].transpose(0, 1).contiguous()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        return _Gather.apply(grads[0], *ctx.how), None, None, None
