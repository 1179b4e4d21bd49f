"""Paying once, and early, for what torch imports and sets up at the first step of a process."""

from __future__ import annotations

import torch

from ganlab.config import TrainConfig
from ganlab.data import Dataset
from ganlab.training.loop import train
from ganlab.training.precision import Precision
from ganlab.training.state import new_state


def warm_up(precision: Precision = "float32") -> None:
    """One step of the smallest run on made-up images; the first real one then starts a second sooner."""
    data = Dataset("warm-up", torch.zeros(4, 1, 16, 16, dtype=torch.uint8), None, ())
    config = TrainConfig(width=4, batch_size=4, d_steps=1, max_steps=1, preview_count=1, device="cpu")
    for _ in train(data, new_state(config, data, auto=precision)):
        pass
