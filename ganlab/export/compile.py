"""From a generator to its program: one rule for each kind of layer, then what can be folded away is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ganlab.errors import GanlabError
from ganlab.export.program import Kind, Op, Program
from ganlab.gan.networks import Generator
from ganlab.gan.networks.resnet import Residual

Shape = tuple[int, ...]


def program_of(generator: nn.Module) -> Program:
    """The program of a generator in eval mode, on any device.

    Raises GanlabError for a layer that is not among the rules below.
    """
    assert isinstance(generator, Generator) and not generator.training, "a generator in eval mode is wanted"
    writer = _Writer()
    embed = generator.embed
    z_dim = generator.first.in_features - (embed.embedding_dim if embed else 0)
    value, shape = 0, (z_dim,)
    if embed is not None:
        value, shape = writer.add("embed", (0,), (z_dim + embed.embedding_dim,), embed.weight)
    value, shape = _linear(writer, generator.first, value, shape)
    value, shape = writer.reshape(value, generator.shape)
    _write(writer, generator.body, value, shape)
    ops = _without_upsampling(_without_scales(writer.ops))
    return Program(z_dim, embed.num_embeddings if embed else 0, tuple(ops))


class _Writer:
    """The operations so far; the number of a value is its place in the list, plus one."""

    def __init__(self) -> None:
        self.ops: list[Op] = []

    def add(
        self, kind: Kind, inputs: tuple[int, ...], shape: Shape, *weights: Tensor, **settings: float
    ) -> tuple[int, Shape]:
        """Number and shape of the new value."""
        arrays = tuple(weight.detach().cpu().float().contiguous().numpy() for weight in weights)
        self.ops.append(Op(kind, inputs, tuple(shape), arrays, settings))
        return len(self.ops), tuple(shape)

    def reshape(self, value: int, shape: Shape) -> tuple[int, Shape]:
        """A linear layer's outputs take any shape at once."""
        op = self.ops[value - 1]
        assert op.kind == "linear" and value == len(self.ops), "only a linear layer's outputs are reshaped"
        self.ops[-1] = replace(op, shape=tuple(shape))
        return value, tuple(shape)


def _write(writer: _Writer, layer: nn.Module, value: int, shape: Shape) -> tuple[int, Shape]:
    """Write a layer; number and shape of its output."""
    for kind, rule in RULES:
        if isinstance(layer, kind):
            return rule(writer, layer, value, shape)
    raise GanlabError(
        f"a generator with a layer {type(layer).__name__} cannot be taken away yet: export it as safetensors instead"
    )


def _sequence(writer: _Writer, layers: nn.Sequential, value: int, shape: Shape) -> tuple[int, Shape]:
    for layer in layers:
        value, shape = _write(writer, layer, value, shape)
    return value, shape


def _residual(writer: _Writer, block: Residual, value: int, shape: Shape) -> tuple[int, Shape]:
    branch, after = _write(writer, block.branch, value, shape)
    shortcut, _ = _write(writer, block.shortcut, value, shape)
    return writer.add("add", (branch, shortcut), after)


def _bias(layer: nn.Linear | nn.Conv2d | nn.ConvTranspose2d, outputs: int) -> Tensor:
    return layer.bias if layer.bias is not None else torch.zeros(outputs)  # pyright: ignore[reportUnnecessaryComparison]


def _linear(writer: _Writer, layer: nn.Linear, value: int, shape: Shape) -> tuple[int, Shape]:
    return writer.add("linear", (value,), (layer.out_features,), layer.weight, _bias(layer, layer.out_features))


def _convolve(writer: _Writer, layer: nn.Conv2d, value: int, shape: Shape) -> tuple[int, Shape]:
    (side, _), (padding, _) = layer.kernel_size, cast(tuple[int, int], layer.padding)
    assert layer.stride == (1, 1) and side == 2 * padding + 1, "generators convolve to maps of the same size"
    bias = _bias(layer, layer.out_channels)
    return writer.add("convolve", (value,), (layer.out_channels, *shape[1:]), layer.weight, bias, padding=padding)


def _enlarge(writer: _Writer, layer: nn.ConvTranspose2d, value: int, shape: Shape) -> tuple[int, Shape]:
    assert layer.stride == (2, 2) and layer.padding == (1, 1), "generators double maps"
    bias, (more, _) = _bias(layer, layer.out_channels), cast(tuple[int, int], layer.output_padding)
    kernel = F.pad(layer.weight, (0, more, 0, more))  # a kernel with a row of zeros more makes the row that is padded
    side = 2 * (shape[-1] - 1) + kernel.shape[-1] - 2
    return writer.add("enlarge", (value,), (layer.out_channels, side, side), kernel, bias)


def _nearest(writer: _Writer, layer: nn.Upsample, value: int, shape: Shape) -> tuple[int, Shape]:
    assert layer.mode == "nearest"
    side = layer.size if layer.size is not None else shape[-1] * cast(float, layer.scale_factor)
    side = int(cast(float, side))
    return writer.add("nearest", (value,), (shape[0], side, side))


