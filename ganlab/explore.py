"""Generators of runs, loaded and ready to draw: grids from a seed, walks along directions, strips between seeds."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
import torch
from torch import Tensor, nn

from ganlab.config import TrainConfig, suggest
from ganlab.data import shape_for
from ganlab.errors import ConfigError, RunError, SnapshotError
from ganlab.gan.latent import PATHS, Directions, PathName, latents_of_seed, move, principal_directions
from ganlab.gan.networks import build_generator
from ganlab.runs import Run, Runs
from ganlab.training import labels_in_turn, to_pictures

#: A step that has a snapshot, the last one that has, or the generator of a run in progress.
Snapshot = int | Literal["last", "live"]
#: Step and weights ("average.…") of the averaged generator of a run in progress, or None.
Live = Callable[[str], tuple[int, Mapping[str, Tensor]] | None]

MOST_IMAGES = 256
MOST_FRAMES = 64
MOST_SEED = 2**31 - 1
#: How far a latent may be moved; sliders end long before, and float32 is still far from overflowing.
FARTHEST_MOVE = 1000.0

MOST_LOADED = 8
_PREFIX = "average."
_EMBEDDING = "embed.weight"  # a row per class, in a conditional generator


@dataclass(frozen=True)
class Loaded:
    """The averaged generator of a run at a step, in eval mode on the CPU, and its principal directions.

    class_count: classes that a conditional generator can be told, else 0.
    """

    run: Run
    step: int
    generator: nn.Module
    directions: Directions
    class_count: int = 0


class Explorer:
    """Draws from the generators of `runs` and keeps the last few loaded. Every method may be called from any thread."""

    def __init__(self, runs: Runs, live: Live = lambda run_id: None) -> None:
        self.runs = runs
        self._live = live
        self._lock = threading.Lock()
        self._loaded: OrderedDict[tuple[str, int], Loaded] = OrderedDict()

    def snapshots(self, run_id: str) -> tuple[int, ...]:
        """Steps of a run that can be drawn from, rising. Raises RunError when there is no such run."""
        return self.runs.get(run_id).snapshot_steps()

    def load(self, run_id: str, snapshot: Snapshot) -> Loaded:
        """The generator of a snapshot; "live" is the last snapshot when the run is not in progress.

        Raises RunError: no such run, or nothing to draw from yet. Raises SnapshotError: missing or damaged.
        """
        run = self.runs.get(run_id)
        now = self._live(run_id) if snapshot == "live" else None
        if now is not None:
            return self._keep(run, now[0], lambda: now[1])
        step = snapshot if isinstance(snapshot, int) else _last_step(run)
        return self._keep(run, step, lambda: run.load_snapshot(step, prefix=_PREFIX))

    def walk(
        self,
        run_id: str,
        snapshot: Snapshot,
        *,
        seed: int,
        count: int = 1,
        along: Mapping[int, float] | None = None,
        raw: Mapping[int, float] | None = None,
        label: int | None = None,
    ) -> tuple[np.ndarray, int]:
        """The first `count` images of a seed, their latents moved, and the step of the weights.

        along: principal direction → standard deviations; raw: index into z → offset; label: the class of all of
        them where the run is conditional, else they take its classes in turn.
        Returns uint8 (count, H, W, C); points of the plane come as one picture.
        Raises ConfigError, and what `load` raises.
        """
        along, raw = along or {}, raw or {}
        _check_whole("seed", seed, 0, MOST_SEED)
        _check_whole("count", count, 1, MOST_IMAGES)
        _check_moves("along", along)
        _check_moves("raw", raw)
        loaded = self.load(run_id, snapshot)
        latents = move(_latents(loaded.run.config, seed, count), loaded.directions, dict(along), dict(raw))
        _check_label(label, loaded)
        return _draw(loaded, latents, label), loaded.step

    def strip(
        self,
        run_id: str,
        snapshot: Snapshot,
        *,
        seed: int,
        to: int,
        frames: int = 9,
        path: str = "slerp",
        label: int | None = None,
    ) -> tuple[np.ndarray, int]:
        """Images on the way from one seed's first latent to another's, both included, and the step of the weights.

        label: the class of all frames where the run is conditional; its first when it is None.
        Returns uint8 (frames, H, W, C); points of the plane come as one picture.
        Raises ConfigError, and what `load` raises.
        """
        _check_whole("seed", seed, 0, MOST_SEED)
        _check_whole("to", to, 0, MOST_SEED)
        _check_whole("frames", frames, 2, MOST_FRAMES)
        if path not in PATHS:
            raise ConfigError(f"path cannot be {path!r}: {suggest(path, list(PATHS))}")
        loaded = self.load(run_id, snapshot)
        start, end = (_latents(loaded.run.config, each, 1)[0] for each in (seed, to))
        latents = PATHS[cast(PathName, path)](start, end, torch.linspace(0, 1, frames))
        _check_label(label, loaded)
        return _draw(loaded, latents, label or 0), loaded.step

    def _keep(self, run: Run, step: int, read: Callable[[], Mapping[str, Tensor]]) -> Loaded:
        """The loaded generator, from memory if it was used lately; two readers of one wait for one reading."""
        key = (run.id, step)
        with self._lock:
            if key not in self._loaded:
                self._loaded[key] = _load(run, step, read())
                if len(self._loaded) > MOST_LOADED:
                    self._loaded.popitem(last=False)
            self._loaded.move_to_end(key)
            return self._loaded[key]


def _last_step(run: Run) -> int:
    steps = run.snapshot_steps()
    if not steps:
        raise RunError(
            f"run {run.id!r} has no snapshot yet: let it train to step {run.config.snapshot_every}, "
            "or stop it, which writes one"
        )
    return steps[-1]


def _load(run: Run, step: int, weights: Mapping[str, Tensor]) -> Loaded:
    config = run.config
    own = {name.removeprefix(_PREFIX): value for name, value in weights.items()}
    class_count = len(own[_EMBEDDING]) if _EMBEDDING in own else 0
    generator = build_generator(config, shape_for(config), class_count=class_count)
    try:
        generator.load_state_dict(own)
    except RuntimeError:
        raise SnapshotError(
            f"the snapshot of step {step} of run {run.id!r} holds another network than its config says "
            f"(network {config.network!r}, width {config.width}, z_dim {config.z_dim}): choose another snapshot or run"
        ) from None
    directions = principal_directions(generator, config.prior, config.prior_half_width)
    return Loaded(run, step, generator, directions, class_count)


def _latents(config: TrainConfig, seed: int, count: int) -> Tensor:
    return latents_of_seed(seed, count, config.z_dim, config.prior, config.prior_half_width)


@torch.no_grad()
def _draw(loaded: Loaded, latents: Tensor, label: int | None = None) -> np.ndarray:
    """Pictures of latents; of a conditional generator all of class `label`, or of its classes in turn."""
    labels = labels_in_turn(len(latents), loaded.class_count, latents.device)
    if labels is not None and label is not None:
        labels = labels.fill_(label)
    return to_pictures(loaded.generator(latents, labels))


def _check_whole(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ConfigError(f"{name} must be a whole number from {low} to {high}, got {value}")


def _check_label(label: int | None, loaded: Loaded) -> None:
    if label is not None and not 0 <= label < loaded.class_count:
        classes = f"classes 0 to {loaded.class_count - 1}" if loaded.class_count else "no classes to choose from"
        raise ConfigError(f"label is {label}, but run {loaded.run.id!r} has {classes}")


def _check_moves(name: str, moves: Mapping[int, float]) -> None:
    for index, amount in moves.items():
        if not (math.isfinite(amount) and abs(amount) <= FARTHEST_MOVE):
            raise ConfigError(
                f"{name} {index} must be a number from −{FARTHEST_MOVE:g} to {FARTHEST_MOVE:g}, got {amount:g}"
            )
