"""Alarms about what G makes and what D has seen: collapse, standstill, a critic that over-fits."""

from __future__ import annotations

import numpy as np

from ganlab.alarms.alarm import Alarm, Recent
from ganlab.alarms.readings import d_title, scores
from ganlab.alarms.remedies import (
    MAY_FLIP,
    edit,
    fewer_d_steps,
    more_d_steps,
    no_saturation,
    rewind,
    scaled,
    start_over,
)
from ganlab.alarms.windows import STILL, looks, since_edit, steps_of, unbroken

#: Diversity: real images have 1, an untrained G about 0.15. Healthy runs rise and then stay above 0.5.
_COLLAPSED = 0.3
_DIVERSE = 0.5
#: Until then a G that learns slowly may not have left its first grey.
_WARM_UP = 500
_NO_GRADIENT = 1e-3
#: Share of the distance between reals and fakes that lies between known and unknown reals. Healthy runs reach 0.4.
_OVER_FITTED = 0.8
#: Examples of each kind that a look at D's scores takes, and standard errors of their mean that chance does not reach.
_LOOKED_AT = 128
_CLEAR = 3.0
_JUDGED = 20


def mode_collapse(recent: Recent) -> Alarm | None:
    """The samples resemble one another far more than real images do, and than they did before or could by now."""
    steps, values = looks(recent, "diversity")
    if len(values) < 3 or values[-2:].max() > _COLLAPSED:
        return None
    best = int(values[:-2].argmax())
    if values[best] < _DIVERSE and recent.step - recent.edited_at < _WARM_UP:
        return None
    diverse = steps[values >= _DIVERSE]
    since = int(diverse[-1]) + 1 if len(diverse) else int(steps[0])
    config = recent.config
    half = scaled(config, 0.5, "lr_d", "lr_g")
    unbatched = {"norm_d": "layer"} if config.norm_d == "batch" else {}
    return Alarm(
        "mode-collapse",
        "Mode collapse",
        "G makes nearly the same image from every z: it has found a few that D takes for real, and stays with them.",
        f"At step {steps[-1]:,} two samples differ {values[-1]:.0%} as much as two real images do; "
        f"the most was {values[best]:.0%}, at step {steps[best]:,}.",
        recent.step,
        rewind(recent, since, "with smaller steps", **half)
        + edit(config, "Let D keep up", **more_d_steps(config))
        + edit(config, "Slow G down", **scaled(config, 0.5, "lr_g"))
        + start_over(config, "as a WGAN-GP", loss="wasserstein", penalty="gradient", d_steps=5, **unbatched),
    )


def stands_still(recent: Recent) -> Alarm | None:
    """The samples do not change from look to look, and G's gradient is next to nothing."""
    steps, moved = looks(recent, "moved")
    (norms,) = since_edit(recent, "grad_norm_g")
    still = unbroken(moved <= STILL)
    norm = float(np.median(norms[-_JUDGED:])) if len(norms) >= _JUDGED else np.inf
    if still < 3 or norm > _NO_GRADIENT:
        return None
    config = recent.config
    slower = scaled(config, 0.25, "lr_d")
    return Alarm(
        "stands-still",
        "The generator stands still",
        "G gets next to no gradient, so its samples do not change any more. "
        "As a rule D has won, and its verdict is the same whatever G does.",
        f"The samples moved by {moved[-still:].mean():.2g} per look (of 2, from black to white) from step "
        f"{steps[-still]:,} to {steps[-1]:,}, and G's gradient had a length of {norm:.2g}.",
        recent.step,
        edit(config, "Take a loss that does not saturate", **no_saturation(config))
        + rewind(recent, int(steps[-still]), "with a slower D", **slower, **fewer_d_steps(config))
        + edit(config, "Speed G up", **scaled(config, 4, "lr_g"))
        + start_over(config, "whose D is held smooth", norm_d="spectral"),
    )


def critic_over_fits(recent: Recent) -> Alarm | None:
    """D knows the training images by heart: it scores real images that it has not seen like generated ones."""
    steps, gaps = looks(recent, "critic_gap")
    reals, fakes = scores(recent)
    if len(reals) < 2 * _JUDGED:
        return None
    apart = float((reals - fakes)[-_JUDGED:].mean())
    known = unbroken(-gaps > max(_OVER_FITTED * apart, _CLEAR * _chance(recent, reals - fakes)))
    if known < 3 or apart <= 0:
        return None
    config = recent.config
    flip = {"flip": True} if config.dataset in MAY_FLIP else {}
    return Alarm(
        "critic-over-fits",
        f"The {d_title(config)} knows the training images by heart",
        "D scores real images that it was never shown much lower than those that it knows. So it judges what it "
        "remembers rather than what is real, and G is driven to copy. There are too few images for this D.",
        f"At step {steps[-1]:,} held-out images scored {-gaps[-1]:.3g} below training images; over "
        f"{steps_of(_JUDGED, recent.step)} generated images scored {apart:.3g} below them.",
        recent.step,
        edit(config, "Show mirrored images as well", **flip)
        + edit(config, "Hold D smoother", **scaled(config, 2, "penalty_weight"))
        + edit(config, "Train D less", **fewer_d_steps(config), **scaled(config, 0.5, "lr_d"))
        + start_over(config, "with all images", max_images=0)
        + rewind(recent, int(steps[-known]), "with a slower D", **scaled(config, 0.5, "lr_d")),
    )


def _chance(recent: Recent, apart: np.ndarray) -> float:
    """Standard error of the gap, from how much the distance of reals and fakes jumps between batches. apart: (n,)."""
    config = recent.config
    jumps = float(np.diff(apart[-10 * _JUDGED :]).std())
    # Each of them is the difference of two differences of means over all images of a step.
    of_one_score = jumps * (config.batch_size * config.d_steps) ** 0.5 / 2
    return of_one_score * (2 / _LOOKED_AT) ** 0.5
