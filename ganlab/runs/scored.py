"""What a run's samples scored at a step, as the log keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ganlab.metrics.scores import DECIDING, SCORES, ScoreName
from ganlab.runs.history import History
from ganlab.runs.logged import PREFIX, Band, banded
from ganlab.training import TrainState


@dataclass(frozen=True)
class Scores:
    """values: by the score's name; low, high: where each would lie with other samples, 95 %.

    floor: values of as many held-out examples; weights: of G, averaged; network, network_key: what saw the samples, and
    the first digits of its hash, "" without one; reference: the real examples, in words; count: samples; seconds: that
    it all took.
    """

    values: Mapping[str, float]
    low: Mapping[str, float]
    high: Mapping[str, float]
    floor: Mapping[str, float]
    weights: str
    network: str
    network_key: str
    reference: str
    count: int
    seconds: float

    def curves(self) -> dict[str, Band]:
        """By the name in the curves."""
        return banded(self.values, self.low, self.high, prefix=PREFIX)


@dataclass(frozen=True)
class Best:
    """The step of a run's best samples among those that have a snapshot, by one score."""

    step: int
    name: ScoreName
    value: float

    @property
    def title(self) -> str:
        return SCORES[self.name].title


def best_of(history: History) -> Best | None:
    """By the first score of `DECIDING` that some snapshot has; None where none has.

    Only such are compared as rest on the same network and number of samples as the newest.
    """
    scores = {step: values for step, values in history.comparable().items() if step in history.snapshots}
    for name in DECIDING:
        found = [(values[name], step) for step, values in scores.items() if name in values]
        if found:
            value, step = min(found)
            return Best(step, name, value)
    return None


#: Scores a run as it stands, or not yet: called with its state, the seconds that it has trained here, and whether a
#: snapshot is written now, which had better have scores.
Judge = Callable[[TrainState, float, bool], Scores | None]
