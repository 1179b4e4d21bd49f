"""What many tests train: the smallest nets on images that need no file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ganlab.config import TrainConfig, parse_config
from ganlab.data import Dataset, shape_for
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
}


def tiny(**changes: Any) -> TrainConfig:
    """A config that trains in milliseconds."""
    return parse_config(TINY | changes)


def some_images(config: TrainConfig, count: int = 23) -> Dataset:
    """Random images of the size of the config's dataset, no two alike; 23 is no multiple of any batch size here."""
    rng = torch.Generator().manual_seed(count)
    shape = (count, *shape_for(config))
    images = torch.randint(0, 256, shape, generator=rng, dtype=torch.uint8)
    return Dataset(config.dataset, images, None, ())


def made_up(wanted: object, *, progress: object) -> Dataset:
    """In place of a dataset's `load`: the images of `some_images` for 'digits'."""
    return some_images(tiny())


def fresh(config: TrainConfig, count: int = 23) -> tuple[Dataset, TrainState]:
    data = some_images(config, count)
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
