"""Real images as a network sees them: what generated ones are held against, and the best that could be reached."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from torch import Tensor

from ganlab.data import Dataset
from ganlab.data.dataset import Progress
from ganlab.data.pick import spread
from ganlab.evaluation.networks import FeatureNetworkName, Network, Told, network_for, which_network
from ganlab.evaluation.seen_reals import seen_reals
from ganlab.metrics.scores import ScoreName
from ganlab.metrics.seen import Seen
from ganlab.plane import Modes, modes_of

#: Real images that scores are taken against, at most, and held-out ones that are looked at.
MOST_REAL = 10_000
_MOST_KEPT = 2
_kept: OrderedDict[tuple[Dataset, FeatureNetworkName], Reference] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, eq=False)
class Reference:
    """real: training examples, at most 10,000 at even distances; network: what saw them; words: what they are."""

    network: Network
    real: Seen
    words: str
    _held_out: Tensor | None
    _modes: Modes | None
    _seen: dict[int, Seen] = field(default_factory=dict, repr=False)

    def held_out(self, count: int, *, progress: Told = lambda share: None) -> Seen | None:
        """So many examples that training never sees, or all there are, up to 10,000; None where there are none."""
        if self._held_out is None:
            return None
        some = self._held_out[: min(count, MOST_REAL)]
        if len(some) not in self._seen:
            seen = seen_reals(self.network, some, progress=progress).with_(modes=self._modes)
            self._seen[len(some)] = seen
        return self._seen[len(some)]


def reference_of(
    data: Dataset,
    names: Sequence[ScoreName] = (),
    which: FeatureNetworkName | None = None,
    *,
    progress: Progress = lambda label, share: None,
) -> Reference:
    """Of a dataset as a run has it, for these scores, or all of them. Made at first use; the last few are kept.

    which: the network that looks, else the usual one. Raises ConfigError, DataError as `network_for`.
    """
    which = which_network(data, names) if which is None else which
    with _lock:
        if (data, which) in _kept:
            return _kept[data, which]
    network = network_for(data, names, which, progress=progress)
    some = spread(min(MOST_REAL, len(data)), len(data))
    modes = modes_of(data.name, data.plane)

    def told(share: float) -> None:
        progress("Looking at real images", share)

    real = seen_reals(network, data.examples[some], progress=told).with_(modes=modes)
    held_out = None if data.held_out is None or len(data.held_out) < 2 else data.held_out
    noun = "images" if len(data.shape) == 3 else "points"
    found = Reference(network, real, f"{len(some):,} training {noun} of {data.name}", held_out, modes)
    with _lock:
        _kept[data, which] = found
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return found
