"""The table of networks that scores rest on: what each can look at, and which judges what unless one is named."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ganlab.data import Dataset
from ganlab.data.dataset import Progress
from ganlab.errors import ConfigError
from ganlab.explore.checks import check_one_of
from ganlab.explore.features import classifier_of, has_classifier
from ganlab.metrics.classifier import Classifier
from ganlab.metrics.inception import Inception, prepared
from ganlab.metrics.inception_weights import inception, weights_are_here, weights_key
from ganlab.metrics.scores import FID_NETWORK, SCORES, Needs, ScoreName
from ganlab.metrics.seen import Seen
from ganlab.training.precision import tensor_cores
from ganlab.words import percent

FeatureNetworkName = Literal["inception", "classifier", "none"]
Told = Callable[[float], object]

_BATCH = 500
_SURE = 0.9
#: Images that the FID network takes at once, in 299 × 299 pixels each.
_FEW = {"cpu": 10, "cuda": 100}
#: Images below this many pixels a side say little to it.
_SMALLEST = 32


@dataclass(frozen=True, eq=False)
class Network:
    """title: for the name of a score, as in "Fréchet distance (digits classifier, 99.4 %)"; without one, "".

    key: the first digits of the hash of its weights. see: images (N, C, S, S) in [−1, 1], or points, as it sees them;
    it is told of the share that is done, and what this raises ends it.
    """

    title: str
    key: str
    see: Callable[[Tensor, Told], Seen]


@dataclass(frozen=True)
class FeatureNetwork:
    """A row of the table. lack(data): what a dataset lacks to be judged by it, in words, or "".

    title: for a menu. gives: what it knows of samples; usual(data): whether it is taken, where nothing is lacking,
    without being named; load(data, progress): raises DataError.
    """

    title: str
    gives: frozenset[Needs]
    lack: Callable[[Dataset], str]
    usual: Callable[[Dataset], bool]
    load: Callable[[Dataset, Progress], Network]


def which_network(data: Dataset, names: Sequence[ScoreName] = ()) -> FeatureNetworkName:
    """What judges a dataset unless one is named: the first of the table that knows enough for these scores.

    names: none means all that are possible.
    """
    needed = {SCORES[name].needs for name in names} & _BY_NETWORK
    if names and not needed:
        return "none"
    there: list[FeatureNetworkName] = [
        name for name, row in FEATURE_NETWORKS.items() if row.usual(data) and not row.lack(data)
    ]
    enough: list[FeatureNetworkName] = [name for name in there if needed <= FEATURE_NETWORKS[name].gives]
    return (enough or there)[0]


def network_for(
    data: Dataset,
    names: Sequence[ScoreName] = (),
    which: FeatureNetworkName | None = None,
    *,
    progress: Progress = lambda label, share: None,
) -> Network:
    """The network that is named, or the usual one for these scores.

    A classifier is trained the first time, in some seconds; its held-out accuracy is a part of its title. The weights
    of the FID network are downloaded the first time that it is named.
    Raises ConfigError: it cannot look at such data; DataError: its weights cannot be had.
    """
    if which is None:
        which = which_network(data, names)
    check_one_of("network", which, tuple(FEATURE_NETWORKS))
    row = FEATURE_NETWORKS[which]
    if lack := row.lack(data):
        raise ConfigError(f"network {which!r} cannot judge dataset {data.name!r}, for want of {lack}")
    return row.load(data, progress)


def _alone(samples: Tensor, told: Told) -> Seen:
    return Seen(images=samples) if samples.dim() == 4 else Seen(points=samples)


def _load_classifier(data: Dataset, progress: Progress) -> Network:
    classifier = classifier_of(data, progress=lambda share: progress("Training a small classifier", share))
    words = f"{data.name} classifier"
    if (accuracy := _accuracy(classifier, data)) is not None:
        words = f"{words}, {percent(accuracy, 1)}"
    return Network(words, _hash_of(classifier), lambda images, told: _by_classifier(classifier, images))


@torch.no_grad()
def _by_classifier(classifier: Classifier, images: Tensor) -> Seen:
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


def _load_inception(data: Dataset, progress: Progress) -> Network:
    key = weights_key()
    with _lock:
        if key not in _inceptions:
            device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
            _inceptions[key] = inception(progress=progress).to(device)
    network = _inceptions[key]
    return Network(FID_NETWORK, key, lambda images, told: _by_inception(network, images, told))


_inceptions: dict[str, Inception] = {}
_lock = threading.Lock()


@torch.no_grad()
def _by_inception(network: Inception, images: Tensor, told: Told) -> Seen:
    """In float32 throughout, whatever else calculates on the device: rounded features are other features."""
    device = network.fc.weight.device
    features, logits = [], []
    with tensor_cores(device, "float32"), torch.autocast(device.type, enabled=False):
        for part in images.split(_FEW[device.type]):
            for found, each in zip((features, logits), network(prepared(part.to(device))), strict=True):
                found.append(each.cpu())
            told(sum(map(len, features)) / len(images))
    classes = torch.cat([part.double().softmax(1).float() for part in logits])
    return Seen(images=images, features=torch.cat(features), classes=classes)


def _lack_of_images(data: Dataset) -> str:
    return "" if len(data.shape) == 3 else "images: these are points"


def _lack_of_labels(data: Dataset) -> str:
    return "" if has_classifier(data) else "labelled images of 16 to 64 pixels"


def _says_something(data: Dataset) -> bool:
    return data.shape[0] == 3 and data.shape[-1] >= _SMALLEST and weights_are_here()


_BY_NETWORK: frozenset[Needs] = frozenset(("features", "classes", "taken"))

FEATURE_NETWORKS: dict[FeatureNetworkName, FeatureNetwork] = {
    "inception": FeatureNetwork(
        "FID network", frozenset(("features", "classes")), _lack_of_images, _says_something, _load_inception
    ),
    "classifier": FeatureNetwork(
        "Its own classifier", _BY_NETWORK, _lack_of_labels, lambda data: True, _load_classifier
    ),
    "none": FeatureNetwork(
        "None", frozenset(), lambda data: "", lambda data: True, lambda data, progress: Network("", "", _alone)
    ),
}
