"""What a pair of networks consists of: layers, output shapes, parameters and the work that one example takes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ganlab.config import TrainConfig
from ganlab.gan.networks import Shape, build_meta, fast

if TYPE_CHECKING:
    from torchinfo.layer_info import LayerInfo


@dataclass(frozen=True)
class Layer:
    """A row: the layer's place in the network, what it is, and what it gives for one example.

    flops: 2 × the multiply-adds with its weights; norms, activations and additions count nothing.
    """

    name: str
    kind: str
    output: Shape
    parameters: int
    flops: int


@dataclass(frozen=True)
class Layers:
    """The layers of one network in the order of its forward pass, without those that do nothing."""

    rows: tuple[Layer, ...]

    @property
    def parameters(self) -> int:
        """Trainable numbers."""
        return sum(row.parameters for row in self.rows)

    @property
    def flops(self) -> int:
        """Of one example's forward pass: 2 × multiply-adds."""
        return sum(row.flops for row in self.rows)


@dataclass(frozen=True)
class NetworkSummary:
    """Both networks of a config."""

    generator: Layers
    discriminator: Layers


def summarise(config: TrainConfig, shape: Shape, class_count: int = 0) -> NetworkSummary:
    """The layers of the config's networks for examples of this shape. Raises ConfigError.

    Costs some milliseconds and no memory at any size, since nothing is computed but shapes (torch's meta device);
    the first call of a process takes a second, in which torch gets ready for that.
    """
    labels = torch.empty(1, dtype=torch.int64, device="meta")
    inputs = (config.z_dim,), shape
    # Spectral norm adds no layer and no trained number, and would cost most of the time here.
    plain = {side: "none" for side in ("norm_g", "norm_d") if getattr(config, side) == "spectral"}
    pair = build_meta(config.model_copy(update=plain), shape, class_count=class_count)
    layers = [
        _layers(net, torch.empty(1, *size, device="meta"), labels) for net, size in zip(pair, inputs, strict=True)
    ]
    return NetworkSummary(*layers)


def _layers(net: nn.Module, example: Tensor, labels: Tensor) -> Layers:
    from torchinfo import summary

    found = summary(net, input_data=[example, labels], mode="eval", verbose=0)
    return Layers(tuple(_rows(found.summary_list)))


def _rows(found: list[LayerInfo]) -> Iterator[Layer]:
    for info in found:
        idle = isinstance(info.module, (nn.Sequential, nn.Flatten, nn.Unflatten)) or (
            isinstance(info.module, fast.Dropout) and info.module.share == 0
        )
        if info.is_leaf_layer and not idle:
            output = tuple(info.output_size[1:])
            yield Layer(_name(info), _kind(info.module), output, info.num_params, _flops(info))


def _name(info: LayerInfo) -> str:
    """Dotted, as in the network's state: body.3"""
    parent = _name(info.parent_info) if info.parent_info is not None and info.parent_info.depth else ""
    return f"{parent}.{info.var_name}".removeprefix(".")


def _kind(module: nn.Module) -> str:
    """The class, with a convolution's kernel and stride: Conv2d 4×4, stride 2"""
    kind = type(module).__name__
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        kind += f" {module.kernel_size[0]}×{module.kernel_size[1]}"
        kind += f", stride {module.stride[0]}" if module.stride[0] != 1 else ""
    return kind


def _flops(info: LayerInfo) -> int:
    """torchinfo's own count is not used: it takes a transposed convolution's output positions for its input's."""
    module = info.module
    if isinstance(module, nn.Linear):
        return 2 * module.weight.numel()
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        positions = info.input_size[2:] if isinstance(module, nn.ConvTranspose2d) else info.output_size[2:]
        return 2 * module.weight.numel() * math.prod(positions)
    return 0
