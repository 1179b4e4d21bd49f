"""Classes of a conditional generator, and what lies between them."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from ganlab.gan.networks import Generator


def class_shares(labels: Tensor, class_count: int) -> Tensor:
    """Labels, int64 (N,), as shares of each class, (N, class_count): 1 and zeros."""
    return one_hot(labels, class_count).float()


def generate(generator: Generator, latents: Tensor, shares: Tensor | None = None) -> Tensor:
    """What a generator makes of latents (N, z_dim), each of a blend of classes.

    shares: (N, class_count), how much of each class's vector is taken; rows usually sum to 1. Without classes it is
    ignored. With `class_shares` it is what the generator makes of those labels.
    """
    if generator.embed is None:
        return generator(latents)
    assert shares is not None, "a class-conditional generator needs classes"
    seen = generator.first(torch.cat([latents, shares @ generator.embed.weight], dim=1))
    return generator.body(seen.unflatten(1, generator.shape))
