"""The engine: `for tick in train(data, state)`. Pure: no files, threads or prints."""

from ganlab.training.fit import check_fit
from ganlab.training.loop import Preview, Tick, train
from ganlab.training.state import TrainState, new_state, restore_state, seed_for

__all__ = ["Preview", "Tick", "TrainState", "check_fit", "new_state", "restore_state", "seed_for", "train"]
