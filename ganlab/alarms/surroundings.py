"""Alarms about what surrounds the training: settings that defeat each other, few images, a disk that fills up."""

from __future__ import annotations

from ganlab.alarms.alarm import Alarm, Recent
from ganlab.alarms.remedies import MAY_FLIP, edit, fewer_d_steps, less_on_disk, scaled, start_over
from ganlab.alarms.windows import since_edit, steps_of
from ganlab.config import SLOPE_PENALTIES

_FEW = 50
_SNAPSHOTS_LEFT = 5
_BYTES_LEFT = 50_000_000
_MB = 1_000_000


def batch_norm_in_critic(recent: Recent) -> Alarm | None:
    """A penalty on D's slope at each image, where the score of an image depends on the whole batch."""
    config = recent.config
    if config.norm_d != "batch" or config.penalty not in SLOPE_PENALTIES:
        return None
    penalty = since_edit(recent, "penalty")[0][-50:]
    told = (
        f" Over {steps_of(len(penalty), recent.step)} the penalty was {penalty.mean():.3g} on average, yet the slope "
        "that it holds is not that of single images."
        if len(penalty)
        else ""
    )
    return Alarm(
        "batch-norm-in-critic",
        "Batch normalisation defeats the gradient penalty",
        "The penalty measures how steep D is at each image by itself. With batch normalisation the score of an image "
        "depends on all others in its batch, so that slope is not well defined.",
        f"D normalises over batches of {config.batch_size} images, and penalty {config.penalty!r} with weight "
        f"{config.penalty_weight:g} is on.{told}",
        recent.step,
        start_over(config, "with another normalisation in D", norm_d="layer")
        + edit(config, "Do without the slope", penalty="clip" if config.loss == "wasserstein" else "none"),
    )


def few_images(recent: Recent) -> Alarm | None:
    """So few different pictures that D need not find out what they have in common."""
    config = recent.config
    known = [count for count in (recent.images, config.max_images, recent.different) if count]
    if not known or min(known) >= _FEW:
        return None
    count, files = min(known), recent.images or config.max_images
    flip = {"flip": True} if config.dataset in MAY_FLIP else {}
    copies = f", of which only about {count:,} differ: the others are copies" if count < files else ""
    return Alarm(
        "few-images",
        "Too few images",
        "D can remember every single image, so it rejects whatever is not a copy of one. "
        "The best that G can do then is to copy.",
        f"There are {max(files, count):,} images to train on{copies}. "
        f"D meets each picture about {_often(config.d_steps * config.batch_size / count)}.",
        recent.step,
        start_over(config, "with all images", max_images=0)
        + edit(config, "Show mirrored images as well", **flip)
        + edit(config, "Hold D smoother", **scaled(config, 2, "penalty_weight"))
        + edit(config, "Train D less", **fewer_d_steps(config), **scaled(config, 0.5, "lr_d")),
    )


def _often(times: float) -> str:
    """Times in a step of G, in words."""
    return f"{times:,.0f} times in every step" if times >= 1.5 else f"once every {_steps(max(1, round(1 / times)))}"


def _steps(count: int) -> str:
    return "step" if count == 1 else f"{count} steps"


def disk_nearly_full(recent: Recent) -> Alarm | None:
    """There is room for a few snapshots only."""
    if recent.disk_free is None or recent.disk_free >= max(_SNAPSHOTS_LEFT * recent.snapshot_bytes, _BYTES_LEFT):
        return None
    config = recent.config
    each = f"; a snapshot takes {_megabytes(recent.snapshot_bytes)}" if recent.snapshot_bytes else ""
    return Alarm(
        "disk-nearly-full",
        "The disk is nearly full",
        "Soon no snapshot can be written. Training goes on, but what comes after the last snapshot would be lost "
        "in a crash. Delete runs that you do not need, or keep fewer snapshots.",
        f"At step {recent.step:,} {_megabytes(recent.disk_free)} are free where the run is kept{each}.",
        recent.step,
        less_on_disk(config),
    )


def _megabytes(count: int) -> str:
    return f"{count / _MB:,.1f} MB"
