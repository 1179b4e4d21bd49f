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
from ganlab.alarms.windows import STILL, looks, since_edit, unbroken
from ganlab.words import percent

#: Diversity: real images have 1, an untrained G about 0.15. Healthy runs rise and then stay above 0.5.
_COLLAPSED = 0.3
_DIVERSE = 0.5
#: Spacing of G's samples (real ones have 1), at most, and energy distance from the data, at least. Healthy runs begin
#: with a spacing of 0.25 without a norm in G, of 0.7 to 1.4 with one, and with an energy distance of about 1; while
#: that falls, the spacing may dip to 0.45.
_CROWDED = ((0.7, 0.5), (0.3, 0.15))
#: Until then a G that learns slowly may not have left its first grey.
_WARM_UP = 500
_NO_GRADIENT = 1e-3
#: Of the length of G's weights, in a step. Healthy runs take 1e-3 and more, those with a rate of 1e-5 still 1e-4.
_NO_STRIDE = 1e-6
#: Share of the distance between reals and fakes that lies between known and unknown reals. Healthy runs stay
#: below 0.1, or 0.2 with 300 images.
_OVER_FITTED = 0.25
#: Looks that a gap is averaged over, and standard errors that chance does not reach.
_GAPS = 8
_CLEAR = 2.0
_JUDGED = 20

#: Since which step, and the numbers that show it.
Found = tuple[int, str]


def mode_collapse(recent: Recent) -> Alarm | None:
    """The samples resemble one another far more than real images do, all of them or each some others."""
    found = _all_alike(recent) or _crowded(recent)
    if found is None:
        return None
    since, told = found
    config = recent.config
    half = scaled(config, 0.5, "lr_d", "lr_g")
    unbatched = {"norm_d": "layer"} if config.norm_d == "batch" else {}
    return Alarm(
        "mode-collapse",
        "Mode collapse",
        "G makes nearly the same image, or the same few, from every z: it has found some that D takes for real, and "
        "stays with them.",
        told,
        recent.step,
        rewind(recent, since, "with smaller steps", **half)
        + edit(config, "Let D keep up", **more_d_steps(config))
        + edit(config, "Slow G down", **scaled(config, 0.5, "lr_g"))
        + start_over(config, "as a WGAN-GP", loss="wasserstein", penalty="gradient", d_steps=5, **unbatched),
    )


def _all_alike(recent: Recent) -> Found | None:
    """Less varied than they were before or could be by now."""
    steps, values = looks(recent, "diversity")
    if len(values) < 3 or values[-2:].max() > _COLLAPSED:
        return None
    best = int(values[:-2].argmax())
    if values[best] < _DIVERSE and recent.step - recent.edited_at < _WARM_UP:
        return None
    diverse = steps[values >= _DIVERSE]
    return int(diverse[-1]) + 1 if len(diverse) else int(steps[0]), (
        f"At step {steps[-1]:,} two samples differ {percent(values[-1])} as much as two real images do; "
        f"the most was {percent(values[best])}, at step {steps[best]:,}."
    )


def _crowded(recent: Recent) -> Found | None:
    """A few pictures again and again, which may differ much from one another, and far from the data as a whole."""
    steps, spacing = looks(recent, "spacing_g")
    _, energy = looks(recent, "energy_g")
    if len(spacing) != len(energy):
        return None
    crowded = unbroken(np.any([(spacing <= most) & (energy >= far) for most, far in _CROWDED], axis=0))
    fell = any(values.get("spacing_g", 0.0) > _CROWDED[0][0] for _, values in recent.measures)
    if crowded < 3 or not (fell or recent.step - recent.edited_at >= _WARM_UP):
        return None
    since = int(steps[-crowded])
    return since, (
        f"From step {since:,} to {steps[-1]:,} a sample of G lay {percent(spacing[-crowded:].mean())} as far from the "
        f"one most like it as real images do, and all together {percent(energy[-crowded:].mean())} as far from real "
        "images as two of these from each other."
    )


