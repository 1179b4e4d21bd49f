"""The table of losses, and what a config makes of its row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from ganlab.config import LossName, TrainConfig
from ganlab.gan.losses import charts_by_loss as c
from ganlab.gan.losses import functions as f
from ganlab.gan.losses import readings as r
from ganlab.gan.losses.charts import Chart


@dataclass(frozen=True)
class Loss:
    """A row of the table.

    d(real=, fake=, **options), g(fake=): to be minimised. `options`: the fields of a config that `d` takes as well.
    `paired`: g(real=, fake=) compares each fake with a real, of the same number.
    read(real=, fake=), read_after(real=, fake=): the series that this loss adds at D's and at G's update; the latter
    has reals where the loss is paired, else None.
    `critic`: whether D is called a critic.
    """

    title: str
    d: Callable[..., Tensor]
    g: Callable[..., Tensor]
    formula: str
    source: str
    explanation: str
    charts: tuple[Chart, ...]
    read: Callable[..., r.Values]
    read_after: Callable[..., r.Values] = r.read_nothing
    options: tuple[str, ...] = ()
    paired: bool = False
    critic: bool = False

    @property
    def d_title(self) -> str:
        return "critic" if self.critic else "discriminator"


def loss_d(config: TrainConfig, *, real: Tensor, fake: Tensor) -> Tensor:
    """What D minimises, without the penalty: a scalar of the scores (N,) of reals and fakes."""
    row = LOSSES[config.loss]
    return row.d(real=real, fake=fake, **{name: getattr(config, name) for name in row.options})


def loss_g(config: TrainConfig, *, real: Tensor | None, fake: Tensor) -> Tensor:
    """What G minimises: a scalar of the scores (N,) of fakes, and of as many reals where the loss is paired."""
    row = LOSSES[config.loss]
    return row.g(real=real, fake=fake) if row.paired else row.g(fake=fake)


_D_LOG = r"L_D = -\,\mathbb{E}\log\sigma(D(x)) - \mathbb{E}\log(1-\sigma(D(G(z)))) \qquad "

LOSSES: dict[LossName, Loss] = {
    "wasserstein": Loss(
        title="Wasserstein",
        d=f.d_wasserstein,
        g=f.g_wasserstein,
        formula=r"L_D = \mathbb{E}\,D(G(z)) - \mathbb{E}\,D(x) \qquad L_G = -\,\mathbb{E}\,D(G(z))",
        source=(
            "Arjovsky, Chintala, Bottou 2017 (arXiv 1701.07875); "
            "with gradient penalty Gulrajani et al. 2017 (arXiv 1704.00028)"
        ),
        explanation=(
            "The critic gives scores, not probabilities. The gap between its mean scores on real and on generated "
            "images estimates how far apart the two distributions are (the earth mover's distance)."
        ),
        charts=c.WASSERSTEIN_CHARTS,
        read=r.read_distance,
        critic=True,
    ),
    "non-saturating": Loss(
        title="Non-saturating",
        d=f.d_log,
        g=f.g_non_saturating,
        formula=_D_LOG + r"L_G = -\,\mathbb{E}\log\sigma(D(G(z)))",
        source="Goodfellow et al. 2014 (arXiv 1406.2661), section 3; DCGAN: Radford et al. 2015 (arXiv 1511.06434)",
        explanation=(
            "The discriminator classifies real against generated; the generator maximises the probability that it "
            "is taken for real. Its gradient stays large where the discriminator rejects, hence the name."
        ),
        charts=c.NON_SATURATING_CHARTS,
        read=r.read_probabilities,
        read_after=r.read_probability_after,
        options=("label_smoothing",),
    ),
    "saturating": Loss(
        title="Saturating",
        d=f.d_log,
        g=f.g_saturating,
        formula=_D_LOG + r"L_G = \mathbb{E}\log(1-\sigma(D(G(z))))",
        source="Goodfellow et al. 2014 (arXiv 1406.2661), equation 1",
        explanation=(
            "One game with one value: the discriminator maximises how well it classifies, the generator minimises "
            "the same number. Where the discriminator rejects with certainty, the generator's gradient vanishes: "
            "per score it is −σ(D(G(z))), against −σ(−D(G(z))) of the non-saturating loss."
        ),
        charts=c.SATURATING_CHARTS,
        read=r.read_probabilities,
        read_after=r.read_probability_after,
        options=("label_smoothing",),
    ),
    "hinge": Loss(
        title="Hinge",
        d=f.d_hinge,
        g=f.g_hinge,
        formula=(
            r"L_D = \mathbb{E}\max(0, 1 - D(x)) + \mathbb{E}\max(0, 1 + D(G(z))) "
            r"\qquad L_G = -\,\mathbb{E}\,D(G(z))"
        ),
        source="Lim, Ye 2017 (arXiv 1705.02894); Tran et al. 2017; SNGAN: Miyato et al. 2018 (arXiv 1802.05957)",
        explanation=(
            "The discriminator wants real images above 1 and generated ones below −1, and stops caring about an "
            "image beyond its margin, so it spends its effort on those it still confuses. The generator simply "
            "raises its scores."
        ),
        charts=c.HINGE_CHARTS,
        read=r.read_margins,
        read_after=r.read_margin_after,
    ),
    "least-squares": Loss(
        title="Least squares",
        d=f.d_least_squares,
        g=f.g_least_squares,
        formula=(
            r"L_D = \tfrac12\,\mathbb{E}(D(x) - b)^2 + \tfrac12\,\mathbb{E}(D(G(z)) - a)^2 \qquad "
            r"L_G = \tfrac12\,\mathbb{E}(D(G(z)) - c)^2 \qquad a = 0,\; b = c = 1"
        ),
        source="LSGAN: Mao et al. 2017 (arXiv 1611.04076), equations 2 and 9",
        explanation=(
            "The discriminator is a regression with target 1 for real and 0 for generated images; the generator wants "
            "its images at 1. A generated image far on either side of 1 is pulled back in proportion to its "
            "distance, even one that the discriminator already takes for real."
        ),
        charts=c.LEAST_SQUARES_CHARTS,
        read=r.read_targets,
        read_after=r.read_target_after,
        options=("label_smoothing",),
    ),
    "relativistic": Loss(
        title="Relativistic",
        d=f.d_relativistic,
        g=f.g_relativistic,
        formula=(r"L_D = -\,\mathbb{E}\log\sigma(D(x) - D(G(z))) \qquad L_G = -\,\mathbb{E}\log\sigma(D(G(z)) - D(x))"),
        source=(
            "RpGAN: Jolicoeur-Martineau 2018 (arXiv 1807.00734); "
            "with R1 and R2 as R3GAN: Huang et al. 2024 (arXiv 2501.05441)"
        ),
        explanation=(
            "The discriminator judges pairs: which of the two is real? Each generated image is measured against a "
            "real one rather than against a fixed border, so a generator that covers only part of the data gains "
            "little. It is stable with penalties on D's slope at real and at generated images (penalty r1+r2)."
        ),
        charts=c.RELATIVISTIC_CHARTS,
        read=r.read_pairs,
        read_after=r.read_pairs_after,
        paired=True,
    ),
}
