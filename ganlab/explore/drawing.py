"""Pictures of latents."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ganlab.config import whole_of
from ganlab.errors import ConfigError
from ganlab.explore.loading import Loaded
from ganlab.gan.latent import class_shares, generate
from ganlab.training import to_pictures

#: The class of all samples, each one's share of every class (N, classes), or None: the classes in turn.
Classes = int | Tensor | None

_BATCH = 64
_SOME = r"[0-9]{1,6}(:[0-9]+([.][0-9]+)?)?"
_BLEND = re.compile(rf"{_SOME}([+]{_SOME})*")


def draw(loaded: Loaded, latents: Tensor, classes: Classes = None) -> np.ndarray:
    """uint8 (N, H, W, C) of latents (N, z_dim); points of the plane come as one picture. Raises ConfigError."""
    return to_pictures(samples(loaded, latents, classes))


@torch.no_grad()
def samples(
    loaded: Loaded,
    latents: Tensor,
    classes: Classes = None,
    *,
    progress: Callable[[float], object] = lambda share: None,
) -> Tensor:
    """What the generator makes of latents (N, z_dim): images (N, C, H, W) in [−1, 1] or points (N, 2).

    classes: ignored by a generator without classes, unless it is a number. progress: called with the share done,
    0 to 1, where there is more than one batch. Raises ConfigError for a class that there is not.
    """
    shares = shares_of(loaded, len(latents), classes)
    parts: list[Tensor] = []
    for start in range(0, len(latents), _BATCH):
        chosen = slice(start, start + _BATCH)
        parts.append(generate(loaded.generator, latents[chosen], None if shares is None else shares[chosen]))
        progress(min(1.0, (start + _BATCH) / len(latents)))
    return torch.cat(parts)


def shares_of(loaded: Loaded, count: int, classes: Classes) -> Tensor | None:
    """Each sample's share of every class, (count, classes), or None without classes. Raises ConfigError."""
    if isinstance(classes, int):
        _check_class(classes, loaded)
        return class_shares(torch.full((count,), classes), loaded.class_count)
    if not loaded.class_count:
        return None
    if classes is None:
        return class_shares(torch.arange(count) % loaded.class_count, loaded.class_count)
    if classes.shape != (count, loaded.class_count):
        raise ConfigError(
            f"shares of classes must be {count}×{loaded.class_count} numbers, "
            f"got {'×'.join(map(str, classes.shape))}: give one for each sample and class"
        )
    return classes


def classes_of(loaded: Loaded, text: str, name: str = "label") -> int | Tensor:
    """A class as typed, '3', or shares of every class (classes,): '3+5' is half of each, '3:1+5:3' a quarter of 3.

    Raises ConfigError: not such a text, a class that there is not.
    """
    if (label := whole_of(text)) is not None:
        return label
    if not _BLEND.fullmatch(text):
        raise ConfigError(f"{name} must be a class (3), or some of several (3+5, 3:1+5:3), got {text[:40]!r}")
    wanted = torch.zeros(loaded.class_count)
    for part in text.split("+"):
        label, _, amount = part.partition(":")
        _check_class(int(label), loaded)
        wanted[int(label)] += float(amount or 1)
    return as_shares(wanted)


def as_shares(amounts: Tensor) -> Tensor:
    """How much of every class (classes,) as shares of their sum. Raises ConfigError."""
    if not (bool(torch.isfinite(amounts).all()) and bool((amounts >= 0).all()) and amounts.sum() > 0):
        raise ConfigError("a blend of classes takes 0 or more of each, and more than 0 of one: give such numbers")
    return amounts / amounts.sum()


def _check_class(label: int, loaded: Loaded) -> None:
    if not 0 <= label < loaded.class_count:
        classes = f"classes 0 to {loaded.class_count - 1}" if loaded.class_count else "no classes to choose from"
        raise ConfigError(f"label is {label}, but {loaded.source} has {classes}")
