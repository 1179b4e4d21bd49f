"""The engine: `for tick in train(data, state)`. Pure: no files, threads or prints."""

from ganlab.training.cost import seconds_for
from ganlab.training.fit import check_fit, check_knobs, check_shares, pick_device
from ganlab.training.loop import Tick, train
from ganlab.training.measure import without_a_trace
from ganlab.training.precision import Precision
from ganlab.training.preview import Preview, to_pictures
from ganlab.training.single import Report, Single, single
from ganlab.training.state import TrainState, fixed_latents, labels_in_turn, new_state, restore_state, seed_for
from ganlab.training.threads import spare_one_core
from ganlab.training.together import follow, lead
from ganlab.training.warm import warm_up

__all__ = [
    "Precision",
    "Preview",
    "Report",
    "Single",
    "Tick",
    "TrainState",
    "check_fit",
    "check_knobs",
    "check_shares",
    "fixed_latents",
    "follow",
    "labels_in_turn",
    "lead",
    "new_state",
    "pick_device",
    "restore_state",
    "seconds_for",
    "seed_for",
    "single",
    "spare_one_core",
    "to_pictures",
    "train",
    "warm_up",
    "without_a_trace",
]
