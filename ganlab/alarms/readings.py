"""What the numbers of each loss mean: where its discriminator stands, from nothing learnt to nothing left to learn."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ganlab.alarms.alarm import Recent
from ganlab.alarms.windows import since_edit
from ganlab.config import LossName, TrainConfig, has_effect


@dataclass(frozen=True)
class Reading:
    """A row of the table.

    balance: D's loss, without penalty, when it gives every image the same middling score; floor: the lowest that it
    can have. Both are functions of the label smoothing, and the critic's loss has neither.
    swing: how far the mean score of fakes goes from its own mean only when D and G take turns at winning; None where
    scores have no fixed scale: then it is the distance of reals and fakes that swings, by as much as itself.
    """

    balance: Callable[[float], float] | None = None
    floor: Callable[[float], float] = lambda smoothing: 0.0
    swing: float | None = None


def _entropy(share: float) -> float:
    return -sum(p * math.log(p) for p in (share, 1 - share) if p)


#: Scores of 1 are probabilities of 0.73.
_LOG = Reading(balance=lambda smoothing: 2 * math.log(2), floor=_entropy, swing=1.0)

READINGS: dict[LossName, Reading] = {
    "wasserstein": Reading(),
    "non-saturating": _LOG,
    "saturating": _LOG,
    "hinge": Reading(balance=lambda smoothing: 2.0, swing=1.0),
    "least-squares": Reading(balance=lambda smoothing: (1 - smoothing) ** 2 / 4, swing=0.5),
    "relativistic": Reading(balance=lambda smoothing: math.log(2)),
}


def d_title(config: TrainConfig) -> str:
    """What D is called."""
    return "critic" if READINGS[config.loss].balance is None else "discriminator"


def standing(recent: Recent) -> np.ndarray:
    """How D did at each step since the last edit: 0 where its loss can go no lower, 1 where it cannot tell, above 1
    where it does worse than an answer that never changes. Empty for a loss that has no such marks.
    """
    config = recent.config
    reading = READINGS[config.loss]
    if reading.balance is None:
        return np.empty(0)
    penalised = "penalty" in recent.series and has_effect("penalty_weight", config.model_dump())
    loss, penalty = since_edit(recent, "loss_d", "penalty") if penalised else (*since_edit(recent, "loss_d"), 0)
    smoothing = config.label_smoothing if has_effect("label_smoothing", config.model_dump()) else 0.0
    floor = reading.floor(smoothing)
    return (loss - config.penalty_weight * penalty - floor) / (reading.balance(smoothing) - floor)


def scores(recent: Recent) -> tuple[np.ndarray, np.ndarray]:
    """Mean scores of reals and of fakes at each step since the last edit; where the loss shows probabilities, the
    scores that have these; where it shows their distance alone, fakes stand at 0.
    """
    # Of another loss, before an edit, a series may still be in the window: it is empty since then.
    reals, fakes = since_edit(recent, "score_real", "score_fake")
    if len(reals):
        return reals, fakes
    reals, fakes = since_edit(recent, "d_real", "d_fake")
    if len(reals):
        return _logit(reals), _logit(fakes)
    (distance,) = since_edit(recent, "wasserstein")
    return distance, np.zeros_like(distance)


def _logit(probabilities: np.ndarray) -> np.ndarray:
    inner = np.clip(probabilities, 1e-12, 1 - 1e-7)
    return np.log(inner) - np.log1p(-inner)
