"""The charts of each loss: the series that it reads, and how to read them."""

from __future__ import annotations

from ganlab.gan.losses.charts import Chart, Series

_G_LOSS_NOTE = "By itself the generator's loss says little: it is measured by a judge that keeps changing."


def _losses(unit: str, d: str, g: str, healthy: str, *lines: tuple[float, str]) -> Chart:
    """The chart of both losses; d, g: what each is."""
    series = (Series("loss_d", "Discriminator loss", d, tile=True), Series("loss_g", "Generator loss", g, tile=True))
    return Chart("Losses", unit, series, healthy, lines)


def _scores(real: str, fake: str, healthy: str, *lines: tuple[float, str]) -> Chart:
    """The chart of D's mean scores; real, fake: what each is and should be."""
    series = (Series("score_real", "D(x)", real), Series("score_fake", "D(G(z))", fake))
    return Chart("Scores", "score", series, healthy, lines)


_G_ACCURACY = (
    "Share of fresh generated images that D takes for real, after its update: above 0.5, G has the upper hand."
)
_ACCURACY = Chart(
    title="Accuracy",
    unit="share",
    series=(
        Series("accuracy", "D", "Share of all images, real and generated, that D puts on the right side."),
        Series("accuracy_real", "D on real", "Share of real images that D puts on the right side."),
        Series("accuracy_fake", "D on fake", "Share of generated images that D puts on the right side."),
        Series("accuracy_g", "G", "Share of fresh generated images that D takes for real, after D's update."),
    ),
    lines=((0.5, "0.5: D cannot tell"),),
    healthy="Healthy: D's stay below 1, G's above 0. When D's reach 1 and stay there, D has won.",
)

WASSERSTEIN_CHARTS = (
    Chart(
        title="Critic",
        unit="score",
        series=(
            Series(
                "loss_d",
                "Critic loss",
                "mean D(fake) − mean D(real) + weight × penalty; what the critic minimises.",
                tile=True,
            ),
            Series("wasserstein", "Wasserstein estimate", "mean D(real) − mean D(fake): the estimated distance."),
        ),
        lines=((0.0, "0"),),
        healthy=(
            "Healthy: the critic's loss falls steeply at first (it learns to tell the two apart), then rises towards "
            "zero while samples improve, and levels off. It may fall again slowly while samples still improve, since "
            "the critic goes on learning. The Wasserstein estimate is its mirror image but for the penalty. "
            "Trouble: it keeps falling, or jumps wildly."
        ),
    ),
    Chart(
        title="Generator",
        unit="score",
        series=(
            Series("loss_g", "Generator loss", "−mean D(G(z)): where the critic puts the generated images.", tile=True),
        ),
        lines=((0.0, "0"),),
        healthy=f"Healthy: it may wander. {_G_LOSS_NOTE}",
    ),
)

_LOG_LOSS_D = "−log σ(D(x)) − log(1 − σ(D(G(z)))), plus weight × penalty."
_BELIEFS = Chart(
    title="What D believes",
    unit="probability",
    series=(
        Series("d_real", "D(x)", "Mean probability of being real that D gives to real images."),
        Series("d_fake", "D(G(z)) before", "The same for generated images, before D's update."),
        Series("d_fake_after", "D(G(z)) after", "The same for fresh generated images, after D's update."),
    ),
    lines=((0.5, "0.5: D cannot tell"),),
    healthy="Healthy: D(x) stays above D(G(z)), both drift towards 0.5. At 1 and 0 D has won.",
)
_DIVERGENCE = Chart(
    title="Distance between real and generated",
    unit="nats",
    series=(
        Series(
            "jsd",
            "JSD estimate",
            "log 2 − D's mean cross-entropy: how far apart real and generated images are, at least, as D sees it.",
        ),
    ),
    lines=((0.0, "0: D cannot tell"), (0.6931, "log 2: nothing in common")),
    healthy=(
        "Healthy: it rises while D learns to tell the two apart, then falls as samples improve, and stays between the "
        "lines. Trouble: it stays at log 2, where D has won and no improvement of G shows. Below 0 D does worse than "
        "by saying 0.5 to everything."
    ),
)
NON_SATURATING_CHARTS = (
    _losses(
        "nats",
        _LOG_LOSS_D,
        "−log σ(D(G(z))).",
        "Healthy: both losses hover without a trend, the discriminator's between 0.5 and 1.4. "
        "Trouble: the discriminator's goes to 0 while the generator's climbs: D has won, G learns nothing.",
        (1.3863, "2 log 2: D cannot tell"),
        (0.6931, "log 2: G's loss at balance"),
    ),
    _BELIEFS,
    _ACCURACY,
    _DIVERGENCE,
)
SATURATING_CHARTS = (
    _losses(
        "nats",
        _LOG_LOSS_D,
        "log(1 − σ(D(G(z)))): never above 0.",
        "Healthy: both losses hover without a trend, the discriminator's between 0.5 and 1.4, the generator's "
        "below 0. Trouble: both go to 0: D rejects everything, and the generator's slope goes to 0 with its loss.",
        (1.3863, "2 log 2: D cannot tell"),
        (-0.6931, "−log 2: G's loss at balance"),
    ),
    _BELIEFS,
    _ACCURACY,
    _DIVERGENCE,
)

