"""Is it only copying? The nearest training pictures of samples, and how varied samples are."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.data import Dataset
from ganlab.explore.checks import check_whole
from ganlab.explore.drawing import samples
from ganlab.explore.features import Measure, MeasureName, check_images, classifier_of, measure_of
from ganlab.explore.labels import names_of
from ganlab.explore.loading import Loaded
from ganlab.metrics.classifier import legibility

MOST_NEAREST = 32
#: Held-out (or, without such, training) pictures whose own nearest ones are the yardstick, at most.
MOST_COMPARED = 256

_CHUNK_BYTES = 16_000_000
_PAIRS = 512

Told = Callable[[float], object]


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The nearest training pictures of samples, nearest first.

    indices: (N, nearest), of the dataset's examples; distances: (N, nearest), 0 for the same picture, 1 for as far as
    two training pictures taken at random (median). usual: (M,), the distance of real pictures that were not trained on
    to their nearest training pictures, rising; usual_words: which pictures those are. measure: what was compared.
    """

    measure: str
    indices: Tensor
    distances: Tensor
    usual: Tensor
    usual_words: str

    def nearer_than(self) -> tuple[float, ...]:
        """For each sample the share of the real pictures that lie farther from their nearest ones than it does."""
        nearest = self.distances[:, 0].contiguous()
        return tuple((1 - torch.searchsorted(self.usual, nearest, right=True) / len(self.usual)).tolist())

    def verdict(self) -> str:
        """One sentence on whether the samples look copied."""
        median, usual = self.distances[:, 0].median().item(), self.usual.median().item()
        near = sum(share > 0.95 for share in self.nearer_than())
        said = (
            f"The nearest training picture is {median:.2f} away (median of {len(self.distances)}), "
            f"for {self.usual_words} {usual:.2f}"
        )
        if near > max(1, 0.2 * len(self.distances)):
            return f"{said}: {near} of the samples are nearer than 95 % of those, so it may be copying"
        return f"{said}: no sign of copying"


def neighbours(
    data: Dataset, images: Tensor, *, by: MeasureName = "pixels", nearest: int = 5, progress: Told = lambda share: None
) -> Neighbours:
    """The nearest training pictures of images (N, C, H, W) in [−1, 1].

    by: "pixels" or "features". The yardstick are held-out pictures where the dataset has some, else training pictures
    and their nearest others. progress: called with the share done. Raises ConfigError, DataError.
    """
    check_images(data)
    check_whole("nearest", nearest, 1, min(MOST_NEAREST, len(data) - 1))
    measure = measure_of(data, by)
    held_out = data.held_out is not None
    compared = data.held_out if data.held_out is not None else data.examples[:MOST_COMPARED]
    compared = compared[:: math.ceil(len(compared) / MOST_COMPARED)]
    asked = torch.cat([measure.of(images), measure.of(as_images(compared))])
    indices, distances = _nearest(data, measure, asked, max(nearest, 2), progress)
    scale = _scale(data, measure)
    usual = distances[len(images) :, 0 if held_out else 1]
    return Neighbours(
        measure.words,
        indices[: len(images), :nearest],
        distances[: len(images), :nearest] / scale,
        (usual / scale).sort().values,
        "held-out pictures" if held_out else "training pictures and their nearest others",
    )


@dataclass(frozen=True)
class ClassOfSamples:
    """What became of one class. share: of the samples that a classifier takes for some class; spread: how varied they
    are in what the classifier sees, 1 for as varied as real pictures of that class; None of fewer than two.
    """

    name: str
    share: float
    real_share: float
    spread: float | None


@dataclass(frozen=True)
class Diversity:
    """Of `count` samples, beside real pictures. confident: share that the classifier is sure about (above 0.9);
    rejected: share that it takes for no class; real_words: which pictures the real ones are.
    """

    count: int
    confident: float
    rejected: float
    real_confident: float
    real_rejected: float
    real_words: str
    classes: tuple[ClassOfSamples, ...]


def diversity(
    loaded: Loaded, data: Dataset, *, count: int = 1000, seed: int = 0, progress: Told = lambda share: None
) -> Diversity:
    """Which classes samples are of, and how varied they are within each, beside held-out pictures.

    Where the dataset has none held out, as many training pictures, which the classifier knows. Raises ConfigError
    where there is no classifier, DataError.
    """
    check_whole("count", count, 2, 10_000)
    classifier = classifier_of(data)
    measure = measure_of(data, "features")
    made = samples(loaded, loaded.space.of_seed(seed, count), progress=progress)
    real, real_words = _yardstick(data, count, seed)
    spreads = [_spreads(measure.of(images), names_of(classifier, images), data.class_count) for images in (made, real)]
    judged = [legibility(classifier, images) for images in (made, real)]
    rows = [
        ClassOfSamples(name, share, real_share, _ratio(spread, real_spread))
        for name, share, real_share, spread, real_spread in zip(
            data.class_names, judged[0].class_shares, judged[1].class_shares, *spreads, strict=True
        )
    ]
    of_made, of_real = ((each.confident, each.rejected) for each in judged)
    return Diversity(count, *of_made, *of_real, real_words, tuple(rows))


def _yardstick(data: Dataset, count: int, seed: int) -> tuple[Tensor, str]:
    """Real pictures, and which they are."""
    if data.held_out is not None:
        return as_images(data.held_out), "held-out pictures"
    rng = torch.Generator().manual_seed(seed)
    return as_images(data.examples[torch.randperm(len(data), generator=rng)[:count]]), "training pictures"


def as_images(examples: Tensor) -> Tensor:
    """uint8 (N, C, H, W) as float in [−1, 1]."""
    return examples.float() / 127.5 - 1


def _nearest(data: Dataset, measure: Measure, asked: Tensor, count: int, progress: Told) -> tuple[Tensor, Tensor]:
    """Indices and distances of the nearest training pictures of features (N, F), a chunk of pictures at a time."""
    chunk = max(1, _CHUNK_BYTES // (4 * data.examples[0].numel()))
    indices = torch.zeros(len(asked), 0, dtype=torch.int64)
    squares = torch.zeros(len(asked), 0)
    for start in range(0, len(data), chunk):
        features = measure.of(as_images(data.examples[start : start + chunk]))
        found = asked.square().sum(1, keepdim=True) - 2 * asked @ features.T + features.square().sum(1)
        squares = torch.cat([squares, found], dim=1)
        indices = torch.cat([indices, torch.arange(start, start + len(features)).expand(len(asked), -1)], dim=1)
        squares, kept = squares.topk(min(count, squares.shape[1]), largest=False)
        indices = indices.gather(1, kept)
        progress(min(1.0, (start + chunk) / len(data)))
    return indices, squares.clamp_min(0).sqrt()


def _scale(data: Dataset, measure: Measure) -> float:
    """The median distance of two training pictures taken at random."""
    rng = torch.Generator().manual_seed(0)
    one, other = (
        measure.of(as_images(data.examples[torch.randint(len(data), (_PAIRS,), generator=rng)])) for _ in range(2)
    )
    return max((one - other).norm(dim=1).median().item(), 1e-12)


def _spreads(features: Tensor, named: Tensor, classes: int) -> list[float | None]:
    """Root mean square distance of the features of each class from their mean, whatever the number of images."""
    found: list[float | None] = []
    for number in range(classes):
        own = features[named == number]
        found.append(own.var(0).sum().sqrt().item() if len(own) > 1 else None)
    return found


def _ratio(one: float | None, other: float | None) -> float | None:
    return None if one is None or not other else one / other
