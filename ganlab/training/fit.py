"""Whether a config fits its dataset and machine, checked before anything is loaded or started."""

from __future__ import annotations

import torch

from ganlab.config import TrainConfig
from ganlab.data import DATASETS, shape_for
from ganlab.errors import ConfigError
from ganlab.gan.networks import check_network


def check_fit(config: TrainConfig) -> None:
    """Raises ConfigError: a batch larger than the dataset, a network of another size, a device that is not there."""
    spec = DATASETS[config.dataset]
    check_network(config, shape_for(config))
    check_batch(config, spec.count)
    pick_device(config)


def check_batch(config: TrainConfig, count: int) -> None:
    """Raises ConfigError when a batch would hold some image twice."""
    if config.batch_size > count:
        raise ConfigError(
            f"batch_size is {config.batch_size}, but dataset {config.dataset!r} has only {count} images: "
            f"choose {count} or less"
        )


def pick_device(config: TrainConfig) -> torch.device:
    """The torch device that `config.device` stands for here. Raises ConfigError when there is none."""
    if config.device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("device 'cuda' was asked for, but torch sees no CUDA GPU here: choose 'auto' or 'cpu'")
    if config.device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(config.device)
