"""The latent whose picture comes nearest to a given one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.gan.latent.space import Space

#: (latents, labels or None) → images; differentiable in the latents.
Generate = Callable[[Tensor, Tensor | None], Tensor]


@dataclass(frozen=True)
class Search:
    """How to look for a latent.

    drawn: latents of the prior that are tried first; starts: those of them that are then followed, for the first
    quarter of `steps`; kept: those that are followed to the end. lr: of Adam, in standard deviations, falling to 0
    along half a cosine. prior_weight: of the mean square of z's Gaussian coordinates beside that of the pixels'
    differences; it keeps the latent where the generator was trained.
    """

    drawn: int = 128
    starts: int = 8
    kept: int = 2
    steps: int = 600
    lr: float = 0.2
    prior_weight: float = 1e-5


@dataclass(frozen=True)
class Found:
    """What a search has found after `step` of its steps.

    latent: (z_dim,); label: its class, or None; psnr_db: how near its picture comes, 10 log₁₀(4 / mean square error),
    above 30 they are hard to tell apart; loss: the least of all starts' losses.
    """

    step: int
    latent: Tensor
    label: int | None
    psnr_db: float
    loss: float


def invert(
    generate: Generate,
    target: Tensor,
    space: Space,
    search: Search,
    *,
    rng: torch.Generator,
    labels: Tensor | None = None,
) -> Iterator[Found]:
    """Gradient descent on a latent until its picture is `target` (Zhu et al. 2016, § 3.2), one `Found` a step.

    target: (C, H, W) in [−1, 1]; labels: int64 (drawn,), the classes that the drawn latents are tried with. It runs
    in the prior's Gaussian coordinates, which a uniform prior's latents cannot leave. The best of several starts,
    because some end in another digit. Ends early only if whoever asks stops asking.
    """
    coordinates = torch.randn(search.drawn, space.z_dim, generator=rng)
    with torch.no_grad():
        order = _losses(generate, coordinates, labels, target, space, 0.0).argsort()
    for first, last, count in _stages(search):
        coordinates = coordinates.detach()[order[:count]].requires_grad_()
        labels = None if labels is None else labels[order[:count]]
        losses = torch.zeros(len(coordinates))
        adam = torch.optim.Adam([coordinates], lr=search.lr)
        for step in range(first, last):
            adam.param_groups[0]["lr"] = search.lr * (1 + math.cos(math.pi * step / search.steps)) / 2
            losses = _losses(generate, coordinates, labels, target, space, search.prior_weight)
            best = _found(step, coordinates, losses, labels, space, search.prior_weight)
            (coordinates.grad,) = torch.autograd.grad(losses.sum(), coordinates)
            adam.step()
            yield best
        order = losses.detach().argsort()
    with torch.no_grad():
        losses = _losses(generate, coordinates, labels, target, space, search.prior_weight)
    yield _found(search.steps, coordinates, losses, labels, space, search.prior_weight)


def psnr_db(one: Tensor, other: Tensor) -> float:
    """Peak signal-to-noise ratio of two pictures in [−1, 1] in decibels; of two that are the same, infinity."""
    error = (one - other).square().mean().item()
    return 10 * math.log10(4 / error) if error else math.inf


def _stages(search: Search) -> Iterator[tuple[int, int, int]]:
    """First step, last step and number of latents followed."""
    quarter = search.steps // 4
    yield 0, quarter, search.starts
    yield quarter, search.steps, search.kept


def _losses(
    generate: Generate, coordinates: Tensor, labels: Tensor | None, target: Tensor, space: Space, prior_weight: float
) -> Tensor:
    """Of each start by itself, (starts,)."""
    made = generate(space.from_gaussian(coordinates), labels)
    return (made - target).square().flatten(1).mean(1) + prior_weight * coordinates.square().mean(1)


def _found(
    step: int, coordinates: Tensor, losses: Tensor, labels: Tensor | None, space: Space, prior_weight: float
) -> Found:
    best = int(losses.argmin())
    here = coordinates.detach()[best]
    loss = losses[best].item()
    error = max(loss - prior_weight * here.square().mean().item(), 1e-12)
    label = None if labels is None else int(labels[best])
    return Found(step, space.from_gaussian(here), label, 10 * math.log10(4 / error), loss)
