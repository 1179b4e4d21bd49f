"""Directions in latent space, found in the generator itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from ganlab.config import PriorName


@dataclass(frozen=True)
class Directions:
    """Moves in latent space: `moves` (count, z_dim), each of one standard deviation; `shares` of variance, falling."""

    moves: Tensor
    shares: tuple[float, ...]


def principal_directions(generator: nn.Module, prior: PriorName, half_width: float, *, count: int = 8) -> Directions:
    """Principal directions of the generator's first layer's outputs (Härkönen et al. 2020, GANSpace).

    For a linear first layer y = W z + b and a prior with independent numbers of equal variance s², the covariance
    of y is s² W Wᵀ, so the principal axes are W's left singular vectors, reached by moving z along its right ones,
    and no sampling is needed. Those are the eigenvectors of WᵀW, which is small where W is large. `count` is cut
    to the rank that W can have. Of a class-conditional generator W is the part that sees z.
    """
    weight = _seen_of_z(generator)
    variance, vectors = torch.linalg.eigh(weight.T @ weight)
    variance, right = variance.flip(0).clamp_min(0), vectors.T.flip(0)
    total = variance.sum().clamp_min(1e-30)
    count = min(count, *weight.shape)
    scale = 1.0 if prior == "normal" else half_width / 3**0.5
    # A singular vector's sign is arbitrary: fixed by its largest entry, so that no slider flips between snapshots.
    largest = right.gather(1, right.abs().argmax(dim=1, keepdim=True))
    moves = (right * largest.sign() * scale)[:count].float()
    return Directions(moves, tuple(float(share) for share in variance[:count] / total))


def _seen_of_z(generator: nn.Module) -> Tensor:
    """The columns of the first layer's weight that z meets, (outputs, z_dim), float64 on the CPU."""
    weight = cast(nn.Linear, generator.get_submodule("first")).weight.detach()
    embed = getattr(generator, "embed", None)
    z_dim = weight.shape[1] - (embed.embedding_dim if isinstance(embed, nn.Embedding) else 0)
    return weight[:, :z_dim].double().cpu()


def move(latents: Tensor, directions: Directions, along: dict[int, float], raw: dict[int, float]) -> Tensor:
    """Latents (N, z_dim) moved along directions (index → standard deviations) and by raw numbers (index → offset).

    Indices outside the directions or z are ignored, since a link may come from another run.
    """
    moved = latents.clone()
    for index, amount in along.items():
        if 0 <= index < len(directions.moves):
            moved += amount * directions.moves[index]
    for index, amount in raw.items():
        if 0 <= index < latents.shape[1]:
            moved[:, index] += amount
    return moved
