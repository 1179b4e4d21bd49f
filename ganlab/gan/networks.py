"""Generators and discriminators, and one table of them.

A generator maps z (N, z_dim) to images (N, C, size, size) in [−1, 1]; a discriminator maps
images to raw scores (N,). No discriminator has a sigmoid or batch norm inside.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ganlab.config import InitName, NetworkName, TrainConfig
from ganlab.errors import ConfigError


#: Of one example: (C, H, W) of square images, or (2,) for points of the plane.
Shape = tuple[int, ...]


class Dropout(nn.Module):
    """Dropout that draws from a generator of its own, not from torch's global one.

    x: any shape. Active in training mode only.
    """

    def __init__(self, share: float, rng: torch.Generator) -> None:
        super().__init__()
        self.share = share
        self.rng = rng

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.share == 0:
            return x
        keep = torch.empty_like(x).bernoulli_(1 - self.share, generator=self.rng)
        return x * keep / (1 - self.share)


class Generator(nn.Module):
    """A first linear layer to (channels, base, base), then a body to the image (Radford et al. 2015).

    `first` is apart because Explore finds its directions there.
    """

    def __init__(self, z_dim: int, channels: int, base: int, body: nn.Sequential) -> None:
        super().__init__()
        self.first = nn.Linear(z_dim, channels * base * base)
        self.body = body
        self.shape = (channels, base, base)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.body(self.first(z).unflatten(1, self.shape))


class Discriminator(nn.Module):
    """A body of convolutions and a dense head on its flattened features; raw scores (N,).

    hidden: units of a layer between features and score; 0 has none. It sees the whole image at once, where
    strided convolutions on small images see strokes: on 16×16 digits the samples' shapes hold together sooner.
    """

    def __init__(self, body: nn.Sequential, features: int, hidden: int) -> None:
        super().__init__()
        self.body = body
        self.head: nn.Module = (
            nn.Sequential(nn.Linear(features, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, 1))
            if hidden
            else nn.Linear(features, 1)
        )

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.head(self.body(images).flatten(1)).squeeze(1)


def dcgan(config: TrainConfig, shape: Shape, dropout_rng: torch.Generator) -> tuple[nn.Module, nn.Module]:
    """The DCGAN pair (Radford et al. 2015) scaled to small images.

    Strided 4×4 convolutions from the image down to 4×4 (16, 32 …) or 7×7 (28), and the mirror image
    upwards; `width` channels at the highest resolution, doubled at each halving.
    """
    halvings = _halvings(shape[-1])
    base = shape[-1] >> halvings
    widths = [config.width << level for level in range(halvings)]
    return (
        Generator(config.z_dim, widths[-1], base, _up_body(widths, shape[0])),
        Discriminator(
            _down_body(widths, shape[0], config.dropout, dropout_rng),
            features=widths[-1] * base * base,
            hidden=config.head_width,
        ),
    )


def _halvings(size: int) -> int:
    """Halvings from `size` down to 4 (powers of two) or 7 (28)."""
    return int(math.log2(size // 4)) if size & (size - 1) == 0 else int(math.log2(size // 7))


def _up_body(widths: list[int], channels: int) -> nn.Sequential:
    layers: list[nn.Module] = [nn.BatchNorm2d(widths[-1]), nn.ReLU()]
    for wide, narrow in zip(widths[:0:-1], widths[-2::-1], strict=True):
        layers += [nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU()]
    return nn.Sequential(*layers, nn.ConvTranspose2d(widths[0], channels, 4, 2, 1), nn.Tanh())


def _down_body(widths: list[int], channels: int, dropout: float, rng: torch.Generator) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, after in zip([channels, *widths], widths, strict=False):
        layers += [nn.Conv2d(before, after, 4, 2, 1), nn.LeakyReLU(0.2), Dropout(dropout, rng)]
    return nn.Sequential(*layers)


def dcgan_article(config: TrainConfig, shape: Shape, dropout_rng: torch.Generator) -> tuple[nn.Module, nn.Module]:
    """The pair of the third article (DCGAN on MNIST), 28×28.

    G: linear to 128·7·7, transposed convolutions to 128 and 64 channels, convolution to the image, batch norm
    between. D: 3×3 convolutions to 32, 64, 128, 256 channels, the first three strided, LeakyReLU 0.2, dropout, dense.
    """
    up = nn.Sequential(
        nn.BatchNorm2d(128),
        nn.ReLU(),
        nn.ConvTranspose2d(128, 128, 4, 2, 1, bias=False),
        nn.BatchNorm2d(128),
        nn.ReLU(),
        nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.Conv2d(64, shape[0], 3, 1, 1),
        nn.Tanh(),
    )
    down: list[nn.Module] = []
    channels = [shape[0], 32, 64, 128, 256]
    for before, after, stride in zip(channels, channels[1:], (2, 2, 2, 1), strict=False):
        down += [nn.Conv2d(before, after, 3, stride, 1), nn.LeakyReLU(0.2), Dropout(config.dropout, dropout_rng)]
    discriminator = Discriminator(nn.Sequential(*down), features=256 * 4 * 4, hidden=config.head_width)
    return Generator(config.z_dim, 128, 7, up), discriminator


@dataclass(frozen=True)
class Network:
    """A row of the table: a builder (on torch's current device, weights not yet meaningful) and the sizes it makes."""

    title: str
    build: Callable[[TrainConfig, Shape, torch.Generator], tuple[nn.Module, nn.Module]]
    sizes: tuple[int, ...]


NETWORKS: dict[NetworkName, Network] = {
    "dcgan": Network("DCGAN, small images", dcgan, sizes=(16, 28)),
    "dcgan-article": Network("DCGAN of the MNIST article", dcgan_article, sizes=(28,)),
}


def check_network(config: TrainConfig, shape: Shape) -> None:
    """Raises ConfigError when the network does not make examples of this shape, with the reason."""
    sizes = NETWORKS[config.network].sizes
    size = shape[-1]
    if size not in sizes:
        fitting = [name for name, row in NETWORKS.items() if size in row.sizes]
        made = " or ".join(f"{side}×{side}" for side in sizes)
        raise ConfigError(
            f"network {config.network!r} makes {made} images, the dataset has {size}×{size}: "
            f"choose network {' or '.join(fitting)}"
        )


def build_networks(
    config: TrainConfig,
    shape: Shape,
    *,
    class_count: int = 0,
    init_rng: torch.Generator,
    dropout_rng: torch.Generator,
    device: torch.device,
) -> tuple[nn.Module, nn.Module]:
    """G and D on `device`, initialised from `init_rng` (a CPU generator) alone.

    class_count: classes of the dataset, for conditional networks. Raises ConfigError.
    """
    check_network(config, shape)
    # On the meta device the constructors' own initialisation draws nothing from the global generator.
    with torch.device("meta"):
        pair = NETWORKS[config.network].build(config, shape, dropout_rng)
    for net in pair:
        net.to_empty(device="cpu")
        initialise(net, config.init, init_rng)
        net.to(device)
    return pair


def build_generator(config: TrainConfig, shape: Shape, *, class_count: int = 0) -> nn.Module:
    """A generator without meaningful weights, in eval mode, to load some into."""
    with torch.device("meta"):
        generator, _ = NETWORKS[config.network].build(config, shape, torch.Generator())
    return generator.to_empty(device="cpu").eval().requires_grad_(False)


@torch.no_grad()
def initialise(net: nn.Module, scheme: InitName, rng: torch.Generator) -> None:
    """Fill every weight, bias and running statistic of `net` in place, drawing from `rng`."""
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.weight.normal_(1, 0.02, generator=rng) if scheme == "normal" else module.weight.fill_(1)
            module.bias.zero_()
        elif isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            _INITIALISERS[scheme](module.weight, rng)
            if module.bias is not None:
                _bias(module, scheme, rng)


def _bias(module: nn.Linear | nn.Conv2d | nn.ConvTranspose2d, scheme: InitName, rng: torch.Generator) -> None:
    assert module.bias is not None
    if scheme == "torch":
        bound = 1 / math.sqrt(_fan_in(module.weight))
        module.bias.uniform_(-bound, bound, generator=rng)
    else:
        module.bias.zero_()


def _fan_in(weight: Tensor) -> int:
    return nn.init._calculate_fan_in_and_fan_out(weight)[0]


_INITIALISERS: dict[InitName, Callable[[Tensor, torch.Generator], Tensor]] = {
    "normal": lambda weight, rng: weight.normal_(0, 0.02, generator=rng),
    "xavier": lambda weight, rng: nn.init.xavier_uniform_(weight, generator=rng),
    "torch": lambda weight, rng: nn.init.kaiming_uniform_(weight, a=math.sqrt(5), generator=rng),
}
