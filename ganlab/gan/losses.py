"""Adversarial losses: pure functions of raw scores, and one table of them.

Scores have shape (N,); high means "looks real"; there is no sigmoid inside D.
Each function returns a scalar to be minimised.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

from ganlab.config import LossName


def d_wasserstein(*, real: Tensor, fake: Tensor) -> Tensor:
    """mean D(fake) − mean D(real), minus the estimated earth mover's distance (Arjovsky et al. 2017, eq. 3)."""
    return fake.mean() - real.mean()


def g_wasserstein(*, fake: Tensor) -> Tensor:
    """−mean D(G(z)) (Arjovsky et al. 2017, algorithm 1)."""
    return -fake.mean()


def d_log(*, real: Tensor, fake: Tensor) -> Tensor:
    """−mean log σ(real) − mean log(1 − σ(fake)) (Goodfellow et al. 2014, eq. 1, negated)."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def g_non_saturating(*, fake: Tensor) -> Tensor:
    """−mean log σ(fake); its slope per score, −σ(−fake), is full where D rejects (Goodfellow et al. 2014, sec. 3)."""
    return F.softplus(-fake).mean()


@dataclass(frozen=True)
class Series:
    """One curve: `name` in the log, `label` on screen, `meaning` in its tooltip."""

    name: str
    label: str
    meaning: str


@dataclass(frozen=True)
class Chart:
    """Series that share an axis, horizontal reference lines, and what healthy ones look like."""

    title: str
    unit: str
    series: tuple[Series, ...]
    healthy: str
    lines: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True)
class Loss:
    """A row of the table.

    `critic`: whether D is called a critic. `probability`: whether σ(score) reads as the
    probability that an image is real, so that `d_real`, `d_fake` and the accuracies mean something.
    """

    title: str
    d: Callable[..., Tensor]
    g: Callable[..., Tensor]
    formula: str
    source: str
    explanation: str
    charts: tuple[Chart, ...]
    critic: bool = False
    probability: bool = False

    @property
    def d_title(self) -> str:
        return "critic" if self.critic else "discriminator"


_PENALTY = Series("penalty", "Gradient penalty", "Mean of (‖∇D‖ − 1)², before its weight; near 0 when D's slope is 1.")
_G_LOSS_NOTE = "By itself the generator's loss says little: it is measured by a judge that keeps changing."

LOSSES: dict[LossName, Loss] = {
    "wasserstein": Loss(
        title="Wasserstein",
        d=d_wasserstein,
        g=g_wasserstein,
        formula=r"L_D = \mathbb{E}\,D(G(z)) - \mathbb{E}\,D(x) \qquad L_G = -\,\mathbb{E}\,D(G(z))",
        source=(
            "Arjovsky, Chintala, Bottou 2017 (arXiv 1701.07875); "
            "with gradient penalty Gulrajani et al. 2017 (arXiv 1704.00028)"
        ),
        explanation=(
            "The critic gives scores, not probabilities. The gap between its mean scores on real and on generated "
            "images estimates how far apart the two distributions are (the earth mover's distance)."
        ),
        critic=True,
        charts=(
            Chart(
                title="Critic",
                unit="score",
                series=(
                    Series(
                        "loss_d",
                        "Critic loss",
                        "mean D(fake) − mean D(real) + weight × penalty; what the critic minimises.",
                    ),
                    Series(
                        "wasserstein", "Wasserstein estimate", "mean D(real) − mean D(fake): the estimated distance."
                    ),
                ),
                lines=((0.0, "0"),),
                healthy=(
                    "Healthy: the critic's loss falls steeply at first (it learns to tell the two apart), then rises "
                    "slowly towards zero while samples improve. The Wasserstein estimate is its mirror image. "
                    "Trouble: it keeps falling, or jumps wildly."
                ),
            ),
            Chart(
                title="Generator and penalty",
                unit="score",
                series=(
                    Series("loss_g", "Generator loss", "−mean D(G(z)): where the critic puts the generated images."),
                    _PENALTY,
                ),
                lines=((0.0, "0"),),
                healthy=f"Healthy: the penalty stays small; the generator's loss may wander. {_G_LOSS_NOTE}",
            ),
        ),
    ),
    "non-saturating": Loss(
        title="Non-saturating",
        d=d_log,
        g=g_non_saturating,
        formula=(
            r"L_D = -\,\mathbb{E}\log\sigma(D(x)) - \mathbb{E}\log(1-\sigma(D(G(z)))) "
            r"\qquad L_G = -\,\mathbb{E}\log\sigma(D(G(z)))"
        ),
        source="Goodfellow et al. 2014 (arXiv 1406.2661), section 3; DCGAN: Radford et al. 2015 (arXiv 1511.06434)",
        explanation=(
            "The discriminator classifies real against generated; the generator maximises the probability that it "
            "is taken for real. Its gradient stays large where the discriminator rejects, hence the name."
        ),
        probability=True,
        charts=(
            Chart(
                title="Losses",
                unit="nats",
                series=(
                    Series(
                        "loss_d", "Discriminator loss", "−log σ(D(x)) − log(1 − σ(D(G(z)))), plus weight × penalty."
                    ),
                    Series("loss_g", "Generator loss", "−log σ(D(G(z)))."),
                    _PENALTY,
                ),
                lines=((1.3863, "2 log 2: D cannot tell"), (0.6931, "log 2: G's loss at balance")),
                healthy=(
                    "Healthy: both losses hover without a trend, the discriminator's between 0.5 and 1.4. "
                    "Trouble: the discriminator's goes to 0 while the generator's climbs: D has won, G learns nothing."
                ),
            ),
            Chart(
                title="What D believes",
                unit="probability",
                series=(
                    Series("d_real", "D(x)", "Mean probability of being real that D gives to real images."),
                    Series("d_fake", "D(G(z)) before", "The same for generated images, before D's update."),
                    Series("d_fake_after", "D(G(z)) after", "The same for fresh generated images, after D's update."),
                    Series("accuracy_real", "Accuracy on real", "Share of real images that D puts above 0.5."),
                    Series("accuracy_fake", "Accuracy on fake", "Share of generated images that D puts below 0.5."),
                ),
                lines=((0.5, "0.5: D cannot tell"),),
                healthy="Healthy: D(x) stays above D(G(z)), both drift towards 0.5. At 1 and 0 D has won.",
            ),
        ),
    ),
}
