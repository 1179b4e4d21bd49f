"""Walking in latent space: latents of a seed, paths between them, directions found in a generator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast

import torch
from torch import Tensor, nn

from ganlab.config import PriorName
from ganlab.gan.priors import PRIORS

PathName = Literal["lerp", "slerp"]


def latents_of_seed(seed: int, count: int, z_dim: int, prior: PriorName, half_width: float) -> Tensor:
    """The first `count` latents of a seed, (count, z_dim) on the CPU; the same on every machine and for every count."""
    rng = torch.Generator().manual_seed(seed)
    # torch draws normals in blocks of 16 and redoes the last 16 of a ragged end: whole blocks keep the first fixed.
    whole = count + -count % 16
    return PRIORS[prior].draw(whole, z_dim, half_width, rng)[:count]


def lerp(start: Tensor, end: Tensor, t: Tensor) -> Tensor:
    """Straight line. start, end: (z_dim,); t: (frames,) in [0, 1]. Returns (frames, z_dim)."""
    return torch.lerp(start, end, t[:, None])


def slerp(start: Tensor, end: Tensor, t: Tensor) -> Tensor:
    """Great circle, so that a normal prior's typical length is kept on the way (White 2016).

    start, end: (z_dim,); t: (frames,) in [0, 1]. Lengths change linearly; ends are met exactly. Where the two
    are parallel or opposite, or one is zero, no circle is defined and the straight line is taken.
    """
    length_start, length_end = start.norm(), end.norm()
    cosine = (start @ end) / (length_start * length_end).clamp_min(1e-12)
    angle = torch.acos(cosine.clamp(-1, 1))
    if angle.sin() < 1e-4 or length_start == 0 or length_end == 0:
        return lerp(start, end, t)
    a = torch.sin((1 - t) * angle) / angle.sin()
    b = torch.sin(t * angle) / angle.sin()
    direction = a[:, None] * start / length_start + b[:, None] * end / length_end
    return direction * torch.lerp(length_start, length_end, t)[:, None]


PATHS: dict[PathName, Callable[[Tensor, Tensor, Tensor], Tensor]] = {"lerp": lerp, "slerp": slerp}


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
