"""What the tests of networks share: every network at every size, built small, and things to feed them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganlab.config import TrainConfig
from ganlab.gan.networks import NETWORKS, Discriminator, Generator, Shape, build_networks

#: Every network with every shape that it makes, of 1 and of 3 channels.
NETS: list[tuple[str, Shape]] = [
    (name, (channels, size, size)) for name, row in NETWORKS.items() for size in row.sizes for channels in (1, 3)
]
NETS += [(name, (2,)) for name, row in NETWORKS.items() if row.points]


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def build(config: TrainConfig, shape: Shape, seed: int = 0, class_count: int = 0) -> tuple[Generator, Discriminator]:
    """Both networks; one seed, one pair."""
    return build_networks(
        config,
        shape,
        class_count=class_count,
        init_rng=rng(seed),
        dropout_rng=rng(seed + 1),
        device=torch.device("cpu"),
    )


def latents(count: int, z_dim: int = 3, seed: int = 0) -> Tensor:
    """As long as those of a tiny config."""
    return torch.randn(count, z_dim, generator=rng(seed))


def examples(shape: Shape, count: int = 4, seed: int = 0) -> Tensor:
    """Noise in [−1, 1]."""
    return torch.rand(count, *shape, generator=rng(seed)) * 2 - 1


def outputs(net: nn.Module, kind: type[nn.Module], size: Shape) -> list[Shape]:
    """Output shapes of the layers of a kind in one forward pass, in order; size: of what goes in."""
    found: list[Shape] = []
    hooks = [
        part.register_forward_hook(lambda module, given, out: found.append(tuple(out.shape[1:])))
        for part in net.modules()
        if isinstance(part, kind)
    ]
    device = next(net.parameters()).device
    net.eval()(torch.zeros(1, *size, device=device))
    for hook in hooks:
        hook.remove()
    return found
