"""ganlab: a lab bench for GANs. `import ganlab` is quick; torch is imported with the first name that needs it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ganlab.config import TrainConfig, parse_config, warnings_of
    from ganlab.data import DATASETS, Dataset, load_dataset
    from ganlab.errors import (
        ChangedError,
        ConfigError,
        DataError,
        GanlabError,
        LostRankError,
        RunBusyError,
        RunError,
        SnapshotError,
        TrainingError,
    )
    from ganlab.evaluation import Evaluation, Judge, evaluate
    from ganlab.experiments import Experiment, Shelf, verdict
    from ganlab.explore import Explorer
    from ganlab.export.files import take_away
    from ganlab.gan.losses import LOSSES
    from ganlab.gan.networks import NETWORKS
    from ganlab.gan.penalties import PENALTIES
    from ganlab.gan.priors import PRIORS
    from ganlab.recipes import RECIPES, Recipe, recipe
    from ganlab.runs import Driver, Run, Runs, ask, drive, driving, edit_at_rest, fork, rewind_at_rest
    from ganlab.service import Service
    from ganlab.status import RunStatus
    from ganlab.training import Preview, Tick, TrainState, new_state, restore_state, train
    from ganlab.version import VERSION

__all__ = [
    "DATASETS",
    "LOSSES",
    "NETWORKS",
    "PENALTIES",
    "PRIORS",
    "RECIPES",
    "VERSION",
    "ChangedError",
    "ConfigError",
    "DataError",
    "Dataset",
    "Driver",
    "Evaluation",
    "Experiment",
    "Explorer",
    "GanlabError",
    "Judge",
    "LostRankError",
    "Preview",
    "Recipe",
    "Run",
    "RunBusyError",
    "RunError",
    "RunStatus",
    "Runs",
    "Service",
    "Shelf",
    "SnapshotError",
    "Tick",
    "TrainConfig",
    "TrainState",
    "TrainingError",
    "ask",
    "drive",
    "driving",
    "edit_at_rest",
    "evaluate",
    "fork",
    "load_dataset",
    "new_state",
    "parse_config",
    "recipe",
    "restore_state",
    "rewind_at_rest",
    "take_away",
    "train",
    "verdict",
    "warnings_of",
]

_HOMES = {
    "ganlab.config": ("TrainConfig", "parse_config", "warnings_of"),
    "ganlab.data": ("DATASETS", "Dataset", "load_dataset"),
    "ganlab.errors": (
        "ChangedError",
        "ConfigError",
        "DataError",
        "GanlabError",
        "LostRankError",
        "RunBusyError",
        "RunError",
        "SnapshotError",
        "TrainingError",
    ),
    "ganlab.evaluation": ("Evaluation", "Judge", "evaluate"),
    "ganlab.experiments": ("Experiment", "Shelf", "verdict"),
    "ganlab.explore": ("Explorer",),
    "ganlab.export.files": ("take_away",),
    "ganlab.gan.losses": ("LOSSES",),
    "ganlab.gan.networks": ("NETWORKS",),
    "ganlab.gan.penalties": ("PENALTIES",),
    "ganlab.gan.priors": ("PRIORS",),
    "ganlab.recipes": ("RECIPES", "Recipe", "recipe"),
    "ganlab.runs": (
        "Driver",
        "Run",
        "Runs",
        "ask",
        "drive",
        "driving",
        "edit_at_rest",
        "fork",
        "rewind_at_rest",
    ),
    "ganlab.service": ("Service",),
    "ganlab.status": ("RunStatus",),
    "ganlab.training": ("Preview", "Tick", "TrainState", "new_state", "restore_state", "train"),
    "ganlab.version": ("VERSION",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """An exported name, from its module, at its first use."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'ganlab' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
