"""Alarms about scores: samples that have been getting worse for long, and ones that are too good."""

from __future__ import annotations

import numpy as np

from ganlab.alarms.alarm import Alarm, Recent
from ganlab.alarms.remedies import edit, rewind, scaled, start_over
from ganlab.alarms.windows import looks

#: Distances among the scores, by the first of which there is one; titles of theirs.
_DISTANCES = {
    "frechet": "Fréchet distance",
    "earth-mover": "earth mover's distance",
    "sliced-wasserstein": "sliced Wasserstein distance",
}
#: Scores that a mean is taken of, against chance; scores since the best, at least.
_AMONG, _SINCE = 5, 10
#: Times the best mean, and times what two such means differ by chance.
_WORSE, _CLEAR = 1.5, 4.0
#: Of the distance of held-out images, as many as samples.
_TOO_GOOD = 0.7


def quality_falls(recent: Recent) -> Alarm | None:
    """The distance of the samples from the data was much smaller, and that is long ago."""
    known = ((title, *looks(recent, f"score_{name}")) for name, title in _DISTANCES.items())
    found = next((each for each in known if len(each[1]) >= _AMONG + _SINCE), None)
    if found is None:
        return None
    title, steps, values = found
    means = np.lib.stride_tricks.sliding_window_view(values, _AMONG).mean(1)
    best = int(means.argmin())
    now, before = float(means[-1]), float(means[best])
    chance = float(np.abs(np.diff(values)).mean()) / np.sqrt(_AMONG)
    step = int(steps[best + _AMONG // 2])
    if len(means) - 1 - best < _SINCE or now < _WORSE * before or now - before < _CLEAR * chance:
        return None
    config = recent.config
    slower = scaled(config, 0.5, "lr_d", "lr_g")
    return Alarm(
        "quality-falls",
        "The samples have been getting worse",
        "What G makes was nearer to the data some time ago. Two networks that chase each other may lose what they had: "
        "often their rates are too high for this stage.",
        f"The {title} was {before:.3g} about step {step:,}, and is {now:.3g} now, on average of {_AMONG} scores each.",
        recent.step,
        rewind(recent, step + 1, "with lower rates", **slower) + edit(config, "Slow both down", **slower),
    )


def copies_images(recent: Recent) -> Alarm | None:
    """Samples that lie nearer to the training images than real images do that were never trained on."""
    steps, values = looks(recent, "score_frechet")
    floors = looks(recent, "floor_frechet")[1]
    if len(floors) < _AMONG or (values[-_AMONG:] > _TOO_GOOD * floors[-_AMONG:]).any():
        return None
    config = recent.config
    return Alarm(
        "copies-images",
        "G may be copying its training images",
        "Real images that were held out lie further from the training images than what G makes. That cannot be had by "
        "learning what is real in general, only by learning the images themselves.",
        f"From step {steps[-_AMONG]:,} to {steps[-1]:,} the Fréchet distance was at most "
        f"{values[-_AMONG:].max():.3g}; that of as many held-out images is {floors[-1]:.3g}.",
        recent.step,
        start_over(config, "with all images", max_images=0)
        + edit(config, "Train D less", **scaled(config, 0.5, "lr_d")),
    )
