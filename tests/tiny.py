"""What many tests train: the smallest nets on images that need no file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ganlab.config import TrainConfig, parse_config
from ganlab.data import DATASETS, Dataset, load_for, shape_for
from ganlab.data.pick import pick
from ganlab.recipes import RECIPES
from ganlab.training import Tick, TrainState, new_state, train

TINY: dict[str, Any] = {
    "width": 4,
    "z_dim": 3,
    "batch_size": 5,
    "d_steps": 2,
    "max_steps": 4,
    "preview_every": 3,
    "preview_count": 2,
    "snapshot_every": 100,
    "device": "cpu",
    "precision": "float32",
}


def tiny(**changes: Any) -> TrainConfig:
    """A config that trains in milliseconds."""
    return parse_config(TINY | changes)


def some_data(config: TrainConfig, count: int = 23) -> Dataset:
    """Random examples of the shape of the config's dataset, no two alike; 23 is no multiple of any batch size here.

    A folder is really read. Classes come in turn, and the config's choice among them is made.
    """
    if config.dataset == "folder":
        return load_for(config)
    data = data_of_shape(shape_for(config), config.dataset, count)
    return pick(data, classes=config.classes, max_images=config.max_images)


def data_of_shape(shape: tuple[int, ...], name: str = "digits", count: int = 23) -> Dataset:
    """Random images (C, S, S) or points (2,), with the classes of the dataset called `name` in turn."""
    rng = torch.Generator().manual_seed(count)
    if len(shape) == 1:
        examples = torch.rand(count, *shape, generator=rng) * 2 - 1
    else:
        examples = torch.randint(0, 256, (count, *shape), generator=rng, dtype=torch.uint8)
    names = DATASETS[name].class_names
    return Dataset(name, examples, torch.arange(count) % len(names) if names else None, names)


def made_up(wanted: object, *, progress: object) -> Dataset:
    """In place of a dataset's `load`: the images of `some_data` for 'digits'."""
    return some_data(tiny())


def small_recipe(name: str, **changes: Any) -> tuple[TrainConfig, Dataset]:
    """A recipe's method with small numbers, and random examples of its shape, whatever folder or classes it wants."""
    small = {"width": 4, "z_dim": 3, "batch_size": 5, "preview_count": 2, "device": "cpu", "classes": ()}
    config = RECIPES[name].config.with_changes(**(small | changes))
    return config, data_of_shape(shape_for(config))


def fresh(config: TrainConfig, count: int = 23) -> tuple[Dataset, TrainState]:
    data = some_data(config, count)
    return data, new_state(config, data)


def run_through(data: Dataset, state: TrainState, **options: Any) -> list[Tick]:
    return list(train(data, state, **options))


def joined(ticks: list[Tick]) -> dict[str, np.ndarray]:
    """The series of all ticks, one after the other."""
    series = [tick.series for tick in ticks if tick.series]
    return {name: np.concatenate([each[name] for each in series]) for name in series[0]} if series else {}


def weights_of(net: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in net.named_parameters()}


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> set[str]:
    """Names whose tensors or arrays are not bit for bit the same, or that only one has."""
    same = {
        name
        for name in one.keys() & other.keys()
        if np.asarray(one[name]).tobytes() == np.asarray(other[name]).tobytes()
    }
    return (one.keys() | other.keys()) - same
