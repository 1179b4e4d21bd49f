"""The table of networks, and the one way to build from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from ganlab.config import NetworkName, TrainConfig
from ganlab.errors import ConfigError
from ganlab.gan.networks.article import dcgan_article
from ganlab.gan.networks.dcgan import dcgan
from ganlab.gan.networks.initialise import initialise
from ganlab.gan.networks.parts import Shape


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
