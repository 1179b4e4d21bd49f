"""What can be read off D's scores: the series that a loss adds."""

from __future__ import annotations

import math

from torch import Tensor
from torch.nn import functional as F

Values = dict[str, Tensor]


def read_distance(*, real: Tensor, fake: Tensor) -> Values:
    """The critic's gap estimates the earth mover's distance."""
    return {"wasserstein": real.mean() - fake.mean()}


def read_probabilities(*, real: Tensor, fake: Tensor) -> Values:
    """σ(score) is the probability that an image is real; 0.5, a score of 0, is the border."""
    beliefs = {"d_real": real.sigmoid().mean(), "d_fake": fake.sigmoid().mean()}
    return beliefs | _accuracies(real, fake, border=0) | {"jsd": jsd_estimate(real=real, fake=fake)}


def jsd_estimate(*, real: Tensor, fake: Tensor) -> Tensor:
    """log 2 − D's mean cross-entropy: what D's scores (N,) prove of the Jensen-Shannon divergence, in nats.

    V(D) = E log σ(D(x)) + E log(1 − σ(D(G(z)))) is at most 2·JSD − 2 log 2, at the best D (Goodfellow et al. 2014,
    theorem 1); the mean cross-entropy over reals and fakes in equal parts is −V/2. So this is at most JSD, but for
    the chance of a batch, and at most log 2; below 0 where D is worse than a D that says 0.5 to everything. From raw
    scores and targets 0 and 1, whatever the label smoothing.
    """
    return math.log(2) - (F.softplus(-real).mean() + F.softplus(fake).mean()) / 2


def read_probability_after(*, real: Tensor | None, fake: Tensor) -> Values:
    """The same of fresh fakes, after D's update."""
    return {"d_fake_after": fake.sigmoid().mean(), "accuracy_g": _share(fake > 0)}


def read_margins(*, real: Tensor, fake: Tensor) -> Values:
    """Scores on either side of 0."""
    return _scores(real, fake) | _accuracies(real, fake, border=0)


def read_margin_after(*, real: Tensor | None, fake: Tensor) -> Values:
    """Fresh fakes, after D's update."""
    return {"accuracy_g": _share(fake > 0)}


def read_targets(*, real: Tensor, fake: Tensor) -> Values:
    """Scores that aim at 1 for reals and 0 for fakes; half-way is the border."""
    return _scores(real, fake) | _accuracies(real, fake, border=0.5)


def read_target_after(*, real: Tensor | None, fake: Tensor) -> Values:
    """Fresh fakes, after D's update."""
    return {"accuracy_g": _share(fake > 0.5)}


def read_pairs(*, real: Tensor, fake: Tensor) -> Values:
    """A score has no border of its own: only whether a real stands above its fake."""
    return _scores(real, fake) | {"accuracy_pairs": _share(real > fake)}


def read_pairs_after(*, real: Tensor, fake: Tensor) -> Values:
    """Fresh fakes beside reals, after D's update."""
    return {"accuracy_g": _share(fake > real)}


def read_nothing(*, real: Tensor | None, fake: Tensor) -> Values:
    """After D's update, where there is nothing to compare with."""
    return {}


def _scores(real: Tensor, fake: Tensor) -> Values:
    return {"score_real": real.mean(), "score_fake": fake.mean()}


def _accuracies(real: Tensor, fake: Tensor, *, border: float) -> Values:
    """Of each kind, and of both together: as many reals as fakes."""
    of_real, of_fake = _share(real > border), _share(fake < border)
    return {"accuracy_real": of_real, "accuracy_fake": of_fake, "accuracy": (of_real + of_fake) / 2}


def _share(right: Tensor) -> Tensor:
    return right.float().mean()
