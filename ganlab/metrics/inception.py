"""The network that FID is named after: Inception v3 as it was exported with its weights in December 2015.

Szegedy et al. 2016 (arXiv 1512.00567) built it, Heusel et al. 2017 (arXiv 1706.08500) measured by it. It differs from
torchvision's: 1,008 outputs, no auxiliary head, averages that do not count the border, and a last block that pools by
the maximum. Layers have the names of the published weights (`inception_weights.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

#: Numbers that it sees of an image before its last layer, and outputs of that layer.
FEATURES, OUTPUTS = 2048, 1008
SIDE = 299


@dataclass(frozen=True)
class _Layer:
    """A convolution. At a stride of 1 the map keeps its size, unless it is `bare` of a border."""

    name: str
    width: int
    kernel: tuple[int, int] = (1, 1)
    stride: int = 1
    bare: bool = False

    @property
    def border(self) -> tuple[int, int]:
        return (0, 0) if self.stride > 1 or self.bare else (self.kernel[0] // 2, self.kernel[1] // 2)


#: Layers in order; a tuple among them, the last, splits into layers beside each other.
_Branch = tuple["_Layer | tuple[_Layer, ...]", ...]
_THREE, _FIVE, _WIDE, _TALL = (3, 3), (5, 5), (1, 7), (7, 1)


class _Convolution(nn.Module):
    """Without a bias, normalised over the batches that it was trained on, ReLU."""

    def __init__(self, layer: _Layer, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, layer.width, layer.kernel, layer.stride, layer.border, bias=False)
        self.bn = nn.BatchNorm2d(layer.width, eps=1e-3)

    def forward(self, maps: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(maps)), inplace=True)


class _Mixed(nn.Module):
    """Branches beside each other, whose maps are put one behind the other.

    pool: how the last branch begins: "mean" over 3×3 of what lies within the map, "max" over the same, or "halve", the
    maximum at every second place.
    """

    def __init__(self, channels: int, pool: str, *branches: _Branch) -> None:
        super().__init__()
        self._pool, self._branches = pool, branches
        for branch in branches:
            width = channels
            for step in branch:
                beside = step if isinstance(step, tuple) else (step,)
                for layer in beside:
                    self.add_module(layer.name, _Convolution(layer, width))
                width = sum(layer.width for layer in beside)

    def forward(self, maps: Tensor) -> Tensor:
        found = []
        for branch in self._branches:
            some = self._pooled(maps) if branch is self._branches[-1] else maps
            for step in branch:
                beside = step if isinstance(step, tuple) else (step,)
                parts = [self.get_submodule(layer.name)(some) for layer in beside]
                some = parts[0] if len(parts) == 1 else torch.cat(parts, 1)
            found.append(some)
        return torch.cat(found, 1)

    def _pooled(self, maps: Tensor) -> Tensor:
        if self._pool == "halve":
            return F.max_pool2d(maps, 3, 2)
        if self._pool == "max":
            return F.max_pool2d(maps, 3, 1, 1)
        return F.avg_pool2d(maps, 3, 1, 1, count_include_pad=False)


def _fives(channels: int, pooled: int) -> _Mixed:
    return _Mixed(
        channels,
        "mean",
        (_Layer("branch1x1", 64),),
        (_Layer("branch5x5_1", 48), _Layer("branch5x5_2", 64, _FIVE)),
        (
            _Layer("branch3x3dbl_1", 64),
            _Layer("branch3x3dbl_2", 96, _THREE),
            _Layer("branch3x3dbl_3", 96, _THREE),
        ),
        (_Layer("branch_pool", pooled),),
    )


def _first_halving() -> _Mixed:
    return _Mixed(
        288,
        "halve",
        (_Layer("branch3x3", 384, _THREE, 2),),
        (
            _Layer("branch3x3dbl_1", 64),
            _Layer("branch3x3dbl_2", 96, _THREE),
            _Layer("branch3x3dbl_3", 96, _THREE, 2),
        ),
        (),
    )


def _sevens(between: int) -> _Mixed:
    return _Mixed(
        768,
        "mean",
        (_Layer("branch1x1", 192),),
        (
            _Layer("branch7x7_1", between),
            _Layer("branch7x7_2", between, _WIDE),
            _Layer("branch7x7_3", 192, _TALL),
        ),
        (
            _Layer("branch7x7dbl_1", between),
            _Layer("branch7x7dbl_2", between, _TALL),
            _Layer("branch7x7dbl_3", between, _WIDE),
            _Layer("branch7x7dbl_4", between, _TALL),
            _Layer("branch7x7dbl_5", 192, _WIDE),
        ),
        (_Layer("branch_pool", 192),),
    )


def _second_halving() -> _Mixed:
    return _Mixed(
        768,
        "halve",
        (_Layer("branch3x3_1", 192), _Layer("branch3x3_2", 320, _THREE, 2)),
        (
            _Layer("branch7x7x3_1", 192),
            _Layer("branch7x7x3_2", 192, _WIDE),
            _Layer("branch7x7x3_3", 192, _TALL),
            _Layer("branch7x7x3_4", 192, _THREE, 2),
        ),
        (),
    )


def _splits(channels: int, pool: str) -> _Mixed:
    return _Mixed(
        channels,
        pool,
        (_Layer("branch1x1", 320),),
        (
            _Layer("branch3x3_1", 384),
            (_Layer("branch3x3_2a", 384, (1, 3)), _Layer("branch3x3_2b", 384, (3, 1))),
        ),
        (
            _Layer("branch3x3dbl_1", 448),
            _Layer("branch3x3dbl_2", 384, _THREE),
            (_Layer("branch3x3dbl_3a", 384, (1, 3)), _Layer("branch3x3dbl_3b", 384, (3, 1))),
        ),
        (_Layer("branch_pool", 192),),
    )


class Inception(nn.Module):
    """Images (N, 3, 299, 299), as `prepared` makes them, → features (N, 2048) and logits (N, 1008).

    The logits are those without the last layer's bias, of which the Inception score is taken.
    """

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = _Convolution(_Layer("", 32, _THREE, 2), 3)
        self.Conv2d_2a_3x3 = _Convolution(_Layer("", 32, _THREE, bare=True), 32)
        self.Conv2d_2b_3x3 = _Convolution(_Layer("", 64, _THREE), 32)
        self.Conv2d_3b_1x1 = _Convolution(_Layer("", 80), 64)
        self.Conv2d_4a_3x3 = _Convolution(_Layer("", 192, _THREE, bare=True), 80)
        self.Mixed_5b = _fives(192, 32)
        self.Mixed_5c = _fives(256, 64)
        self.Mixed_5d = _fives(288, 64)
        self.Mixed_6a = _first_halving()
        self.Mixed_6b = _sevens(128)
        self.Mixed_6c = _sevens(160)
        self.Mixed_6d = _sevens(160)
        self.Mixed_6e = _sevens(192)
        self.Mixed_7a = _second_halving()
        self.Mixed_7b = _splits(1280, "mean")
        self.Mixed_7c = _splits(2048, "max")
        self.fc = nn.Linear(FEATURES, OUTPUTS)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        maps = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(images)))
        maps = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(F.max_pool2d(maps, 3, 2)))
        maps = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(F.max_pool2d(maps, 3, 2))))
        maps = self.Mixed_6e(self.Mixed_6d(self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(maps)))))
        features = self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(maps))).mean((2, 3))
        return features, features @ self.fc.weight.T


def prepared(images: Tensor) -> Tensor:
    """Images (N, 1 or 3, S, S) in [−1, 1] as the network takes them: (N, 3, 299, 299).

    They are rounded to whole grey values from 0 to 255, as those of a file would be, enlarged, and scaled by
    (x − 128) / 128. Grey ones become three equal channels.
    """
    whole = (images.float().clamp(-1, 1) * 127.5 + 127.5).round()
    return (resized(whole.expand(-1, 3, -1, -1), SIDE) - 128) / 128


def resized(images: Tensor, side: int) -> Tensor:
    """Images (N, C, H, W) at side × side by TensorFlow 1's bilinear rule, which the weights were measured with.

    A place of the result lies at that place × in / out of the source, without the usual shift by half a pixel; it is
    mixed of the pixel there and the next one, or the last one again.
    """
    return _along(_along(images, 2, side), 3, side)


def _along(images: Tensor, dim: int, side: int) -> Tensor:
    last = images.shape[dim] - 1
    places = torch.arange(side, device=images.device, dtype=torch.float32) * ((last + 1) / side)
    below = places.floor().long()
    share = (places - below).view(-1, *(1,) * (3 - dim))
    low, high = (images.index_select(dim, at) for at in (below, (below + 1).clamp(max=last)))
    return low + (high - low) * share
