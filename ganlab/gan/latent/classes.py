"""Classes of a conditional generator, and what lies between them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from ganlab.gan.networks import Generator

_NOTHING = 1e-6  # what float32 leaves of equal shares


def class_shares(labels: Tensor, class_count: int) -> Tensor:
    """Labels, int64 (N,), as shares of each class, (N, class_count): 1 and zeros."""
    return one_hot(labels, class_count).float()


def share_arithmetic(plus: Sequence[Tensor], minus: Sequence[Tensor]) -> Tensor:
    """Of which classes a sum of latents is (see `arithmetic`): mean shares added and subtracted, (class_count,).

    plus, minus: shares (n, class_count), at least one of plus. What is below 0 is left out, and the rest sums to 1: of
    'smiling woman' − 'woman' + 'man' it is 'man'. Where nothing is left, as of 3 − 3, it is what is added.
    """
    added = torch.stack([shares.mean(0) for shares in plus]).sum(0)
    left = (added - sum(shares.mean(0) for shares in minus)).clamp_min(0)
    whole = left if left.sum() > _NOTHING else added
    return whole / whole.sum()


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
