"""Real images as a network sees them: what generated ones are held against, and the best that could be reached."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.data import Dataset
from ganlab.data.pick import spread
from ganlab.evaluation.networks import Network, Told, needs_network, network_for
from ganlab.metrics.scores import ScoreName
from ganlab.metrics.seen import Seen
from ganlab.plane import modes_of

#: Real images that scores are taken against, at most.
MOST_REAL = 10_000
_MOST_KEPT = 2
_kept: OrderedDict[tuple[Dataset, bool], Reference] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, eq=False)
class Reference:
    """real: training examples, at most 10,000 at even distances; held_out: examples that training never sees, or None.

    network: what saw them.
    """

    network: Network
    real: Seen
    held_out: Seen | None
    words: str


def reference_of(data: Dataset, names: Sequence[ScoreName] = (), *, progress: Told = lambda share: None) -> Reference:
    """Of a dataset as a run has it, for these scores, or all of them. Made at first use; the last few are kept."""
    kept = data, needs_network(data, names)
    with _lock:
        if kept in _kept:
            return _kept[kept]
    network = network_for(data, names, progress=progress)
    some = spread(min(MOST_REAL, len(data)), len(data))
    modes = modes_of(data.name)
    real = network.see(as_samples(data.examples[some])).with_(modes=modes)
    held_out = None
    if data.held_out is not None and len(data.held_out) > 1:
        held_out = network.see(as_samples(data.held_out[:MOST_REAL])).with_(modes=modes)
    noun = "images" if len(data.shape) == 3 else "points"
    found = Reference(network, real, held_out, f"{len(some):,} training {noun} of {data.name}")
    with _lock:
        _kept[kept] = found
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return found


def as_samples(examples: Tensor) -> Tensor:
    """Images in [−1, 1], points as they are; float."""
    return examples.float() / 127.5 - 1 if examples.dtype == torch.uint8 else examples.float()
