"""The settings that a step's arithmetic reads: as Python's numbers, or as numbers on the device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from ganlab.config import TrainConfig
from ganlab.gan.ema import averaging_rate

Net = Literal["d", "g"]
Tensors = tuple[Tensor, ...] | list[Tensor]

_LIVE = ("lr_d", "lr_g", "weight_decay_d", "weight_decay_g", "penalty_weight")


class Knobs:
    """Python's numbers, as the config has them.

    averaging_rate: how far the averaged generator goes towards the trained one in this step.
    """

    averaging_rate: float | Tensor

    def __init__(self, config: TrainConfig) -> None:
        self.take(config)
        self.begin_step(0)

    def __getitem__(self, name: str) -> Any:
        """A number, or a 0-d tensor that stands for one."""
        return getattr(self._config, name)

    def take(self, config: TrainConfig) -> None:
        """Put the config's values in place."""
        self._config = config

    def begin_step(self, step: int) -> None:
        """Set what depends on how many steps are done."""
        self.averaging_rate = averaging_rate(self._config.ema_decay, step)

    def of_adam(self, net: Net) -> dict[str, Any]:
        """What goes into the groups of a net's optimiser."""
        config = self._config
        return {
            "betas": (config.beta1, config.beta2),
            "eps": config.adam_eps,
            "lr": self[f"lr_{net}"],
            "weight_decay": self[f"weight_decay_{net}"],
        }

    def decayed(self, net: Net, weights: Sequence[Tensor], gradients: Tensors) -> Tensors:
        """The gradients that Adam is given; it adds the weight decay itself."""
        return gradients


class LiveKnobs(Knobs):
    """0-d float32 tensors on a run's device, which a recorded step reads anew each time that it is replayed."""

    def __init__(self, config: TrainConfig, device: torch.device) -> None:
        self._held = {name: torch.zeros((), device=device) for name in _LIVE}
        self._rate = self.averaging_rate = torch.zeros((), device=device)
        super().__init__(config)

    def __getitem__(self, name: str) -> Tensor:
        return self._held[name]

    def take(self, config: TrainConfig) -> None:
        super().take(config)
        for name, held in self._held.items():
            held.fill_(getattr(config, name))

    def begin_step(self, step: int) -> None:
        self._rate.fill_(averaging_rate(self._config.ema_decay, step))

    def of_adam(self, net: Net) -> dict[str, Any]:
        return super().of_adam(net) | {"weight_decay": 0.0}  # Adam takes no tensor here

    def decayed(self, net: Net, weights: Sequence[Tensor], gradients: Tensors) -> Tensors:
        decays = torch._foreach_mul([weight.detach() for weight in weights], self[f"weight_decay_{net}"])  # pyright: ignore[reportPrivateImportUsage]
        return torch._foreach_add(gradients, decays)  # pyright: ignore[reportPrivateImportUsage]
