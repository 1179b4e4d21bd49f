"""Scores while a run trains, in a share of its time."""

from __future__ import annotations

import time

import torch
from torch import Tensor

from ganlab.config.names import ScoresName
from ganlab.data import Dataset
from ganlab.evaluation.evaluate import FEWEST, floor_of, judged
from ganlab.evaluation.networks import FeatureNetworkName, which_network
from ganlab.evaluation.reference import Reference, reference_of
from ganlab.explore.features import classifier_is_kept, has_classifier
from ganlab.explore.loading import space_of
from ganlab.metrics.scores import SCORES, ScoreName, possible
from ganlab.metrics.seen import Seen
from ganlab.runs import Scores
from ganlab.training import TrainState

_USUAL: tuple[ScoreName, ...] = (
    *("frechet", "inception", "legible", "classes"),
    *("earth-mover", "jensen-shannon", "modes", "good", "mode-divergence"),
)
#: By the setting; of images without classes the last one alone, which needs no network, unless all are wished.
WATCHED: dict[ScoresName, tuple[ScoreName, ...]] = {
    "usual": _USUAL,
    "wide": (*_USUAL, "precision", "recall", "density", "coverage"),
    "all": tuple(SCORES),
}
_LAST: ScoreName = "sliced-wasserstein"
#: Seconds that the first look is taken for, with a classifier at hand, and with one that has to be trained or the FID
#: network.
_FIRST_S, _FIRST_WITH_TRAINING_S = 0.2, 10.0
#: Of the share, what looks without a snapshot may take: the rest is for snapshots, of which the best is chosen.
_BETWEEN = 0.7
_BATCH = 250


class Judge:
    """Called with each preview of a run. Its latents are always the same ones, and nothing of the run's is drawn on."""

    def __init__(self, data: Dataset) -> None:
        self._data = data
        self._spent_s = 0.0
        ready = classifier_is_kept(data) and which_network(data) != "inception"
        self._next_s = _FIRST_S if ready else _FIRST_WITH_TRAINING_S
        self._floors: dict[tuple[int, tuple[ScoreName, ...]], dict[str, float]] = {}

    def __call__(self, state: TrainState, trained_s: float, at_snapshot: bool) -> Scores | None:
        """The scores of the averaged generator; None where they would take more than their share of `trained_s`."""
        count, share = state.config.score_count, state.config.score_share
        allowed = share * trained_s * (1 if at_snapshot else _BETWEEN)
        if count < FEWEST or self._spent_s + self._next_s > allowed:
            return None
        begin = time.perf_counter()
        reference = reference_of(self._data, which=watching(self._data, state.device))
        names = watched(reference.real, state.config.scores)
        found = judged(reference, _samples(state, count), names, seed=0)
        floor = self._floor(reference, names, count)
        seconds = time.perf_counter() - begin
        self._next_s = seconds if self._spent_s else _FIRST_S  # the first look prepares for all
        self._spent_s += seconds
        return Scores(
            values={each.name: each.value for each in found},
            low={each.name: each.low for each in found},
            high={each.name: each.high for each in found},
            floor=floor,
            weights="average",
            network=reference.network.title,
            network_key=reference.network.key,
            reference=reference.words,
            count=count,
            seconds=seconds,
        )

    def _floor(self, reference: Reference, names: tuple[ScoreName, ...], count: int) -> dict[str, float]:
        """Of held-out examples; where there are fewer, without scores that depend on the number."""
        if (count, names) not in self._floors:
            found = floor_of(reference, names, count, seed=0)
            self._floors[count, names] = {
                each.name: each.value for each in found if each.count == count or not SCORES[each.name].by_count
            }
        return self._floors[count, names]


def watching(data: Dataset, device: torch.device) -> FeatureNetworkName:
    """What looks at samples while a run trains: the FID network, where it is the usual one, on a GPU alone.

    On a CPU its first look would hold the training up for ten minutes.
    """
    usual = which_network(data)
    slow = usual == "inception" and device.type == "cpu"
    return ("classifier" if has_classifier(data) else "none") if slow else usual


def watched(real: Seen, scores: ScoresName = "usual") -> tuple[ScoreName, ...]:
    """Scores to be taken again and again, those of the setting. real: as the network sees them that looks."""
    there = possible(real, real)
    return tuple(name for name in WATCHED[scores] if name in there) or (_LAST,)


@torch.no_grad()
def _samples(state: TrainState, count: int) -> Tensor:
    """On the CPU, in float32: images in [−1, 1], or points."""
    z = space_of(state.config).of_seed(0, count).to(state.device)
    labels = torch.arange(count, device=state.device) % max(state.class_count, 1)
    parts = zip(z.split(_BATCH), labels.split(_BATCH), strict=True)
    return torch.cat([state.average(some, theirs).float().cpu() for some, theirs in parts])