HINGE_CHARTS = (
    _losses(
        "score",
        "mean max(0, 1 − D(x)) + mean max(0, 1 + D(G(z))) + weight × penalty.",
        "−mean D(G(z)): where D puts the generated images.",
        "Healthy: the discriminator's loss stays between 0 and 2 without a trend. Trouble: it goes to 0: every "
        f"score is beyond its margin, and D learns nothing more. {_G_LOSS_NOTE}",
        (2.0, "2: D cannot tell"),
        (0.0, "0"),
    ),
    _scores(
        "Mean score of real images; D wants each above 1.",
        "Mean score of generated images; D wants each below −1, G up.",
        "Healthy: the means lie inside the two margins or near them, real above generated.",
        (1.0, "1: margin for real"),
        (-1.0, "−1: margin for generated"),
    ),
    _ACCURACY,
)

LEAST_SQUARES_CHARTS = (
    _losses(
        "score²",
        "½ (D(x) − 1)² + ½ D(G(z))², plus weight × penalty.",
        "½ (D(G(z)) − 1)².",
        "Healthy: the discriminator's loss hovers between 0 and 0.25, the generator's above 0.125. Label smoothing "
        "lowers D's balance. Trouble: the discriminator's goes to 0 and the generator's to 0.5: D has won.",
        (0.25, "1/4: D cannot tell"),
        (0.125, "1/8: G's loss at balance"),
    ),
    _scores(
        "Mean score of real images; D wants 1, or 1 minus the label smoothing.",
        "Mean score of generated images; D wants 0, G wants 1.",
        "Healthy: D(x) stays above D(G(z)), both between 0 and 1. At 1 and 0 D has won.",
        (1.0, "1: target for real"),
        (0.5, "0.5: balance"),
        (0.0, "0: target for generated"),
    ),
    _ACCURACY,
)

RELATIVISTIC_CHARTS = (
    _losses(
        "nats",
        "−log σ(D(x) − D(G(z))) over pairs, plus weight × penalty.",
        "−log σ(D(G(z)) − D(x)) over pairs.",
        "Healthy: the discriminator's loss stays below the generator's, both without a trend and not far from "
        "log 2. Trouble: the generator's climbs without end: D has won.",
        (0.6931, "log 2: D cannot tell"),
    ),
    _scores(
        "Mean score of real images.",
        "Mean score of generated images.",
        "Healthy: real above generated, at a distance that does not grow. Only the distance means something: "
        "both may wander up and down together.",
    ),
    Chart(
        title="Accuracy",
        unit="share",
        series=(
            Series("accuracy_pairs", "D on pairs", "Share of pairs whose real image scores higher."),
            Series("accuracy_g", "G", "Share of fresh pairs whose generated image scores higher, after D's update."),
        ),
        lines=((0.5, "0.5: D cannot tell"),),
        healthy="Healthy: D's between 0.5 and 1, G's below. When D's reaches 1 and stays there, D has won.",
    ),
)
