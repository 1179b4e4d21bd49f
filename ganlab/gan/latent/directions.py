"""Directions in latent space: found in the generator itself, or in what samples are called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import torch
from torch import Tensor, nn

from ganlab.config import PriorName
from ganlab.gan.latent.space import Space
from ganlab.gan.networks import Generator
from ganlab.gan.priors import PRIORS

DirectionsName = Literal["activations", "weights", "raw"]

_SAMPLES = 1000  # latents that activations are looked at for; at least two for each number of z
_SEED = 0
#: Layers between the first one and the next that mixes places and channels anew.
_POINTWISE = (nn.ReLU, nn.BatchNorm1d, nn.BatchNorm2d, nn.GroupNorm, nn.LayerNorm, nn.InstanceNorm2d)


@dataclass(frozen=True)
class Directions:
    """Moves in latent space: `moves` (count, z_dim), each of one standard deviation; `shares` of variance, falling.

    places: where they are raw numbers of z, the index of each.
    """

    moves: Tensor
    shares: tuple[float, ...]
    places: tuple[int, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What each is called on screen: 'direction 1' …, or 'z 17'."""
        if self.places:
            return tuple(f"z {place}" for place in self.places)
        return tuple(f"direction {number}" for number in range(1, len(self.moves) + 1))


def principal_directions(generator: nn.Module, prior: PriorName, half_width: float, *, count: int = 8) -> Directions:
    """Singular vectors of the first layer's weights (Shen & Zhou 2021, SeFa), of z_dim numbers each.

    For a linear first layer y = W z + b and a prior with independent numbers of equal variance s², the covariance
    of y is s² W Wᵀ, so these are its outputs' principal directions as well (Härkönen et al. 2020, GANSpace), which
    are reached by moving z along W's right singular vectors, and no sampling is needed. Those are the eigenvectors of
    WᵀW, which is small where W is large. shares: of the variance of y. `count` is cut to the rank that W can have.
    Of a class-conditional generator W is the part that sees z.
    """
    weight = _seen_of_z(generator)
    variance, vectors = torch.linalg.eigh(weight.T @ weight)
    variance, right = variance.flip(0).clamp_min(0), vectors.T.flip(0)
    total = variance.sum().clamp_min(1e-30)
    count = min(count, *weight.shape)
    moves = _signed(right[:count]) * PRIORS[prior].deviation(half_width)
    return Directions(moves.float(), tuple(float(share) for share in variance[:count] / total))


def weight_directions(generator: Generator, space: Space, *, count: int = 8) -> Directions:
    """`principal_directions` of a generator whose latents live in `space`."""
    return principal_directions(generator, space.prior, space.half_width, count=count)


def activation_directions(generator: Generator, space: Space, *, count: int = 8) -> Directions:
    """Principal directions of the first activations, after norm and ReLU, carried back to z (GANSpace).

    From 1,000 or more latents of a seed of its own, whitened so that their covariance is exactly the prior's: where
    the activations are linear in z the result is exact. A principal axis is reached by the direction in z that
    its coordinate's regression gives (Härkönen et al. 2020, § 2.2). shares: of the activations' variance. Of a
    class-conditional generator the variance within the classes counts.
    """
    latents = _whitened(space, max(_SAMPLES, 2 * space.z_dim))
    classes = generator.embed.num_embeddings if generator.embed is not None else 1
    labels = torch.arange(len(latents)) % classes
    with torch.no_grad():
        centred = _first_activations(generator, latents.float(), labels).double()
    for label in range(classes):
        centred[label::classes] -= centred[label::classes].mean(0)
    variance, vectors = torch.linalg.eigh(centred @ centred.T)
    variance, vectors = variance.flip(0).clamp_min(0), vectors.T.flip(0)
    count = min(count, space.z_dim, centred.shape[1])
    # The coordinates along the axes are the eigenvectors, scaled, and at right angles: regression is a product.
    back = vectors[:count] @ latents
    moves = _signed(back / back.norm(dim=1, keepdim=True).clamp_min(1e-30)) * space.deviation
    shares = variance[:count] / variance.sum().clamp_min(1e-30)
    return Directions(moves.float(), tuple(shares.tolist()))


def raw_directions(generator: Generator, space: Space, *, count: int = 8) -> Directions:
    """The single numbers of z that the first layer's outputs vary most with, and the share of each."""
    variance = _seen_of_z(generator).square().sum(0)
    places = variance.argsort(descending=True, stable=True)[:count]
    shares = variance[places] / variance.sum().clamp_min(1e-30)
    moves = torch.eye(space.z_dim)[places] * space.deviation
    return Directions(moves, tuple(shares.tolist()), tuple(places.tolist()))


#: Kinds of directions that need nothing but the generator: (generator, space, count=…) → Directions.
DIRECTIONS: dict[DirectionsName, Callable[..., Directions]] = {
    "activations": activation_directions,
    "weights": weight_directions,
    "raw": raw_directions,
}


def mean_difference(have: Tensor, lack: Tensor, space: Space) -> Tensor:
    """The direction from latents of one kind (n, z_dim) to those of another (m, z_dim), (z_dim,).

    The difference of their means, made one standard deviation long: `have` are reached by positive moves
    (Radford et al. 2015, § 6.3.2). Zero where the means are equal.
    """
    difference = have.mean(0) - lack.mean(0)
    return difference / difference.norm().clamp_min(1e-12) * space.deviation


def arithmetic(plus: Sequence[Tensor], minus: Sequence[Tensor]) -> Tensor:
    """Mean latents added and subtracted: 'smiling woman' − 'woman' + 'man' (Radford et al. 2015, figure 7).

    plus, minus: latents of picked samples, (n, z_dim) each, at least one of either. Returns (z_dim,). With three
    means of three samples each, as in the paper, the sum is as long as a sample of the prior.
    """
    terms = [latents.mean(0) for latents in plus] + [-latents.mean(0) for latents in minus]
    return torch.stack(terms).sum(0)


def _signed(directions: Tensor) -> Tensor:
    """A singular vector's sign is arbitrary: fixed by its largest entry, so that no slider flips between snapshots."""
    return directions * directions.gather(1, directions.abs().argmax(dim=1, keepdim=True)).sign()


def _seen_of_z(generator: nn.Module) -> Tensor:
    """The columns of the first layer's weight that z meets, (outputs, z_dim), float64 on the CPU."""
    weight = cast(nn.Linear, generator.get_submodule("first")).weight.detach()
    embed = getattr(generator, "embed", None)
    z_dim = weight.shape[1] - (embed.embedding_dim if isinstance(embed, nn.Embedding) else 0)
    return weight[:, :z_dim].double().cpu()


def _whitened(space: Space, count: int) -> Tensor:
    """Latents (count, z_dim) with mean 0 and exactly the prior's covariance, float64."""
    latents = space.of_seed(_SEED, count).double()
    latents -= latents.mean(0)
    factor = torch.linalg.cholesky(latents.T @ latents / count)
    return torch.linalg.solve_triangular(factor, latents.T, upper=False).T * space.deviation


def _first_activations(generator: Generator, latents: Tensor, labels: Tensor) -> Tensor:
    """What stands before the first convolution, block or second linear layer, (N, units)."""
    if generator.embed is not None:
        latents = torch.cat([latents, generator.embed(labels)], dim=1)
    seen = generator.first(latents).unflatten(1, generator.shape)
    for layer in generator.body:
        if not isinstance(layer, _POINTWISE):
            break
        seen = layer(seen)
    return seen.flatten(1)
