"""Which common loop a recipe is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from benchmarks.loops.dcgan import article_pair, dcgan_steps
from benchmarks.loops.pictures import loader_of
from benchmarks.loops.wgan_gp import wgan_gp_steps
from ganlab.config import TrainConfig
from ganlab.gan.networks import build_networks, fast


@dataclass(frozen=True)
class CommonLoop:
    """A loop and the networks that it trains. steps: endless; each item is what was logged of one update of G."""

    title: str
    generator: nn.Module
    discriminator: nn.Module
    steps: Iterator[Mapping[str, float]]


def common_loop(config: TrainConfig, examples: Tensor, device: torch.device) -> CommonLoop | None:
    """The loop that people would use for this method; None where none is written here.

    examples: uint8 (N, C, H, W) on the CPU. The weights and all else are drawn from torch's global generator.
    """
    if examples.dim() != 4 or config.conditional or config.prior != "normal":
        return None
    if (config.network, config.loss, config.penalty) == ("dcgan-article", "non-saturating", "none"):
        pair = article_pair(config.z_dim)
        title, steps = "the article's loop", dcgan_steps
    elif (config.loss, config.penalty) == ("wasserstein", "gradient"):
        rngs = torch.Generator().manual_seed(0), torch.Generator(device).manual_seed(0)
        pair = build_networks(config, tuple(examples.shape[1:]), init_rng=rngs[0], dropout_rng=rngs[1], device=device)
        _put_torch_activations(pair[1])
        title, steps = "common loop", wgan_gp_steps
    else:
        return None
    generator, discriminator = pair[0].to(device), pair[1].to(device)
    loader = loader_of(examples, config)
    return CommonLoop(title, generator, discriminator, steps(config, generator, discriminator, loader))


def _put_torch_activations(net: nn.Module) -> None:
    """torch's own LeakyReLU in place of ganlab's, which spares a penalty some work."""
    for parent in list(net.modules()):
        for name, child in parent.named_children():
            if isinstance(child, fast.LeakyReLU):
                setattr(parent, name, nn.LeakyReLU(child.negative_slope))
