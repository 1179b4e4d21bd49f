"""Runs to look around in: random weights, which draw well enough to tell one latent from another."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ganlab.config import TrainConfig
from ganlab.data import shape_for
from ganlab.explore import Explorer, Snapshot, WeightsName, draw
from ganlab.gan.networks import build_networks
from ganlab.runs import Run, Runs

TINY = TrainConfig(recipe="tiny", width=4, z_dim=6, batch_size=2)


def weights(config: TrainConfig, seed: int, part: str = "average") -> dict[str, Tensor]:
    """A generator's tensors as a snapshot names them, from random weights."""
    rng = torch.Generator().manual_seed(seed)
    generator, _ = build_networks(
        config, shape_for(config), class_count=10, init_rng=rng, dropout_rng=rng, device=torch.device("cpu")
    )
    return {f"{part}.{name}": value for name, value in generator.state_dict().items()}


def pictures(
    explorer: Explorer, run_id: str, snapshot: Snapshot, *, seed: int, count: int = 1, weights: WeightsName = "average"
) -> np.ndarray:
    """The first pictures of a seed."""
    loaded = explorer.load(run_id, snapshot, weights=weights)
    return draw(loaded, loaded.space.of_seed(seed, count))


def make_run(runs: Runs, *steps: int, config: TrainConfig = TINY, raw: bool = False) -> Run:
    """A run with a snapshot of each step; raw: with the generator as trained beside the averaged one."""
    run = runs.create(config)
    for step in steps:
        trained = weights(config, step + 1000, "generator") if raw else {}
        run.save_snapshot(step, weights(config, step) | trained)
    return run
