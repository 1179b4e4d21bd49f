"""The same latents at every age of a run, and in two generators side by side; films of a run over its training."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from PIL import Image
from torch import Tensor

from ganlab.errors import ConfigError, RunError, SnapshotError
from ganlab.explore.drawing import Classes, draw
from ganlab.explore.explorer import Explorer
from ganlab.explore.films import captioned, fitted
from ganlab.explore.loading import Loaded, WeightsName
from ganlab.pictures import make_grid
from ganlab.runs import Run
from ganlab.steps import steps_in

Told = Callable[[float], object]

#: Frames of a film of grids, at most.
MOST_GRIDS = 256


@dataclass(frozen=True, eq=False)
class Ages:
    """pictures: uint8 (ages, N, H, W, C), of the same N latents after each of `steps`; N is 1 for points.

    left_out: steps whose snapshots cannot be drawn from.
    """

    steps: tuple[int, ...]
    pictures: np.ndarray
    left_out: tuple[int, ...] = ()


def ages(
    explorer: Explorer,
    run_id: str,
    latents: Tensor,
    classes: Classes = None,
    *,
    weights: WeightsName = "average",
    most: int = 0,
    progress: Told = lambda share: None,
) -> Ages:
    """Pictures of latents (N, z_dim) at every snapshot of a run, the first one first.

    most: of more snapshots than this, so many are taken, evenly; 0 takes all. progress: called with the share done.
    A snapshot that is damaged is left out. Raises RunError where there is none yet or all are damaged, ConfigError.
    """
    chosen = evenly(explorer.snapshots(run_id), most)
    pictures: dict[int, np.ndarray] = {}
    for number, step in enumerate(chosen, 1):
        with suppress(SnapshotError):
            pictures[step] = _drawn(explorer.load(run_id, step, weights=weights), latents, classes)
        progress(number / len(chosen))
    if not pictures:
        explorer.load(run_id, "last", weights=weights)  # which says what is wrong, and what to do
    return Ages(tuple(pictures), np.stack(list(pictures.values())), tuple(s for s in chosen if s not in pictures))


def film_of_ages(found: Ages, size: int) -> np.ndarray:
    """Frames, uint8 (ages, H, W, 3), at most `size` wide: the pictures of each age, and its step below."""
    return captioned([fitted(make_grid(each), size) for each in found.pictures], _words(found.steps))


def film_of_grids(run: Run, size: int) -> np.ndarray:
    """Frames, uint8 (grids, H, W, 3), at most `size` wide: the grids that a run has kept, and their steps below.

    Of more than 256, so many, evenly. Raises RunError where there is none, or one that cannot be read.
    """
    steps = evenly(steps_in(run.samples(run.history())), MOST_GRIDS)
    if not steps:
        raise RunError(f"run {run.id!r} has no grid of samples yet: let it train to its first one")
    grids = [_grid(run, step) for step in steps]
    kept = [(step, grid) for step, grid in zip(steps, grids, strict=True) if grid.shape == grids[-1].shape]
    return captioned([fitted(grid, size) for _, grid in kept], _words([step for step, _ in kept]))


def side_by_side(one: Loaded, other: Loaded, latents: Tensor, classes: Classes = None) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of the same latents (N, z_dim), which are of `one`'s prior, in two generators: two of (N, H, W, C).

    Where the priors differ, z is carried over by its Gaussian coordinates, so that it is as typical of either.
    Raises ConfigError where the two do not take the same number of numbers.
    """
    if one.config.z_dim != other.config.z_dim:
        raise ConfigError(
            f"{one.source} has z_dim {one.config.z_dim} and {other.source} {other.config.z_dim}: "
            "the same z can only be shown in runs with the same z_dim"
        )
    same = one.space == other.space
    carried = latents if same else other.space.from_gaussian(one.space.to_gaussian(latents))
    return _drawn(one, latents, classes), _drawn(other, carried, classes)


def evenly(steps: tuple[int, ...], most: int) -> tuple[int, ...]:
    """At most `most` of rising steps, the first and the last among them; all of them for 0."""
    if not 0 < most < len(steps):
        return steps
    if most == 1:
        return steps[-1:]
    return tuple(steps[round(place * (len(steps) - 1) / (most - 1))] for place in range(most))


def _grid(run: Run, step: int) -> np.ndarray:
    try:
        with Image.open(io.BytesIO(run.sample(step))) as picture:
            return np.asarray(picture.convert("RGB"))
    except OSError:
        raise RunError(
            f"the samples of step {step} of run {run.id!r} are damaged: delete {run.sample_path(step)}"
        ) from None


def _words(steps: Sequence[int]) -> list[str]:
    return [f"step {step:,}" for step in steps]


def _drawn(loaded: Loaded, latents: Tensor, classes: Classes) -> np.ndarray:
    if latents.shape[1] != loaded.config.z_dim:
        raise ConfigError(
            f"the latents have {latents.shape[1]} numbers, but {loaded.source} has z_dim {loaded.config.z_dim}: "
            "take latents of a run with the same z_dim"
        )
    return draw(loaded, latents, classes)
