"""What can be read off D's scores: the series that a loss adds, and the charts that show them."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

Values = dict[str, Tensor]


def read_distance(*, real: Tensor, fake: Tensor) -> Values:
    """The critic's gap estimates the earth mover's distance."""
    return {"wasserstein": real.mean() - fake.mean()}


def read_probabilities(*, real: Tensor, fake: Tensor) -> Values:
    """σ(score) is the probability that an image is real; 0.5, a score of 0, is the border."""
    return {"d_real": real.sigmoid().mean(), "d_fake": fake.sigmoid().mean()} | _accuracies(real, fake, border=0)


def read_probability_after(*, fake: Tensor) -> Values:
    """The same of fresh fakes, after D's update."""
    return {"d_fake_after": fake.sigmoid().mean()}


def read_margins(*, real: Tensor, fake: Tensor) -> Values:
    """Scores on either side of 0."""
    return _scores(real, fake) | _accuracies(real, fake, border=0)


def read_targets(*, real: Tensor, fake: Tensor) -> Values:
    """Scores that aim at 1 for reals and 0 for fakes; half-way is the border."""
    return _scores(real, fake) | _accuracies(real, fake, border=0.5)


def read_pairs(*, real: Tensor, fake: Tensor) -> Values:
    """A score has no border of its own: only whether a real stands above its fake."""
    return _scores(real, fake) | {"accuracy_pairs": (real > fake).float().mean()}


def read_nothing(*, fake: Tensor) -> Values:
    """After D's update, where there is nothing to compare with."""
    return {}


def _scores(real: Tensor, fake: Tensor) -> Values:
    return {"score_real": real.mean(), "score_fake": fake.mean()}


def _accuracies(real: Tensor, fake: Tensor, *, border: float) -> Values:
    return {"accuracy_real": (real > border).float().mean(), "accuracy_fake": (fake < border).float().mean()}


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


#: Shown where the run has a penalty that is added to D's loss.
PENALTY = Series(
    "penalty",
    "Gradient penalty",
    "How far D's slope is from where the penalty wants it, before its weight; lower is better kept.",
)
_G_LOSS_NOTE = "By itself the generator's loss says little: it is measured by a judge that keeps changing."
_ACCURACY = Chart(
    title="Accuracy of D",
    unit="share",
    series=(
        Series("accuracy_real", "Accuracy on real", "Share of real images that D puts on the right side."),
        Series("accuracy_fake", "Accuracy on fake", "Share of generated images that D puts on the right side."),
    ),
    lines=((0.5, "0.5: D cannot tell"),),
    healthy="Healthy: both stay below 1. When both reach 1 and stay there, D has won.",
)

WASSERSTEIN_CHARTS = (
    Chart(
        title="Critic",
        unit="score",
        series=(
            Series(
                "loss_d", "Critic loss", "mean D(fake) − mean D(real) + weight × penalty; what the critic minimises."
            ),
            Series("wasserstein", "Wasserstein estimate", "mean D(real) − mean D(fake): the estimated distance."),
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
            PENALTY,
        ),
        lines=((0.0, "0"),),
        healthy=f"Healthy: the penalty stays small; the generator's loss may wander. {_G_LOSS_NOTE}",
    ),
)

_LOG_LOSS_D = Series("loss_d", "Discriminator loss", "−log σ(D(x)) − log(1 − σ(D(G(z)))), plus weight × penalty.")
_BELIEFS = Chart(
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
)
NON_SATURATING_CHARTS = (
    Chart(
        title="Losses",
        unit="nats",
        series=(_LOG_LOSS_D, Series("loss_g", "Generator loss", "−log σ(D(G(z)))."), PENALTY),
        lines=((1.3863, "2 log 2: D cannot tell"), (0.6931, "log 2: G's loss at balance")),
        healthy=(
            "Healthy: both losses hover without a trend, the discriminator's between 0.5 and 1.4. "
            "Trouble: the discriminator's goes to 0 while the generator's climbs: D has won, G learns nothing."
        ),
    ),
    _BELIEFS,
)
SATURATING_CHARTS = (
    Chart(
        title="Losses",
        unit="nats",
        series=(_LOG_LOSS_D, Series("loss_g", "Generator loss", "log(1 − σ(D(G(z)))): never above 0."), PENALTY),
        lines=((1.3863, "2 log 2: D cannot tell"), (-0.6931, "−log 2: G's loss at balance")),
        healthy=(
            "Healthy: both losses hover without a trend, the discriminator's between 0.5 and 1.4, the generator's "
            "below 0. Trouble: both go to 0: D rejects everything, and the generator's slope goes to 0 with its loss."
        ),
    ),
    _BELIEFS,
)