def _batch_norm(writer: _Writer, layer: _BatchNorm, value: int, shape: Shape) -> tuple[int, Shape]:
    """With the averages of training it is a factor and a shift for each channel."""
    mean, variance = cast(Tensor, layer.running_mean).double(), cast(Tensor, layer.running_var).double()
    factor = layer.weight.double() / (variance + layer.eps).sqrt()
    return writer.add("scale", (value,), shape, factor, layer.bias.double() - mean * factor)


def _normalise(groups: Callable[[Shape], int]) -> Callable[..., tuple[int, Shape]]:
    def rule(
        writer: _Writer, layer: nn.GroupNorm | nn.LayerNorm | nn.InstanceNorm2d, value: int, shape: Shape
    ) -> tuple[int, Shape]:
        return writer.add("normalise", (value,), shape, layer.weight, layer.bias, groups=groups(shape), eps=layer.eps)

    return rule


def _leaky(writer: _Writer, layer: nn.ReLU | nn.LeakyReLU, value: int, shape: Shape) -> tuple[int, Shape]:
    slope = layer.negative_slope if isinstance(layer, nn.LeakyReLU) else 0.0
    return writer.add("leaky", (value,), shape, slope=slope)


#: Kind of layer → how it is written, the first that fits.
RULES: list[tuple[type[nn.Module], Callable[..., tuple[int, Shape]]]] = [
    (nn.Sequential, _sequence),
    (Residual, _residual),
    (nn.Linear, _linear),
    (nn.Conv2d, _convolve),
    (nn.ConvTranspose2d, _enlarge),
    (nn.Upsample, _nearest),
    (_BatchNorm, _batch_norm),
    (nn.GroupNorm, _normalise(lambda shape: 1)),
    (nn.LayerNorm, _normalise(lambda shape: 1)),
    (nn.InstanceNorm2d, _normalise(lambda shape: shape[0])),
    (nn.ReLU, _leaky),
    (nn.LeakyReLU, _leaky),
    (nn.Tanh, lambda writer, layer, value, shape: writer.add("tanh", (value,), shape)),
    (nn.Unflatten, lambda writer, layer, value, shape: writer.reshape(value, tuple(layer.unflattened_size))),
]


def _fold(ops: list[Op], merged: Callable[[Op, Op, Shape], Op | None]) -> list[Op]:
    """Replace pairs of operations, the second of which is the only one to see the first's value, by one.

    merged: (first, second, shape that the first sees) → their merger, or None where there is none.
    """
    kept: list[Op] = []
    number = {0: 0}  # of each value, in the new list
    for place, op in enumerate(ops):
        inputs = tuple(number[value] for value in op.inputs)
        alone = sum(value in other.inputs for value in op.inputs for other in ops) == 1
        first = kept[inputs[0] - 1] if alone and inputs[0] == len(kept) and kept else None
        seen = kept[first.inputs[0] - 1].shape if first and first.inputs[0] else ()
        both = merged(first, op, seen) if first else None
        if both is not None:
            kept[-1] = both
        else:
            kept.append(replace(op, inputs=inputs))
        number[place + 1] = len(kept)
    return kept


def _without_scales(ops: list[Op]) -> list[Op]:
    """Scales behind a layer with weights go into these."""

    def merged(first: Op, second: Op, seen: Shape) -> Op | None:
        if second.kind != "scale" or first.kind not in ("linear", "convolve", "enlarge"):
            return None
        factor, shift = (weight.astype(np.float64) for weight in second.weights)
        weight, bias = first.weights
        if first.kind == "linear":  # a channel's factor holds at each of its positions
            factor, shift = (each.repeat(math.prod(first.shape[1:])) for each in (factor, shift))
        across = 1 if first.kind == "enlarge" else 0
        scaled = weight * np.expand_dims(factor, [axis for axis in range(weight.ndim) if axis != across])
        return replace(first, weights=(scaled.astype(np.float32), (bias * factor + shift).astype(np.float32)))

    return _fold(ops, merged)


def _without_upsampling(ops: list[Op]) -> list[Op]:
    """Nearest up-sampling to twice the side and a 3×3 convolution are one transposed 4×4 convolution.

    Each output pixel sees 2×2 input pixels through sums of the kernel's entries: 16 products where there were 36.
    """

    def merged(first: Op, second: Op, seen: Shape) -> Op | None:
        if (first.kind, second.kind) != ("nearest", "convolve") or second.settings["padding"] != 1:
            return None
        if first.shape[-1] != 2 * seen[-1]:
            return None
        kernel, bias = second.weights
        flipped = kernel.transpose(1, 0, 2, 3)[..., ::-1, ::-1].astype(np.float64)
        whole = np.zeros((*flipped.shape[:2], 4, 4))
        for down in range(2):
            for right in range(2):
                whole[..., down : down + 3, right : right + 3] += flipped
        return Op("enlarge", first.inputs, second.shape, (whole.astype(np.float32), bias))

    return _fold(ops, merged)
