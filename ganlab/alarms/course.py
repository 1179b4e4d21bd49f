"""Alarms about the course of a run: the losses swing or run away, nothing changes any more."""

from __future__ import annotations

import numpy as np

from ganlab.alarms.alarm import Alarm, Recent
from ganlab.alarms.readings import READINGS, scores, standing
from ganlab.alarms.remedies import edit, rewind, scaled, start_over
from ganlab.alarms.windows import STILL, began, looks, since_edit, smooth, steps_of

_JUDGED = 50
#: Of a D that cannot tell, or of the Wasserstein estimate. Healthy runs stay below 1.1 and 0.4.
_FAR_OFF = 3.0
#: A penalty, times its weight, that is small in itself outweighs nothing.
_HEAVY = 10.0
_GREW = 10.0
#: No critic of slope 1 has a distance like this: two images of 256×256 colour pixels are at most 890 apart.
_NO_DISTANCE = 1000.0
_SWINGS_WITHIN = 500
_TURNS = 4
_LONG = 1000
_FLAT = 0.01


def runaway(recent: Recent) -> Alarm | None:
    """The losses have left the range in which they mean something."""
    found = _far_from_balance(recent) or _heavy_penalty(recent) or _unbounded(recent)
    if found is None:
        return None
    told, bad = found
    since = began(bad, recent.step, by=recent.step - _JUDGED + 1)
    config = recent.config
    firmer = {"penalty": "gradient"} if config.loss == "wasserstein" and config.penalty == "none" else {}
    smaller = firmer or scaled(config, 0.1, "lr_d", "lr_g")
    way = "with a gradient penalty" if firmer else "with a tenth of the learning rates"
    return Alarm(
        "runaway",
        "The losses run away",
        "Each step goes so far that it makes things worse than they were. "
        "The learning rates are too high for these networks, or nothing holds D's scores.",
        f"Over {told}; it has been so since step {since:,}.",
        recent.step,
        rewind(recent, since, way, **smaller)
        + start_over(config, way, **smaller)
        + edit(config, f"Go on {way}", **smaller),
    )


Found = tuple[str, np.ndarray]


def _far_from_balance(recent: Recent) -> Found | None:
    stood = standing(recent)
    if len(stood) < _JUDGED or stood[-_JUDGED:].mean() < _FAR_OFF:
        return None
    loss_d = recent.series["loss_d"][-_JUDGED:]
    told = (
        f"{steps_of(_JUDGED, recent.step)} loss_d was {loss_d.mean():.3g} on average and up to {loss_d.max():.3g}, "
        f"where a D that cannot tell would have {loss_d.mean() / stood[-_JUDGED:].mean():.2g}"
    )
    return told, smooth(stood) > _FAR_OFF


def _heavy_penalty(recent: Recent) -> Found | None:
    """A critic whose slope is so far from where the penalty wants it that nothing else counts in its loss."""
    penalty, distance = since_edit(recent, "penalty", "wasserstein")
    if len(penalty) < _JUDGED:
        return None
    weighted, distance = penalty * recent.config.penalty_weight, np.abs(distance)
    now, beside = weighted[-_JUDGED:].mean(), distance[-_JUDGED:].mean()
    if now < _HEAVY or now < _FAR_OFF * beside:
        return None
    told = (
        f"{steps_of(_JUDGED, recent.step)} the penalty, times its weight, was {now:.3g} on average beside "
        f"a Wasserstein estimate of {beside:.3g}"
    )
    return told, smooth(weighted) > _FAR_OFF * smooth(distance)


def _unbounded(recent: Recent) -> Found | None:
    """A critic that nothing holds, whose distance grows and grows."""
    config = recent.config
    (distance,) = since_edit(recent, "wasserstein")
    if config.penalty != "none" or config.norm_d == "spectral" or len(distance) < 2 * _JUDGED:
        return None
    before, now = distance[-2 * _JUDGED : -_JUDGED].mean(), distance[-_JUDGED:].mean()
    if before <= 0 or now < min(_GREW * before, _NO_DISTANCE):
        return None
    told = f"{steps_of(2 * _JUDGED, recent.step)} the Wasserstein estimate went from {before:.3g} to {now:.3g}"
    return told, smooth(distance) > min(before, _NO_DISTANCE)


def oscillation(recent: Recent) -> Alarm | None:
    """What D thinks of the samples goes far to one side of its mean and to the other, slowly, again and again."""
    reals, fakes = scores(recent)
    swing = READINGS[recent.config.loss].swing
    slow = smooth(fakes if swing is not None else reals - fakes)[-_SWINGS_WITHIN:]
    if len(slow) < 2 * _JUDGED:
        return None
    middle = float(slow.mean())
    turns = _turns(slow - middle, swing if swing is not None else abs(middle))
    if turns < _TURNS:
        return None
    config = recent.config
    half = scaled(config, 0.5, "lr_d", "lr_g")
    what = "the mean score of generated images" if swing is not None else "the distance between the mean scores"
    return Alarm(
        "oscillation",
        "The two networks chase each other",
        "D and G take turns at winning: each undoes what the other has learnt, and the samples go round in circles. "
        "Their steps are too large.",
        f"Over {steps_of(len(slow), recent.step)} {what} went between {slow.min():.3g} and {slow.max():.3g} "
        f"(smoothed over 10 steps) and changed sides {turns} times.",
        recent.step,
        edit(config, "Take smaller steps", **half)
        + edit(config, "Take the momentum out", beta1=0.0)
        + rewind(recent, recent.step - len(slow) + 1, "with smaller steps", **half),
    )


def _turns(away: np.ndarray, reach: float) -> int:
    """How often `away` goes from beyond +reach to beyond −reach or back."""
    sides = np.sign(away[np.abs(away) > reach])
    return int((sides[1:] != sides[:-1]).sum())


def no_progress(recent: Recent) -> Alarm | None:
    """The Wasserstein estimate, or else the samples, have been the same for a thousand steps."""
    seen = _same_distance(recent) if recent.config.loss == "wasserstein" else _same_samples(recent)
    if seen is None:
        return None
    config = recent.config
    return Alarm(
        "no-progress",
        "No progress for long",
        "The run has come to rest. It may be as good as these networks get, "
        "or its steps may be too large for the last bit.",
        f"Over {steps_of(_LONG, recent.step)} {seen}.",
        recent.step,
        edit(config, "Take smaller steps", **scaled(config, 0.5, "lr_d", "lr_g"))
        + start_over(config, "with wider networks", width=config.width * 2),
    )


def _same_distance(recent: Recent) -> str | None:
    (distance,) = since_edit(recent, "wasserstein")
    if len(distance) < _LONG:
        return None
    quarters = distance[-_LONG:].reshape(4, -1).mean(1)
    if np.ptp(quarters) > _FLAT * abs(quarters.mean()):
        return None
    return f"the Wasserstein estimate stayed between {quarters.min():.4g} and {quarters.max():.4g} (means of quarters)"


def _same_samples(recent: Recent) -> str | None:
    """Only where the looks reach back far enough."""
    steps, diversity = looks(recent, "diversity")
    moved_at, moved = looks(recent, "moved")
    begin = recent.step - _LONG
    if recent.edited_at > begin or not len(steps) or steps[0] > begin or not (moved_at > begin).any():
        return None
    diversity, moved = diversity[steps > begin], moved[moved_at > begin]
    if np.ptp(diversity) > _FLAT * diversity.mean() or moved.max() > STILL:
        return None
    return f"the samples moved by {moved.mean():.2g} per look (of 2), their diversity stayed at {diversity.mean():.3g}"
