"""Whether a config fits its dataset and machine, checked before anything is loaded or started."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ganlab.config import TrainConfig, suggest
from ganlab.data import DATASETS, Dataset, DatasetSpec, class_names_for, data_dir, shape_for
from ganlab.data.folder import resolve_folder
from ganlab.data.formula import check_formula
from ganlab.data.own_points import read_points
from ganlab.errors import ConfigError
from ganlab.gan.networks import check_network


def check_fit(config: TrainConfig) -> None:
    """What can be known without loading the data.

    Raises ConfigError: settings that the dataset does not admit, a batch larger than it, a network that does not
    make its images, a device that is not there. Raises DataError: a folder that is not there, points or a formula that
    nothing can be learnt from.
    """
    spec = DATASETS[config.dataset]
    _OWN.get(config.dataset, lambda _: None)(config)
    if config.dataset != "folder":
        _check_classes(config, spec)
    if not spec.has_images:
        _check_points(config)
    check_network(config, shape_for(config))
    if spec.count:
        check_batch(config, min(spec.count, config.max_images or spec.count))
    pick_device(config)


def check_data(config: TrainConfig, data: Dataset) -> None:
    """What only the loaded data tell. Raises ConfigError: too few examples for a batch, no classes to condition on."""
    check_batch(config, len(data))
    if config.conditional and not data.class_count:
        raise ConfigError(_NO_CLASSES.format(config.dataset))


def check_knobs(config: TrainConfig, count: int, ranks: int = 1) -> None:
    """Knobs beside the data at hand, and so many ranks.

    Raises ConfigError: a batch too large or not to be shared, points that would be mirrored.
    """
    check_batch(config, count)
    check_shares(config, ranks)
    if not DATASETS[config.dataset].has_images:
        _check_points(config)


def check_batch(config: TrainConfig, count: int) -> None:
    """Raises ConfigError when a batch would hold some image twice."""
    if config.batch_size > count:
        raise ConfigError(
            f"batch_size is {config.batch_size}, but dataset {config.dataset!r} has only {count} images: "
            f"choose {count} or less"
        )


def check_shares(config: TrainConfig, ranks: int) -> None:
    """Raises ConfigError when a batch cannot be shared equally by so many ranks."""
    if config.batch_size % ranks:
        fitting = max(config.batch_size // ranks, 1) * ranks
        raise ConfigError(
            f"batch_size is {config.batch_size}, which {ranks} processes cannot share equally: choose {fitting}, "
            "or another number of devices"
        )


def pick_device(config: TrainConfig) -> torch.device:
    """The torch device that `config.device` stands for here.

    Raises ConfigError when there is none, or none with the precision that is wanted.
    """
    if config.device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("device 'cuda' was asked for, but torch sees no CUDA GPU here: choose 'auto' or 'cpu'")
    on_gpu = config.device != "cpu" and torch.cuda.is_available()
    if config.precision == "tf32" and not on_gpu:
        raise ConfigError("precision 'tf32' is an NVIDIA GPU's, and this run is on the CPU: choose 'auto'")
    return torch.device("cuda" if on_gpu else "cpu")


#: What is known of one's own data before it is loaded; each raises DataError.
_OWN: dict[str, Callable[[TrainConfig], object]] = {
    "folder": lambda config: resolve_folder(config.folder, data_dir()),
    "own-points": lambda config: read_points(config.points),
    "formula": lambda config: check_formula(config.formula),
}

_NO_CLASSES = "conditional is on, but dataset {!r} has no classes here: turn it off, or choose a dataset with classes"


def _check_classes(config: TrainConfig, spec: DatasetSpec) -> None:
    if config.conditional and not spec.class_names:
        raise ConfigError(_NO_CLASSES.format(spec.name))
    known = class_names_for(config.with_changes(classes=()))
    for name in config.classes:
        if not spec.class_names:
            raise ConfigError(f"classes names {name!r}, but dataset {spec.name!r} has no classes: leave it empty")
        if name not in known:
            raise ConfigError(
                f"classes names {name!r}, which dataset {spec.name!r} does not have: {suggest(name, list(known))}"
            )


def _check_points(config: TrainConfig) -> None:
    """Settings of images, refused for points of the plane."""
    if config.image_size:
        raise ConfigError(
            f"image_size is {config.image_size}, but dataset {config.dataset!r} holds points: leave it at 0"
        )
    if config.flip:
        raise ConfigError(f"flip is on, but dataset {config.dataset!r} holds points, not images: turn it off")
