"""The grid of a run's fixed latents, as G itself draws it while it trains."""

from __future__ import annotations

import copy

import numpy as np
import torch

from ganlab.explore.explorer import Explorer, Snapshot
from ganlab.training import fixed_latents, labels_in_turn, to_pictures, without_a_trace


@torch.no_grad()
def as_trained(explorer: Explorer, run_id: str, snapshot: Snapshot) -> tuple[int, np.ndarray]:
    """Step and pictures, uint8 (N, H, W, C), of the run's fixed latents by G's own weights, not their average.

    As while training, batch norm goes by the statistics of the samples themselves. Raises RunError: no such run,
    nothing to draw from yet; SnapshotError: missing, damaged, or slimmed to the average.
    """
    loaded = explorer.load(run_id, snapshot, weights="generator")
    generator = copy.deepcopy(loaded.generator)  # others draw with that one meanwhile
    labels = labels_in_turn(loaded.config.preview_count, loaded.class_count, torch.device("cpu"))
    with without_a_trace(generator):
        return loaded.step, to_pictures(generator(fixed_latents(loaded.config), labels))
