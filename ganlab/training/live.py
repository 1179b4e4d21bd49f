"""Knobs that a recorded step reads when it is replayed: numbers on the device, changed without a new recording."""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab.config import TrainConfig

_NAMES = ("lr_d", "lr_g", "weight_decay_d", "weight_decay_g", "penalty_weight")


class LiveKnobs:
    """Settings as 0-d float32 tensors on a run's device.

    averaging_rate: how far the averaged generator goes towards the trained one; it follows the step, so whoever
    steps sets it.
    """

    def __init__(self, config: TrainConfig, device: torch.device) -> None:
        self._held = {name: torch.zeros((), device=device) for name in _NAMES}
        self.averaging_rate = torch.zeros((), device=device)
        self.take(config)

    def __getitem__(self, name: str) -> Tensor:
        return self._held[name]

    def take(self, config: TrainConfig) -> None:
        """Put the config's values in place."""
        for name, held in self._held.items():
            held.fill_(getattr(config, name))
