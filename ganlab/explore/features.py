"""What two pictures are compared by: their pixels, or features that say more of what is on them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.data import Dataset
from ganlab.errors import ConfigError
from ganlab.explore.checks import check_one_of
from ganlab.metrics import kept
from ganlab.metrics.classifier import Classifier, train_classifier

MeasureName = Literal["pixels", "features"]
MEASURES: tuple[MeasureName, ...] = ("pixels", "features")

#: Pictures are compared at no more than so many pixels per side.
MOST_SIDE = 32
_CLASSIFIER_SIDES = (16, 64)
_CLASSIFIER_SEED = 0
_CELLS = 8
#: Classifiers that are remembered, the last ones.
MOST_CLASSIFIERS = 2
_classifiers: OrderedDict[Dataset, Classifier] = OrderedDict()
_lock = threading.Lock()
_EDGES_WEIGH = 4  # an edge is spread over few pixels of its cell


@dataclass(frozen=True, eq=False)
class Measure:
    """A way to compare images. words: what is compared, for the screen; of: images (N, C, H, W) in [−1, 1] → (N, F)."""

    words: str
    of: Callable[[Tensor], Tensor]


def measure_of(data: Dataset, name: MeasureName) -> Measure:
    """The measure of a dataset of images. Raises ConfigError: unknown, or points of the plane.

    "features" are what a small classifier sees before its last layer, trained on the dataset for some seconds the
    first time; without labels, or for images of more than 64 pixels, small pictures of brightness and edges instead.
    """
    check_one_of("measure", name, MEASURES)
    check_images(data)
    if name == "pixels":
        return Measure("pixels", _pixels)
    if has_classifier(data):
        classifier = classifier_of(data)
        return Measure("what a classifier sees before its last layer", lambda images: _seen(classifier, images))
    return Measure("brightness and edges in 8×8 cells", brightness_and_edges)


def check_images(data: Dataset) -> None:
    """Raises ConfigError for points of the plane."""
    if len(data.shape) != 3:
        raise ConfigError(
            f"dataset {data.name!r} has points of the plane, which are not compared: choose a run on images"
        )


def has_classifier(data: Dataset) -> bool:
    """Whether a classifier can be trained on a dataset: images of 16 to 64 pixels with at least two classes."""
    smallest, largest = _CLASSIFIER_SIDES
    return len(data.shape) == 3 and data.class_count > 1 and smallest <= data.shape[-1] <= largest


def classifier_of(data: Dataset, *, progress: Callable[[float], object] = lambda share: None) -> Classifier:
    """The small classifier of a dataset, trained the first time it is asked for and kept on disk from then on.

    progress: called with the share of the training that is done; what it raises ends it, and nothing is kept.
    Raises ConfigError without classes.
    """
    if not has_classifier(data):
        raise ConfigError(
            f"dataset {data.name!r} has no classes that a small classifier could tell apart: "
            "choose a run on labelled images of 16 to 64 pixels"
        )
    known = _known(data)
    if known is None:
        known = train_classifier(data, seed=_CLASSIFIER_SEED, progress=progress)
        kept.keep(known, data)
    return _remember(data, known.requires_grad_(False))


def classifier_is_kept(data: Dataset) -> bool:
    """Whether nothing has to be trained to judge a dataset, be it that it cannot be done."""
    if not has_classifier(data):
        return True
    known = _known(data)
    if known is not None:
        _remember(data, known.requires_grad_(False))
    return known is not None


def _known(data: Dataset) -> Classifier | None:
    """In memory or on disk."""
    return _classifiers.get(data) or kept.find(data)


def _remember(data: Dataset, classifier: Classifier) -> Classifier:
    with _lock:
        _classifiers[data] = classifier
        while len(_classifiers) > MOST_CLASSIFIERS:
            _classifiers.popitem(last=False)
    return classifier


def brightness_and_edges(images: Tensor) -> Tensor:
    """Mean brightness and mean edges to the right, left, down and up in 8×8 cells, (N, 5·64); of grey values.

    A simple histogram of oriented gradients (Dalal & Triggs 2005), blurred by a pixel before. By the nearest of 1,600
    MNIST digits 93 % are named rightly, by their pixels 90 %; a shift by a pixel leads a third of the way to another
    digit, in pixels half of it.
    """
    grey = images.mean(1, keepdim=True)
    right, down = F.pad(grey.diff(dim=3), (0, 1)), F.pad(grey.diff(dim=2), (0, 0, 0, 1))
    edges = torch.cat([right.relu(), (-right).relu(), down.relu(), (-down).relu()], dim=1)
    maps = F.pad(torch.cat([grey, _EDGES_WEIGH * edges], dim=1), (1, 1, 1, 1), mode="replicate")
    return F.adaptive_avg_pool2d(F.avg_pool2d(maps, 3, 1), _CELLS).flatten(1)


def _pixels(images: Tensor) -> Tensor:
    if images.shape[-1] > MOST_SIDE:
        images = F.interpolate(images, size=(MOST_SIDE, MOST_SIDE), mode="area")
    return images.flatten(1)


@torch.no_grad()
def _seen(classifier: Classifier, images: Tensor) -> Tensor:
    return classifier.features(images)
