"""The table of networks, and the one way to build from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch

from ganlab.config import NetworkName, TrainConfig
from ganlab.errors import ConfigError
from ganlab.gan.networks.article import KERAS, PYTORCH, dcgan_article, dcgan_small
from ganlab.gan.networks.dcgan import dcgan
from ganlab.gan.networks.initialise import initialise
from ganlab.gan.networks.mlp import mlp
from ganlab.gan.networks.pair import Discriminator, Generator
from ganlab.gan.networks.parts import Shape
from ganlab.gan.networks.resnet import resnet
from ganlab.gan.networks.spectral import spectral

#: (config, shape, classes or 0, generator for dropout) → G and D.
Builder = Callable[[TrainConfig, Shape, int, torch.Generator], tuple[Generator, Discriminator]]


@dataclass(frozen=True)
class Network:
    """A row of the table: a builder (on torch's current device, weights not yet meaningful) and what it makes.

    sizes: pixels per side of the images; points: whether it makes points of the plane as well.
    """

    title: str
    description: str
    build: Builder
    sizes: tuple[int, ...]
    points: bool = False


NETWORKS: dict[NetworkName, Network] = {
    "dcgan": Network(
        "DCGAN",
        "Strided convolutions, as many as the image has halvings. At 64 px and width 128 it has the paper's channels; "
        "kernels are 4×4, the authors' 5×5. "
        "Source: Radford et al. 2015.",
        dcgan,
        sizes=(16, 28, 32, 48, 64, 96, 128, 256),
    ),
    "dcgan-article": Network(
        "DCGAN of the MNIST article",
        "The layers that the article on MNIST wrote out in PyTorch: 128, 128 and 64 channels up, 32 to 256 down.",
        partial(dcgan_article, code=PYTORCH),
        sizes=(28,),
    ),
    "dcgan-article-keras": Network(
        "DCGAN of the MNIST article, in Keras",
        "The same in Keras: kernels of 3×3 throughout, and another momentum of the batch norms.",
        partial(dcgan_article, code=KERAS),
        sizes=(28,),
    ),
    "dcgan-small": Network(
        "Small DCGAN of the TensorFlow article",
        "What worked on MNIST where the paper's network did not: 256, 128 and 64 channels, and the mirror image.",
        dcgan_small,
        sizes=(28,),
    ),
    "resnet": Network(
        "Residual network",
        "Blocks with a shortcut around two convolutions. Sources: Gulrajani et al. 2017, Miyato et al. 2018.",
        resnet,
        sizes=(32, 48, 64, 96, 128),
    ),
    "mlp": Network(
        "Multi-layer perceptron",
        "Linear layers alone: for points of the plane, and to see what convolutions are good for. "
        "Source: Goodfellow et al. 2014.",
        mlp,
        sizes=(16, 28, 32, 48, 64),
        points=True,
    ),
}


def check_network(config: TrainConfig, shape: Shape, class_count: int | None = None) -> None:
    """Raises ConfigError when the network does not make examples of this shape, with the reason and a way out.

    class_count: classes of the dataset, 0 when it has none; None: not known yet, nothing is said about them.
    """
    if len(shape) == 1 and not NETWORKS[config.network].points:
        fitting = [repr(name) for name, row in NETWORKS.items() if row.points]
        raise ConfigError(
            f"network {config.network!r} makes images, dataset {config.dataset!r} has points: "
            f"choose network {_any_of(fitting)}"
        )
    if len(shape) == 3:
        _check_size(config, shape[-1])
    if config.head == "mean" and config.network != "mlp":
        _check_mean(config)
    for side, norm in (("norm_g", config.norm_g), ("norm_d", config.norm_d)):
        if config.network == "mlp" and norm == "instance":
            raise ConfigError(
                f"{side} 'instance' is a mean over the positions of a map, and network 'mlp' has no maps: "
                f"choose {side} 'layer', 'batch', 'spectral' or 'none'"
            )
    if config.conditional and class_count == 0:
        raise ConfigError(
            f"conditional is true, but dataset {config.dataset!r} has no classes: "
            "choose a dataset with classes, or set conditional to false"
        )


def _check_mean(config: TrainConfig) -> None:
    """Head 'mean' has no weights: neither those of a hidden layer nor vectors for the classes."""
    for name, nothing in (("head_width", 0), ("conditional", False)):
        value = getattr(config, name)
        if value:
            raise ConfigError(
                f"{name} is {str(value).lower()}, but head 'mean' has no weights: "
                f"choose head 'pool' or 'dense', or set {name} to {str(nothing).lower()}"
            )


def _check_size(config: TrainConfig, size: int) -> None:
    sizes = NETWORKS[config.network].sizes
    if size in sizes:
        return
    fitting: list[str] = [name for name, row in NETWORKS.items() if size in row.sizes]
    ways = [f"network {_any_of(fitting)}"] if fitting else []
    ways.append(f"image_size {_any_of([str(side) for side in sizes])}")
    raise ConfigError(
        f"network {config.network!r} makes {_any_of([f'{side}×{side}' for side in sizes])} images, "
        f"dataset {config.dataset!r} has {size}×{size}: choose {', or '.join(ways)}"
    )


def _any_of(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def build_networks(
    config: TrainConfig,
    shape: Shape,
    *,
    class_count: int = 0,
    init_rng: torch.Generator,
    dropout_rng: torch.Generator,
    device: torch.device,
) -> tuple[Generator, Discriminator]:
    """G and D on `device`, initialised from `init_rng` (a CPU generator) alone.

    class_count: classes of the dataset, for conditional networks. Raises ConfigError.
    """
    pair = build_meta(config, shape, class_count=class_count, dropout_rng=dropout_rng)
    for net in pair:
        net.to_empty(device="cpu")
        initialise(net, config.init, init_rng)
        net.to(device)
    return pair


def build_generator(config: TrainConfig, shape: Shape, *, class_count: int = 0) -> Generator:
    """A generator without meaningful weights, in eval mode, to load some into. Raises ConfigError."""
    generator, _ = build_meta(config, shape, class_count=class_count)
    return generator.to_empty(device="cpu").eval().requires_grad_(False)


def build_meta(
    config: TrainConfig, shape: Shape, *, class_count: int = 0, dropout_rng: torch.Generator | None = None
) -> tuple[Generator, Discriminator]:
    """G and D as shapes without numbers, on torch's meta device, which costs no memory. Raises ConfigError."""
    check_network(config, shape, class_count)
    # There the constructors' own initialisation draws nothing from the global generator.
    with torch.device("meta"):
        row = NETWORKS[config.network]
        pair = row.build(config, shape, class_count * config.conditional, dropout_rng or torch.Generator("cpu"))
        for net, norm in zip(pair, (config.norm_g, config.norm_d), strict=True):
            if norm == "spectral":
                spectral(net)
    return pair