def stands_still(recent: Recent) -> Alarm | None:
    """G's weights stand, by steps of next to no length; or its samples do, for want of a gradient."""
    found = _no_stride(recent) or _no_gradient(recent)
    if found is None:
        return None
    since, told = found
    config = recent.config
    slower = scaled(config, 0.25, "lr_d")
    return Alarm(
        "stands-still",
        "The generator stands still",
        "G's steps lead nowhere, so its samples do not change any more. Its learning rate is next to nothing, or its "
        "gradient is: as a rule D has won then, and its verdict is the same whatever G does.",
        told,
        recent.step,
        edit(config, "Take a loss that does not saturate", **no_saturation(config))
        + rewind(recent, since, "with a slower D", **slower, **fewer_d_steps(config))
        + edit(config, "Speed G up", lr_g=max(scaled(config, 4, "lr_g")["lr_g"], min(config.lr_d, 1e-3)))
        + start_over(config, "whose D is held smooth", norm_d="spectral"),
    )


def _no_stride(recent: Recent) -> Found | None:
    steps, strides = looks(recent, "stride_g")
    still = unbroken(strides <= _NO_STRIDE)
    if still < 3:
        return None
    since = int(steps[-still])
    return since, (
        f"From step {since:,} to {steps[-1]:,} a step of G was {strides[-still:].max():.1g} times as long as its "
        f"weights or shorter, with a learning rate of {recent.config.lr_g:g}; 1e-3 is usual."
    )


def _no_gradient(recent: Recent) -> Found | None:
    steps, moved = looks(recent, "moved")
    (norms,) = since_edit(recent, "grad_norm_g")
    still = unbroken(moved <= STILL)
    norm = float(np.median(norms[-_JUDGED:])) if len(norms) >= _JUDGED else np.inf
    if still < 3 or norm > _NO_GRADIENT:
        return None
    since = int(steps[-still])
    return since, (
        f"The samples moved by {moved[-still:].mean():.2g} per look (of 2, from black to white) from step "
        f"{since:,} to {steps[-1]:,}, and G's gradient had a length of {norm:.2g}."
    )


def critic_over_fits(recent: Recent) -> Alarm | None:
    """D knows the training images by heart: it scores real images that it has not seen like generated ones."""
    steps, gaps = looks(recent, "critic_gap")
    errors = looks(recent, "critic_gap_error")[1]
    reals, fakes = scores(recent)
    if len(reals) < 2 * _JUDGED or not 3 <= len(errors) == len(gaps):
        return None
    apart = float((reals - fakes)[-5 * _JUDGED :].mean())
    # The same images are looked at each time: their error does not average out.
    gap, error, looked = gaps[-_GAPS:].mean(), errors[-_GAPS:].mean(), len(gaps[-_GAPS:])
    if apart <= 0 or -gap < max(_OVER_FITTED * apart, _CLEAR * error):
        return None
    config = recent.config
    flip = {"flip": True} if config.dataset in MAY_FLIP else {}
    return Alarm(
        "critic-over-fits",
        f"The {d_title(config)} knows the training images by heart",
        "D scores real images that it was never shown much lower than those that it knows. So it judges what it "
        "remembers rather than what is real, and G is driven to copy. There are too few images for this D.",
        f"From step {steps[-looked]:,} to {steps[-1]:,} held-out images scored {-gap:.3g} ± {error:.1g} below training "
        f"images of their class, {percent(-gap / apart)} of the {apart:.3g} that generated images scored below them.",
        recent.step,
        edit(config, "Show mirrored images as well", **flip)
        + edit(config, "Hold D smoother", **scaled(config, 2, "penalty_weight"))
        + edit(config, "Train D less", **fewer_d_steps(config), **scaled(config, 0.5, "lr_d"))
        + start_over(config, "with all images", max_images=0)
        + rewind(recent, int(steps[-looked]), "with a slower D", **scaled(config, 0.5, "lr_d")),
    )
