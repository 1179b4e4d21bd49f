"""What keeps D smooth, by name: penalties on its slope, added to its loss, and a bound on its weights.

Each penalty has one signature, (critic, *, real, fake, draw, **options) → scalar, not yet weighted. `draw` gives it
random numbers; where several ranks share a batch, each penalty sees its part.
Norms are per sample, over all other dimensions: images of any number of channels, or points.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ganlab.config import InterpolationName, PenaltyName, TrainConfig
from ganlab.gan.ranks import ALONE, Ranks

Critic = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Draw:
    """Random numbers from `rng`, of a kind of torch's (`torch.rand` …): drawn for all ranks, and this one's part."""

    rng: torch.Generator
    ranks: Ranks = ALONE

    def __call__(self, kind: Callable[..., Tensor], shape: Sequence[int], *, like: Tensor) -> Tensor:
        whole = (shape[0] * self.ranks.count, *shape[1:])
        return self.ranks.share(kind(whole, generator=self.rng, device=like.device, dtype=like.dtype))


def gradient_penalty(
    critic: Critic, *, real: Tensor, fake: Tensor, draw: Draw, interpolation: InterpolationName = "uniform"
) -> Tensor:
    """Mean of (‖∇D(x̂)‖₂ − 1)², x̂ uniform on the segments real→fake (Gulrajani et al. 2017, eq. 3).

    interpolation "normal": the weight of fake comes from N(0, 1) instead, one per sample, so that two thirds of the
    points lie outside the segment (not the paper's).
    real, fake: (N, ...) of one shape. Returns a scalar.
    """
    weight = draw(torch.rand if interpolation == "uniform" else torch.randn, (len(real),), like=real)
    weight = weight.view(-1, *(1,) * (real.dim() - 1))
    return _distance_from_one(critic, torch.lerp(real.detach(), fake.detach(), weight))


def dragan(critic: Critic, *, real: Tensor, fake: Tensor, draw: Draw) -> Tensor:
    """Mean of (‖∇D(x + δ)‖₂ − 1)² around reals, δ ~ N(0, c I) (Kodali et al. 2017, algorithm 1).

    √c is half the standard deviation of the whole batch, the scale of the authors' code (whose noise is uniform).
    """
    scale = draw.ranks.deviation(real) / 2
    return _distance_from_one(critic, real.detach() + scale * draw(torch.randn, real.shape, like=real))


def r1(critic: Critic, *, real: Tensor, fake: Tensor, draw: Draw) -> Tensor:
    """½ mean ‖∇D(x)‖₂² at reals, so that its weight is the paper's γ (Mescheder et al. 2018, eq. 9)."""
    return _slopes(critic, real).square().sum(1).mean() / 2


def r2(critic: Critic, *, real: Tensor, fake: Tensor, draw: Draw) -> Tensor:
    """½ mean ‖∇D(G(z))‖₂² at fakes (Mescheder et al. 2018, eq. 10)."""
    return _slopes(critic, fake).square().sum(1).mean() / 2


def r1_and_r2(critic: Critic, *, real: Tensor, fake: Tensor, draw: Draw) -> Tensor:
    """The sum of r1 and r2 (R3GAN: Huang et al. 2024, sec. 2.2)."""
    return r1(critic, real=real, fake=fake, draw=draw) + r2(critic, real=real, fake=fake, draw=draw)


def clip_weights(net: nn.Module, limit: float) -> None:
    """Put every weight of `net` back into ± limit, in place (Arjovsky et al. 2017, algorithm 1, line 7)."""
    with torch.no_grad():
        for weight in net.parameters():
            weight.clamp_(-limit, limit)


def _distance_from_one(critic: Critic, points: Tensor) -> Tensor:
    return (_slopes(critic, points).norm(dim=1) - 1).square().mean()


def _slopes(critic: Critic, points: Tensor) -> Tensor:
    """∇D at each of the points (N, ...), as (N, everything else), to be differentiated once more."""
    points = points.detach().requires_grad_()
    (slope,) = torch.autograd.grad(critic(points).sum(), points, create_graph=True)
    return slope.flatten(1)


@dataclass(frozen=True)
class Penalty:
    """A row of the table.

    value: the penalty that is added to D's loss; None where nothing is. `options`: the fields of a config that it
    takes as well. `clips`: whether D's weights are bounded after each of its updates.
    """

    title: str
    formula: str
    source: str
    explanation: str
    value: Callable[..., Tensor] | None = None
    options: tuple[str, ...] = ()
    clips: bool = False


PENALTIES: dict[PenaltyName, Penalty] = {
    "none": Penalty(
        title="None",
        formula="",
        source="",
        explanation="Nothing is added to D's loss, and D may become as steep as it likes.",
    ),
    "gradient": Penalty(
        title="Gradient penalty",
        formula=r"\lambda\,\mathbb{E}\left(\lVert\nabla D(\hat x)\rVert_2 - 1\right)^2",
        source="WGAN-GP: Gulrajani et al. 2017 (arXiv 1704.00028), equation 3",
        explanation=(
            "Holds D's slope near 1 at random points between a real and a generated image, since the best critic "
            "of the Wasserstein loss has slope 1 there."
        ),
        value=gradient_penalty,
        options=("interpolation",),
    ),
    "r1": Penalty(
        title="R1",
        formula=r"\tfrac{\gamma}{2}\,\mathbb{E}\,\lVert\nabla D(x)\rVert_2^2",
        source="Mescheder, Geiger, Nowozin 2018 (arXiv 1801.04406), equation 9",
        explanation="Flattens D at real images, so that a generator that has arrived there is not pushed away again.",
        value=r1,
    ),
    "r2": Penalty(
        title="R2",
        formula=r"\tfrac{\gamma}{2}\,\mathbb{E}\,\lVert\nabla D(G(z))\rVert_2^2",
        source="Mescheder, Geiger, Nowozin 2018 (arXiv 1801.04406), equation 10",
        explanation="Flattens D at generated images, so that G moves in small, steady steps.",
        value=r2,
    ),
    "r1+r2": Penalty(
        title="R1 + R2",
        formula=(
            r"\tfrac{\gamma}{2}\,\mathbb{E}\,\lVert\nabla D(x)\rVert_2^2 + "
            r"\tfrac{\gamma}{2}\,\mathbb{E}\,\lVert\nabla D(G(z))\rVert_2^2"
        ),
        source="R3GAN: Huang et al. 2024 (arXiv 2501.05441), section 2",
        explanation="Flattens D at real and at generated images; what the relativistic loss needs to converge.",
        value=r1_and_r2,
    ),
    "dragan": Penalty(
        title="DRAGAN",
        formula=(
            r"\lambda\,\mathbb{E}\left(\lVert\nabla D(x + \delta)\rVert_2 - 1\right)^2 \qquad \delta \sim N(0, c\,I)"
        ),
        source="Kodali et al. 2017 (arXiv 1705.07215)",
        explanation=(
            "Holds D's slope near 1 in a neighbourhood of the real images, half a standard deviation wide, where "
            "D tends to become steep just before modes are lost."
        ),
        value=dragan,
    ),
    "clip": Penalty(
        title="Weight clipping",
        formula=r"w \leftarrow \min(\max(w, -c),\, c)",
        source="WGAN: Arjovsky, Chintala, Bottou 2017 (arXiv 1701.07875), algorithm 1",
        explanation=(
            "After each update of D every weight is put back between −c and c, which bounds D's slope by a constant "
            "that nobody knows. Crude, in its authors' own words: too small a c and gradients vanish, too large and D "
            "is slow to settle."
        ),
        clips=True,
    ),
}


def penalise(config: TrainConfig, critic: Critic, *, real: Tensor, fake: Tensor, draw: Draw) -> Tensor | None:
    """The penalty of a config on `critic`, before its weight; None when nothing is added to D's loss.

    real, fake: (N, ...) of one shape; no gradient reaches them.
    """
    row = PENALTIES[config.penalty]
    if row.value is None:
        return None
    return row.value(critic, real=real, fake=fake, draw=draw, **{name: getattr(config, name) for name in row.options})
