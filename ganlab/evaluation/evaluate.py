"""Scores of a run's generator, at one snapshot or at all of them, or of images that came from anywhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from torch import Tensor

from ganlab.data import Dataset
from ganlab.data.dataset import Progress
from ganlab.errors import ConfigError
from ganlab.evaluation.networks import FeatureNetworkName, Told
from ganlab.evaluation.reference import Reference, reference_of
from ganlab.explore import Loaded, samples
from ganlab.explore.checks import check_one_of, check_whole
from ganlab.metrics.scores import SCORES, Scored, ScoreName, called, possible, scored

#: Samples that are drawn unless another number is asked for, and at most.
COUNT, MOST_COUNT = 2000, 50_000
FEWEST = 10


@dataclass(frozen=True)
class Evaluation:
    """Scores of samples, and what they rest on.

    source: whose samples; step: of the generator, None for images from elsewhere; weights: averaged or as trained;
    reference: real examples, in words; network, network_key: what saw both, "" without one; scores; floor: the same
    scores of held-out examples, as many of them as there are, up to the number of samples: the best to be expected.
    """

    source: str
    step: int | None
    weights: str
    reference: str
    network: str
    network_key: str
    scores: tuple[Scored, ...]
    floor: tuple[Scored, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def title_of(self, name: ScoreName) -> str:
        """The score's name with its network's behind it where it rests on one."""
        return called(name, self.network)

    def value_of(self, name: ScoreName) -> float:
        return next((each.value for each in self.scores if each.name == name), math.nan)


def evaluate(
    loaded: Loaded,
    data: Dataset,
    *,
    names: Sequence[ScoreName] = (),
    network: FeatureNetworkName | None = None,
    count: int = COUNT,
    seed: int = 0,
    interval: bool = True,
    progress: Told = lambda share: None,
) -> Evaluation:
    """Scores of `count` samples of a generator against the data of its run. The same seed gives the same values.

    names: of scores; none takes all that are possible. network: what looks, else the usual one. progress: called with
    the share done; what it raises ends it.
    Raises ConfigError: count out of 10 to 50,000, or a score or network for which something is lacking; DataError: the
    weights of the network cannot be had.
    """
    check_whole("count", count, FEWEST, MOST_COUNT)
    _check_names(names)
    reference = reference_of(data, names, network, progress=_first(progress))
    made = samples(loaded, loaded.space.of_seed(seed, count), progress=lambda share: progress(0.3 + 0.1 * share))
    found = _on(reference, made, names, seed, interval=interval, progress=lambda share: progress(0.4 + 0.6 * share))
    return Evaluation(loaded.source, loaded.step, loaded.weights, *found)


def evaluate_images(
    source: str,
    images: Tensor,
    data: Dataset,
    *,
    names: Sequence[ScoreName] = (),
    network: FeatureNetworkName | None = None,
    seed: int = 0,
    progress: Told = lambda share: None,
) -> Evaluation:
    """Scores of images (N, C, S, S) in [−1, 1], 10 or more, against a dataset of that shape.

    Raises ConfigError, DataError as `evaluate`.
    """
    if tuple(images.shape[1:]) != tuple(data.shape):
        raise ConfigError(f"{source} has images of shape {tuple(images.shape[1:])}, dataset {data.name!r} {data.shape}")
    check_whole(f"the number of images in {source}", len(images), FEWEST, MOST_COUNT)
    _check_names(names)
    reference = reference_of(data, names, network, progress=_first(progress))
    found = _on(reference, images, names, seed, interval=True, progress=lambda share: progress(0.3 + 0.7 * share))
    return Evaluation(source, None, "", *found)


def best_of(evaluations: Sequence[Evaluation], name: ScoreName) -> Evaluation:
    """The one with the best value of a score; one that is no number is never the best but among such."""
    sign = 1 if SCORES[name].better == "lower" else -1
    return min(evaluations, key=lambda each: (math.isnan(each.value_of(name)), sign * each.value_of(name)))


def _check_names(names: Sequence[ScoreName]) -> None:
    for name in names:
        check_one_of("score", name, tuple(SCORES))


def _first(progress: Told) -> Progress:
    """The real images are the first three tenths of the work."""

    def told(label: str, share: float | None) -> None:
        progress(0.3 * (share or 0.0))

    return told


def judged(
    reference: Reference,
    made: Tensor,
    names: Sequence[ScoreName],
    seed: int,
    *,
    interval: bool = True,
    progress: Told = lambda share: None,
) -> tuple[Scored, ...]:
    """Scores of samples against a reference that knows what they need; none named means all that are possible."""
    fake = reference.network.see(made, lambda share: progress(share / 2))
    there = possible(reference.real, fake)
    for name in names:
        if name not in there:
            raise ConfigError(f"score {name!r} cannot be had here, for want of {_WANTED[SCORES[name].needs]}")
    return scored(
        tuple(names) or there,
        reference.real,
        fake,
        seed=seed,
        interval=interval,
        progress=lambda share: progress(0.5 + share / 2),
    )


def floor_of(
    reference: Reference,
    names: Sequence[ScoreName],
    count: int,
    seed: int,
    *,
    progress: Told = lambda share: None,
) -> tuple[Scored, ...]:
    """Scores of held-out examples, `count` of them or all that there are; none where fewer than 10 are held out."""
    held_out = reference.held_out(count, progress=progress)
    if held_out is None or len(held_out) < FEWEST:
        return ()
    return scored(names, reference.real, held_out, seed=seed, interval=False)


def _on(
    reference: Reference, made: Tensor, names: Sequence[ScoreName], seed: int, *, interval: bool, progress: Told
) -> tuple[str, str, str, tuple[Scored, ...], tuple[Scored, ...]]:
    """What an evaluation of samples rests on, their scores, and the floor of these."""
    found = judged(reference, made, names, seed, interval=interval, progress=lambda share: progress(0.5 * share))
    shown: list[ScoreName] = [each.name for each in found]
    floor = floor_of(reference, shown, len(made), seed, progress=lambda share: progress(0.5 + 0.5 * share))
    progress(1.0)
    return reference.words, reference.network.title, reference.network.key, found, floor


_A_NETWORK = "a network that looks: the dataset's own classifier, where it has labels, or inception, where it is named"
_WANTED = {
    "features": _A_NETWORK,
    "classes": _A_NETWORK,
    "taken": "the dataset's own classifier, which it has where there are labels",
    "images": "images: these are points",
    "points": "points of the plane: these are images",
    "modes": "modes: only mixtures of Gaussians have them",
}
