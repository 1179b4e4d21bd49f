"""Generators from the snapshots of runs, from the run in progress and from single files, ready to draw."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ganlab.config import TrainConfig, WeightsName, parse_config, whole_of
from ganlab.data import class_names_for, shape_for
from ganlab.errors import ConfigError, SnapshotError
from ganlab.explore.checks import check_one_of
from ganlab.gan.latent import DIRECTIONS, Directions, DirectionsName, Space
from ganlab.gan.networks import Generator, build_generator
from ganlab.runs import Run

WEIGHTS: tuple[WeightsName, ...] = ("average", "generator")

_EMBEDDING = "embed.weight"  # a row per class, in a conditional generator


@dataclass(frozen=True, eq=False)
class Loaded:
    """A generator at a step of its training, in eval mode on the CPU.

    source: what it is called in a sentence; class_count: classes that a conditional generator can be told, else 0.
    """

    source: str
    config: TrainConfig
    step: int
    weights: WeightsName
    generator: Generator
    class_count: int = 0

    @property
    def space(self) -> Space:
        """Where its latents live."""
        return space_of(self.config)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Of the classes that it can be told."""
        known = class_names_for(self.config)
        if len(known) == self.class_count:
            return known
        return tuple(f"class {number}" for number in range(self.class_count))


def space_of(config: TrainConfig) -> Space:
    return Space(config.z_dim, config.prior, config.prior_half_width)


def load_run(run: Run, step: int, weights: WeightsName, tensors: Mapping[str, Tensor]) -> Loaded:
    """The generator of a run from the tensors of a snapshot, or of a part of one. Raises SnapshotError."""
    earlier = [each for each in run.snapshot_steps() if each < step]
    return _load(f"run {run.id!r}", run.config, step, weights, tensors, earlier)


def load_file(path: Path, *, weights: WeightsName = "average", called: str = "") -> Loaded:
    """The generator of a snapshot file that lies anywhere, by the config that is written in it.

    Nothing in the file can run code. called: its name in sentences, if not the path's. Raises SnapshotError: missing,
    not to be read, damaged, no safetensors file, not ganlab's.
    """
    check_one_of("weights", weights, WEIGHTS)
    called = called or path.name
    try:
        path.open("rb").close()
    except FileNotFoundError:
        raise SnapshotError(
            f"there is no file {str(path)!r}: name a snapshot such as snapshots/000500.safetensors"
        ) from None
    except OSError as error:
        raise SnapshotError(
            f"{called} cannot be read ({error.strerror}): check its rights, or choose another one"
        ) from None
    try:
        with safe_open(path, framework="pt") as file:
            about: Mapping[str, str] = file.metadata() or {}
            names = [name for name in file.keys() if name.startswith(f"{weights}.")]  # noqa: SIM118 - no dict
            tensors = {name: file.get_tensor(name) for name in names}
    except (SafetensorError, OSError, ValueError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise SnapshotError(
            f"{called} is damaged or no safetensors file ({reason}): choose another one; nothing in it was run"
        ) from None
    return _load(f"file {called!r}", _config_in(called, about), _step_in(about), weights, tensors)


def _config_in(called: str, about: Mapping[str, str]) -> TrainConfig:
    try:
        return parse_config(orjson.loads(about["config"]))
    except (KeyError, TypeError, orjson.JSONDecodeError):
        reason = "it does not say how its network is built"
    except ConfigError as error:
        reason = f"its config is not valid ({error})"
    raise SnapshotError(f"{called} is no snapshot of ganlab, for {reason}: choose a file from a run's snapshots/")


def _step_in(about: Mapping[str, str]) -> int:
    return max(0, whole_of(about.get("step", "")) or 0)


def _load(
    source: str,
    config: TrainConfig,
    step: int,
    weights: WeightsName,
    tensors: Mapping[str, Tensor],
    earlier: Sequence[int] = (),
) -> Loaded:
    prefix = f"{weights}."
    own = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
    if not own:
        raise SnapshotError(f"{source} has no {weights} weights at step {step}: choose {_other_than(weights)}")
    if not all(value.float().square().sum().isfinite() for value in own.values()):
        way_out = f"take an earlier one, such as that of step {earlier[-1]}" if earlier else "choose another one"
        raise SnapshotError(
            f"the snapshot of step {step} of {source} holds weights that are not numbers, or too large to reckon with, "
            f"so nothing can be drawn from it: {way_out}"
        )
    class_count = len(own[_EMBEDDING]) if _EMBEDDING in own else 0
    try:
        generator = build_generator(config, shape_for(config), class_count=class_count)
        generator.load_state_dict(own)
    except (RuntimeError, ConfigError):
        raise SnapshotError(
            f"the snapshot of step {step} of {source} holds another network than its config says (network "
            f"{config.network!r}, width {config.width}, z_dim {config.z_dim}), or was written by an earlier version "
            "of ganlab: choose another snapshot or run"
        ) from None
    return Loaded(source, config, step, weights, generator, class_count)


def _other_than(weights: WeightsName) -> str:
    if weights == "generator":
        return "weights 'average', or a snapshot that was not slimmed"
    return "another snapshot"


@functools.lru_cache(maxsize=16)
def directions_of(loaded: Loaded, kind: DirectionsName = "activations", *, count: int = 8) -> Directions:
    """Directions of one kind of a generator, kept while it is in use; "activations" take a moment the first time."""
    check_one_of("directions", kind, tuple(DIRECTIONS))
    return DIRECTIONS[kind](loaded.generator, loaded.space, count=count)
