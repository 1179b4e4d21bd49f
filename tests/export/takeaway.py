"""What the tests of exports share: generators that behave as if they were trained, of every network and setting."""

from __future__ import annotations

from itertools import product
from typing import Any

import torch
from tiny import tiny
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ganlab.explore import Loaded
from ganlab.gan.networks import NETWORKS, Generator, Shape, build_networks

#: Every network at every size that it makes, in colour, and points.
EVERY: list[tuple[str, Shape]] = [(name, (3, size, size)) for name, row in NETWORKS.items() for size in row.sizes]
EVERY += [("mlp", (2,))]
SMALL = [(name, shape) for name, shape in EVERY if shape[-1] <= 32]

#: Settings of G that change its layers.
VARIANTS: list[dict[str, Any]] = [
    {},
    {"norm_g": "none"},
    {"norm_g": "layer"},
    {"norm_g": "instance"},
    {"norm_g": "spectral"},
    {"upsample": "resize"},
    {"conditional": True},
]


#: Every small network with every setting that suits it.
CASES = [
    (network, shape, settings)
    for (network, shape), settings in product(SMALL, VARIANTS)
    if not (network == "mlp" and settings.get("norm_g") == "instance")
]
#: One of each network and of each setting; the rest is slow.
FEW = [
    ("dcgan", (3, 28, 28), {"conditional": True}),
    ("dcgan", (3, 32, 32), {"upsample": "resize"}),
    ("dcgan-article", (3, 28, 28), {"norm_g": "spectral"}),
    ("dcgan-article-keras", (3, 28, 28), {}),
    ("dcgan-small", (3, 28, 28), {}),
    ("dcgan-small", (3, 28, 28), {"upsample": "resize"}),
    ("resnet", (3, 32, 32), {}),
    ("resnet", (3, 32, 32), {"norm_g": "layer"}),
    ("resnet", (3, 32, 32), {"norm_g": "instance"}),
    ("mlp", (3, 16, 16), {"norm_g": "layer", "conditional": True}),
    ("mlp", (2,), {}),
]


def generator_of(network: str, shape: Shape, *, class_count: int = 10, **settings: Any) -> Generator:
    """A generator in eval mode; its norms have averages, factors and shifts as after some training."""
    config = tiny(network=network, **settings)
    rng = torch.Generator().manual_seed(3)
    generator, _ = build_networks(
        config,
        shape,
        class_count=class_count if config.conditional else 0,
        init_rng=rng,
        dropout_rng=torch.Generator(),
        device=torch.device("cpu"),
    )
    for layer in generator.modules():
        if isinstance(layer, (_BatchNorm, nn.GroupNorm, nn.LayerNorm, nn.InstanceNorm2d)):
            _wear_in(layer, rng)
    return generator.eval().requires_grad_(False)


@torch.no_grad()
def _wear_in(layer: nn.Module, rng: torch.Generator) -> None:
    for name, value in [*layer.named_parameters(), *layer.named_buffers()]:
        if value.is_floating_point():
            noise = torch.randn(value.shape, generator=rng) * 0.2
            value.add_(noise) if name != "running_var" else value.mul_(noise.exp() * 0.3)


def latents_for(generator: Generator, count: int, class_count: int = 10, seed: int = 5) -> tuple[Tensor, Tensor | None]:
    """Latents, and labels in turn where the generator wants them."""
    conditional = generator.embed is not None
    z_dim = generator.first.in_features - (generator.embed.embedding_dim if generator.embed is not None else 0)
    z = torch.randn(count, z_dim, generator=torch.Generator().manual_seed(seed))
    return z, torch.arange(count) % class_count if conditional else None


def loaded_of(
    network: str = "dcgan", shape: Shape = (1, 16, 16), *, dataset: str = "digits", **settings: Any
) -> Loaded:
    """As from a run on the digits, which are 16×16."""
    generator = generator_of(network, shape, **settings)
    config = tiny(network=network, dataset=dataset, **settings)
    classes = generator.embed.num_embeddings if generator.embed is not None else 0
    return Loaded("run 'a-run'", config, 500, "average", generator, classes)