HINGE_CHARTS = (
    Chart(
        title="Losses",
        unit="score",
        series=(
            Series(
                "loss_d", "Discriminator loss", "mean max(0, 1 − D(x)) + mean max(0, 1 + D(G(z))) + weight × penalty."
            ),
            Series("loss_g", "Generator loss", "−mean D(G(z)): where D puts the generated images."),
            PENALTY,
        ),
        lines=((2.0, "2: D cannot tell"), (0.0, "0")),
        healthy=(
            "Healthy: the discriminator's loss stays between 0 and 2 without a trend. Trouble: it goes to 0: every "
            f"score is beyond its margin, and D learns nothing more. {_G_LOSS_NOTE}"
        ),
    ),
    Chart(
        title="Scores",
        unit="score",
        series=(
            Series("score_real", "D(x)", "Mean score of real images; D wants each above 1."),
            Series("score_fake", "D(G(z))", "Mean score of generated images; D wants each below −1, G up."),
        ),
        lines=((1.0, "1: margin for real"), (-1.0, "−1: margin for generated")),
        healthy="Healthy: the means lie inside the two margins or near them, real above generated.",
    ),
    _ACCURACY,
)

LEAST_SQUARES_CHARTS = (
    Chart(
        title="Losses",
        unit="score²",
        series=(
            Series("loss_d", "Discriminator loss", "½ (D(x) − 1)² + ½ D(G(z))², plus weight × penalty."),
            Series("loss_g", "Generator loss", "½ (D(G(z)) − 1)²."),
            PENALTY,
        ),
        lines=((0.25, "1/4: D cannot tell"), (0.125, "1/8: G's loss at balance")),
        healthy=(
            "Healthy: the discriminator's loss hovers between 0 and 0.25, the generator's above 0.125. Label smoothing "
            "lowers D's balance. Trouble: the discriminator's goes to 0 and the generator's to 0.5: D has won."
        ),
    ),
    Chart(
        title="Scores",
        unit="score",
        series=(
            Series("score_real", "D(x)", "Mean score of real images; D wants 1, or 1 minus the label smoothing."),
            Series("score_fake", "D(G(z))", "Mean score of generated images; D wants 0, G wants 1."),
        ),
        lines=((1.0, "1: target for real"), (0.5, "0.5: balance"), (0.0, "0: target for generated")),
        healthy="Healthy: D(x) stays above D(G(z)), both between 0 and 1. At 1 and 0 D has won.",
    ),
    _ACCURACY,
)

RELATIVISTIC_CHARTS = (
    Chart(
        title="Losses",
        unit="nats",
        series=(
            Series("loss_d", "Discriminator loss", "−log σ(D(x) − D(G(z))) over pairs, plus weight × penalty."),
            Series("loss_g", "Generator loss", "−log σ(D(G(z)) − D(x)) over pairs."),
            PENALTY,
        ),
        lines=((0.6931, "log 2: D cannot tell"),),
        healthy=(
            "Healthy: the discriminator's loss stays below the generator's, both without a trend and not far from "
            "log 2. Trouble: the generator's climbs without end: D has won."
        ),
    ),
    Chart(
        title="Scores",
        unit="score",
        series=(
            Series("score_real", "D(x)", "Mean score of real images."),
            Series("score_fake", "D(G(z))", "Mean score of generated images."),
        ),
        healthy=(
            "Healthy: real above generated, at a distance that does not grow. Only the distance means something: "
            "both may wander up and down together."
        ),
    ),
    Chart(
        title="Accuracy of D",
        unit="share",
        series=(Series("accuracy_pairs", "Accuracy on pairs", "Share of pairs whose real image scores higher."),),
        lines=((0.5, "0.5: D cannot tell"),),
        healthy="Healthy: between 0.5 and 1. When it reaches 1 and stays there, D has won.",
    ),
)
