"""The engine: `for tick in train(data, state)`. Pure: no files, threads or prints."""

from ganlab.training.fit import check_fit
from ganlab.training.loop import Preview, Tick, train
from ganlab.training.state import TrainState, new_state, restore_state, seed_for
from ganlab.training.threads import spare_one_core
from ganlab.training.warm import warm_up

__all__ = [
    "Preview",
    "Tick",
    "TrainState",
    "check_fit",
    "new_state",
    "restore_state",
    "seed_for",
    "spare_one_core",
    "train",
    "warm_up",
]
