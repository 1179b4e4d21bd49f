"""A small classifier of a dataset: what it takes images for, what it sees on them, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganlab.data.dataset import Dataset
from ganlab.errors import DataError
from ganlab.metrics.strangers import strangers

_BATCH, _STRANGERS = 64, 32
_PEAK_LR = 4e-3
_PIXELS_PER_SHIFT = 14  # shifts of up to 1 pixel for images of 16, 2 for 28
_EVALUATE_BATCH = 512
_STRANGERS_WEIGH = 0.1  # of a real image in the loss: with more of it, held-out digits are refused as well

#: Numbers that a classifier sees of an image before its last layer.
FEATURES = 64


class Classifier(nn.Module):
    """Images (N, C, H, W) in [−1, 1], 16 to 64 pixels a side → logits (N, classes + 1), the last for "none of these".

    Not for judging noise alone: strangers of kinds that it never met can pass (see `legibility`).
    """

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *(nn.Conv2d(channels, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(4)),
            *(nn.Flatten(), nn.Linear(64 * 4 * 4, FEATURES), nn.ReLU()),
        )
        self.head = nn.Linear(FEATURES, classes + 1)

    def features(self, images: Tensor) -> Tensor:
        """What it sees before its last layer, (N, FEATURES), 0 or more."""
        return self.body(images)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.features(images))


@dataclass(frozen=True)
class Legibility:
    """What a classifier makes of a set of images.

    confident: share of the images that are of some class with a probability above the threshold.
    rejected: share of those whose most likely answer is "none of these".
    class_shares: share of each class among the others; they sum to 1, or are all 0 where everything was rejected.
    """

    confident: float
    rejected: float
    class_shares: tuple[float, ...]


def legibility(classifier: nn.Module, images: Tensor, *, confidence: float = 0.9) -> Legibility:
    """Share of images that the classifier is sure about, and the classes it sees in them.

    classifier: logits (N, classes + 1) of images, as `Classifier`. images: float (N, C, H, W) in [−1, 1], N ≥ 1, of
    the kind that it was trained on. Not a quality score. `confident` falls when digits are smudged, broken or no
    digits at all, and a missing class shows as a share near 0; but it sees nothing of a lack of variety within a
    class, a simple shape can pass for a digit (a stroke for 1, a disc for 0), and it cannot tell a copied training
    image from a new one. Compare it with the value of held-out real images, and only between values from the same
    classifier.
    """
    assert images.ndim == 4 and len(images), images.shape
    was_training = classifier.training
    classifier.eval()
    with torch.no_grad(), _one_thread():
        probabilities = torch.cat([classifier(part).softmax(1) for part in images.split(_EVALUATE_BATCH)])
    classifier.train(was_training)
    *counts, rejected = probabilities.argmax(1).bincount(minlength=probabilities.shape[1]).tolist()
    accepted = max(1, len(images) - rejected)
    return Legibility(
        confident=(probabilities[:, :-1] > confidence).any(1).double().mean().item(),
        rejected=rejected / len(images),
        class_shares=tuple(count / accepted for count in counts),
    )


def train_classifier(
    dataset: Dataset, *, seed: int, steps: int = 900, progress: Callable[[float], object] = lambda share: None
) -> Classifier:
    """A small network that tells the classes of a dataset of images apart, and from what is none of them.

    Trained with AdamW on `steps` batches of 64 images, each shifted at random by a pixel or two, beside 32 strangers
    made of them, on the device of the dataset; the time does not depend on how many images there are. Returned in eval
    mode. The same seed gives the same network; torch's global random state is neither used nor changed. progress:
    called after each step with the share done; what it raises ends the training. Raises DataError without labels.
    """
    if dataset.labels is None:
        raise DataError(f"dataset {dataset.name!r} has no labels to train a classifier on: choose one with labels")
    device, rng = dataset.examples.device, torch.Generator().manual_seed(seed)
    classes = len(dataset.class_names)
    net = _initialised(_network(dataset.examples.shape[1], classes), rng).to(device)
    net = net.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  # takes two thirds of the time on a CPU
    optimiser = torch.optim.AdamW(net.parameters(), lr=_PEAK_LR, weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=_PEAK_LR, total_steps=steps)
    weights = torch.tensor([1.0] * classes + [_STRANGERS_WEIGH], device=device)
    with _one_thread():
        for step, indices in enumerate(_batches(len(dataset), steps, rng), 1):
            chosen = indices.to(device)
            images, labels = dataset.examples[chosen].float() / 127.5 - 1, dataset.labels[chosen]
            shown = torch.cat([_shifted(images, rng), strangers(images[:_STRANGERS], labels[:_STRANGERS], rng)])
            answers = torch.cat([labels, torch.full_like(labels[:_STRANGERS], classes)])
            loss = F.cross_entropy(net(shown), answers, weight=weights)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            progress(step / steps)
    return net.eval()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Torch's CPU work on the calling thread alone, its number of threads restored afterwards.

    The batches are too small to share out: two threads on two idle cores gain nothing, and on busy cores they wait
    for each other at every layer (measured with two cores and a load of 3: 60 steps took 25 s, on one thread 0.5 s).
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _network(channels: int, classes: int) -> Classifier:
    """Without weights yet: modules on a real device would draw them from torch's global random state."""
    with torch.device("meta"):
        return Classifier(channels, classes)


def _initialised(net: Classifier, rng: torch.Generator) -> Classifier:
    net = net.to_empty(device="cpu")
    for name, parameter in net.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(parameter)
        else:
            nn.init.kaiming_normal_(parameter, nonlinearity="relu", generator=rng)
    return net


def _batches(count: int, steps: int, rng: torch.Generator) -> Iterator[Tensor]:
    """`steps` batches of indices below `count`, each pass over the data in a new order."""
    waiting = torch.empty(0, dtype=torch.int64)
    for _ in range(steps):
        if not len(waiting):
            waiting = torch.randperm(count, generator=rng)
        batch, waiting = waiting[:_BATCH], waiting[_BATCH:]
        yield batch


def _shifted(images: Tensor, rng: torch.Generator) -> Tensor:
    """Each image moved by up to a pixel or two; the edge pixels fill the gap."""
    count, _, height, width = images.shape
    reach = width // _PIXELS_PER_SHIFT
    padded = F.pad(images, (reach,) * 4, mode="replicate").permute(0, 2, 3, 1)
    top, left = torch.randint(0, 2 * reach + 1, (2, count, 1), generator=rng).to(images.device)
    rows, columns = (start + torch.arange(side, device=images.device) for start, side in ((top, height), (left, width)))
    each = torch.arange(count, device=images.device)[:, None, None]
    return padded[each, rows[:, :, None], columns[:, None]].permute(0, 3, 1, 2)
