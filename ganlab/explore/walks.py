"""Walks through key frames: their latents and classes, and their pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ganlab.errors import ConfigError
from ganlab.explore.checks import MOST_SEED, check_one_of, check_whole
from ganlab.explore.drawing import as_shares, samples, shares_of
from ganlab.explore.loading import Loaded
from ganlab.gan.latent import PathName, WalkName, along, arithmetic, between_corners, even_times, times_of, wander
from ganlab.pictures import scatter
from ganlab.training import to_pictures

WALKS: tuple[WalkName, ...] = ("spline", "slerp", "lerp")
#: A minute at 30 frames a second.
MOST_WALK_FRAMES = 1800
MOST_KEYS = 64

Told = Callable[[float], object]


@dataclass(frozen=True, eq=False)
class Key:
    """A key frame: a latent (z_dim,), from wherever, and what it is shown as.

    classes: a class, or how much of every class (classes,), not negative, taken as shares of their sum; None: the
    first there is.
    """

    latent: Tensor
    classes: int | Tensor | None = None


@dataclass(frozen=True)
class Walk:
    """How to go through keys. even: each frame as far from the last as any other, else as many between any two."""

    frames: int = 150
    how: WalkName = "spline"
    loop: bool = False
    even: bool = True


def key_of_seed(loaded: Loaded, seed: int, classes: int | Tensor | None = None) -> Key:
    """The first latent of a seed as a key."""
    check_whole("seed", seed, 0, MOST_SEED)
    return Key(loaded.space.of_seed(seed)[0], classes)


def key_of_sum(loaded: Loaded, plus: Sequence[int], minus: Sequence[int], classes: int | Tensor | None = None) -> Key:
    """First latents of seeds added and subtracted, as in the DCGAN paper, as a key. Raises ConfigError."""
    terms = [[key_of_seed(loaded, seed).latent[None] for seed in seeds] for seeds in (plus, minus)]
    if not plus:
        raise ConfigError("a sum of latents needs at least one that is added: begin with a seed")
    return Key(arithmetic(*terms), classes)


def random_keys(loaded: Loaded, seed: int, count: int, *, classes: int | Tensor | None = None) -> list[Key]:
    """Keys of a random walk that starts at a seed of its own and never leaves the prior. Raises ConfigError."""
    check_whole("seed", seed, 0, MOST_SEED)
    check_whole("the number of keys", count, 2, MOST_KEYS)
    return [Key(latent, classes) for latent in wander(seed, count, loaded.space)]


def walk_latents(loaded: Loaded, keys: Sequence[Key], walk: Walk) -> tuple[Tensor, Tensor | None]:
    """Latents (frames, z_dim) and shares of classes (frames, classes), or None without classes.

    Shares go in a straight line from key to key, whatever way z takes, so that they sum to 1 throughout.
    Raises ConfigError: too few or too many keys or frames, a key of another size, a class that there is not.
    """
    _check(loaded, keys, walk)
    latents = torch.stack([key.latent for key in keys])
    shares = key_shares(loaded, keys)
    if walk.even:
        times = even_times(latents, walk.frames, loaded.space, how=walk.how, loop=walk.loop, shares=shares)
    else:
        times = times_of(len(keys), walk.frames, loop=walk.loop)
    way = along(latents, times, loaded.space, how=walk.how, loop=walk.loop)
    if shares is not None:
        shares = along(shares, times, loaded.space, how="lerp", loop=walk.loop)
    return way, shares


def walk_pictures(
    loaded: Loaded, keys: Sequence[Key], walk: Walk, *, progress: Told = lambda share: None
) -> np.ndarray:
    """The frames, uint8 (frames, H, W, C); in the plane each shows the way of the point so far.

    progress: called with the share done. Raises what `walk_latents` raises.
    """
    latents, shares = walk_latents(loaded, keys, walk)
    made = samples(loaded, latents, shares, progress=progress)
    if made.dim() == 2:
        points = made.numpy()
        return np.stack([scatter(points[: frame + 1]) for frame in range(len(points))])
    return to_pictures(made)


def corner_pictures(
    loaded: Loaded, corners: Sequence[Key], rows: int, columns: int, how: PathName = "slerp"
) -> np.ndarray:
    """Pictures (rows · columns, H, W, C) between four keys: upper left, upper right, lower left, lower right.

    Raises ConfigError.
    """
    if len(corners) != 4:
        raise ConfigError(f"a grid has four corners, got {len(corners)}: give four keys")
    for name, value in (("rows", rows), ("columns", columns)):
        check_whole(name, value, 2, 32)
    _check(loaded, corners, Walk(frames=4))
    latents = between_corners(torch.stack([key.latent for key in corners]), rows, columns, loaded.space, how=how)
    shares = key_shares(loaded, corners)
    if shares is not None:
        shares = between_corners(shares, rows, columns, loaded.space, how="lerp")
    return to_pictures(samples(loaded, latents, shares))


def key_shares(loaded: Loaded, keys: Sequence[Key]) -> Tensor | None:
    """Each key's share of every class, (K, classes), or None without classes. Raises ConfigError."""
    if not loaded.class_count and all(key.classes is None for key in keys):
        return None
    return torch.cat([_shares(loaded, 0 if key.classes is None else key.classes) for key in keys])


def _shares(loaded: Loaded, classes: int | Tensor) -> Tensor:
    """(1, classes), which sum to 1. Raises ConfigError."""
    if isinstance(classes, Tensor):
        if not loaded.class_count:
            raise ConfigError(f"a blend of {len(classes)} classes is asked for, but {loaded.source} has no classes")
        classes = as_shares(classes)[None]
    shares = shares_of(loaded, 1, classes)
    assert shares is not None, "without classes it was refused"
    return shares


def _check(loaded: Loaded, keys: Sequence[Key], walk: Walk) -> None:
    check_whole("the number of keys", len(keys), 2, MOST_KEYS)
    check_whole("frames", walk.frames, 2, MOST_WALK_FRAMES)
    check_one_of("path", walk.how, WALKS)
    for number, key in enumerate(keys, 1):
        if key.latent.shape != (loaded.config.z_dim,):
            raise ConfigError(
                f"key {number} has {key.latent.numel()} numbers, but {loaded.source} has z_dim {loaded.config.z_dim}: "
                "take keys of runs with the same z_dim"
            )
