"""The networks that scores rest on, and which of them judges what."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.data import Dataset
from ganlab.explore.features import classifier_of, has_classifier
from ganlab.metrics.classifier import Classifier
from ganlab.metrics.scores import SCORES, ScoreName
from ganlab.metrics.seen import Seen
from ganlab.words import percent

Told = Callable[[float], object]

_BATCH = 500
_SURE = 0.9


@dataclass(frozen=True, eq=False)
class Network:
    """title: for the name of a score, as in "Fréchet distance (digits classifier, 99.4 %)"; without one, "".

    key: the first digits of the hash of its weights. see: images (N, C, S, S) in [−1, 1], or points, as it sees them.
    """

    title: str
    key: str
    see: Callable[[Tensor], Seen]


def needs_network(data: Dataset, names: Sequence[ScoreName]) -> bool:
    """Whether a network has to look for these scores, or for all that are possible (none named)."""
    by_network = {name for name, row in SCORES.items() if row.needs in ("features", "classes", "taken")}
    return has_classifier(data) and (not names or bool(by_network & set(names)))


def network_for(data: Dataset, names: Sequence[ScoreName] = (), *, progress: Told = lambda share: None) -> Network:
    """What judges samples of a dataset: its own classifier where it has labels, else nothing but the samples.

    names: of scores that are wanted; none means all that are possible. The classifier is trained the first time, in
    some seconds. Its held-out accuracy is a part of its title.
    """
    if not needs_network(data, names):
        return Network("", "", _alone)
    classifier = classifier_of(data, progress=progress)
    words = f"{data.name} classifier"
    if (accuracy := _accuracy(classifier, data)) is not None:
        words = f"{words}, {percent(accuracy, 1)}"
    return Network(words, _hash_of(classifier), lambda images: _seen_by(classifier, images))


def _alone(samples: Tensor) -> Seen:
    return Seen(images=samples) if samples.dim() == 4 else Seen(points=samples)


@torch.no_grad()
def _seen_by(classifier: Classifier, images: Tensor) -> Seen:
    features = torch.cat([classifier.features(part) for part in images.split(_BATCH)])
    probabilities = torch.cat([classifier.head(part) for part in features.split(_BATCH)]).double().softmax(1)
    likeliest = probabilities[:, :-1].max(1)
    known = probabilities[:, :-1] / probabilities[:, :-1].sum(1, keepdim=True)  # if it is of some class: of which
    taken = torch.where(likeliest.values > _SURE, likeliest.indices, -1)
    return Seen(images=images, features=features, classes=known, taken=taken)


@torch.no_grad()
def _accuracy(classifier: Classifier, data: Dataset) -> float | None:
    """Share of the held-out images that it names rightly; None without such."""
    if data.held_out is None or data.held_out_labels is None or not len(data.held_out):
        return None
    named = [classifier(part.float() / 127.5 - 1).argmax(1) for part in data.held_out.split(_BATCH)]
    return float((torch.cat(named) == data.held_out_labels).double().mean())


def _hash_of(classifier: Classifier) -> str:
    digest = hashlib.sha256()
    for name, tensor in classifier.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.contiguous().cpu().numpy().tobytes())
    return digest.hexdigest()[:8]
