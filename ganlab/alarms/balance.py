"""Alarms about who is ahead: D wins, D loses."""

from __future__ import annotations

import numpy as np

from ganlab.alarms.alarm import Alarm, Recent
from ganlab.alarms.readings import d_title, scores, standing
from ganlab.alarms.remedies import edit, fewer_d_steps, more_d_steps, no_saturation, rewind, scaled, start_over
from ganlab.alarms.windows import began, since_edit, smooth, steps_of

#: Steps that a verdict rests on.
_JUDGED = 50
#: Of the way from D's lowest loss to that of a D that cannot tell. Healthy runs go down to 0.03 while they warm up.
_WON = 0.015
#: Above 1: worse than an answer that never changes. Healthy runs stay below 1.
_LOST = 1.03
#: Beyond this it is not that G is ahead: the losses run away, another alarm.
_FAR_OFF = 3.0
#: In units of D's scores; near their balance healthy runs have 0.04 and more.
_SAME_SCORE = 0.01


def d_wins(recent: Recent) -> Alarm | None:
    """D's loss lies at its floor: it rejects every generated image with certainty, whatever G does."""
    stood = standing(recent)
    if len(stood) < _JUDGED or stood[-_JUDGED:].mean() > _WON:
        return None
    since = began(smooth(stood) < _WON, recent.step, by=recent.step - _JUDGED + 1)
    config = recent.config
    slower = scaled(config, 0.25, "lr_d")
    return Alarm(
        "d-wins",
        "The discriminator has won",
        "D tells real from generated without a mistake, so G gets no hint which way is better. "
        "D learns too fast for G, or is trained too often.",
        f"Over {steps_of(_JUDGED, recent.step)} {_means(recent, 'loss_d', 'loss_g', 'grad_norm_g')}; "
        f"D's loss has been at its floor since step {since:,}.",
        recent.step,
        edit(config, "Keep G's gradient alive", **no_saturation(config))
        + edit(config, "Train D less often", **fewer_d_steps(config))
        + edit(config, "Slow D down", **slower)
        + rewind(recent, since, "with a slower D", **slower, **fewer_d_steps(config))
        + start_over(config, "whose D is held smooth", norm_d="spectral"),
    )


def d_loses(recent: Recent) -> Alarm | None:
    """D does worse than chance, or gives every image the same score: then it teaches G nothing."""
    count = 2 * _JUDGED
    reals, fakes = scores(recent)
    gaps, stood = (reals - fakes)[-count:], standing(recent)[-count:]
    if len(gaps) < count or not (_does_worse(stood, gaps) if len(stood) else _is_wrong(gaps)):
        return None
    config = recent.config
    slower = scaled(config, 0.25, "lr_g")
    return Alarm(
        "d-loses",
        f"The {d_title(config)} has lost",
        "D cannot tell real from generated, or takes one for the other, though the samples may be poor. "
        "So what it tells G is no guide. D learns too slowly for G.",
        f"Over {steps_of(count, recent.step)} D scored real images {abs(gaps.mean()):.2g} "
        f"{'above' if gaps.mean() > 0 else 'below'} generated ones on average; "
        f"{_means(recent, 'loss_d', 'loss_g')} over the last {_JUDGED} steps.",
        recent.step,
        edit(config, "Train D more often", **more_d_steps(config))
        + edit(config, "Slow G down", **slower)
        + rewind(recent, recent.step - count + 1, "with a slower G", **slower, **more_d_steps(config)),
    )


def _does_worse(stood: np.ndarray, gaps: np.ndarray) -> bool:
    worse = np.median(stood) > _LOST and stood.mean() < _FAR_OFF
    return bool(worse or (stood.mean() > 0.99 and np.abs(gaps).mean() < _SAME_SCORE))


def _is_wrong(gaps: np.ndarray) -> bool:
    """A critic has no marks, but fakes above reals, by more than chance, are the wrong way round for it as well."""
    early, late = gaps[: len(gaps) // 2].mean(), gaps[len(gaps) // 2 :].mean()
    return max(early, late) < -0.2 * np.abs(gaps).mean()


def _means(recent: Recent, *names: str) -> str:
    """'loss_d was 0.01, loss_g 5.2': of the series that there are."""
    found = [(name, since_edit(recent, name)[0][-_JUDGED:]) for name in names]
    told = [f"{name} {values.mean():.3g}" for name, values in found if len(values)]
    return ", ".join(told).replace(" ", " was ", 1)
