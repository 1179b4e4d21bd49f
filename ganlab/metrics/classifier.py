"""How many generated images a small classifier of real ones recognises, and as what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganlab.data.dataset import Dataset
from ganlab.errors import DataError

_BATCH = 64
_PEAK_LR = 4e-3
_PIXELS_PER_SHIFT = 14  # shifts of up to 1 pixel for images of 16, 2 for 28
_EVALUATE_BATCH = 512


@dataclass(frozen=True)
class Legibility:
    """What a classifier makes of a set of images.

    confident: share of the images whose most likely class has a probability above the threshold.
    class_shares: share of each class among all the images, confident or not; they sum to 1.
    """

    confident: float
    class_shares: tuple[float, ...]


def legibility(classifier: nn.Module, images: Tensor, *, confidence: float = 0.9) -> Legibility:
    """Share of images that the classifier is sure about, and the classes it sees in them.

    images: float (N, C, H, W) in [−1, 1], N ≥ 1, of the kind the classifier was trained on.
    Not a quality score. `confident` falls when digits are smudged or broken, and a missing class shows as a share
    near 0; but a classifier can be sure about garbage, it sees nothing of a lack of variety within a class, and
    it cannot tell a copied training image from a new one. Compare it with the value of held-out real images,
    and only between values from the same classifier.
    """
    assert images.ndim == 4 and len(images), images.shape
    was_training = classifier.training
    classifier.eval()
    with torch.no_grad(), _one_thread():
        probabilities = torch.cat([classifier(part).softmax(1) for part in images.split(_EVALUATE_BATCH)])
    classifier.train(was_training)
    top, classes = probabilities.max(1)
    counts = classes.bincount(minlength=probabilities.shape[1])
    return Legibility(
        confident=(top > confidence).double().mean().item(),
        class_shares=tuple((counts.double() / len(images)).tolist()),
    )


def train_classifier(
    dataset: Dataset, *, seed: int, steps: int = 600, progress: Callable[[float], object] = lambda share: None
) -> nn.Module:
    """A small network from images (N, C, H, W) in [−1, 1], 16 to 32 pixels a side, to logits (N, classes).

    Trained with AdamW on `steps` batches of 64, shifted at random by a pixel or two, on the device of the dataset;
    the time does not depend on how many images there are. Returned in eval mode. The same seed gives
    the same network; torch's global random state is neither used nor changed. progress: called after each step with
    the share done; what it raises ends the training. Raises DataError without labels.
    """
    if dataset.labels is None:
        raise DataError(f"dataset {dataset.name!r} has no labels to train a classifier on: choose one with labels")
    device, rng = dataset.examples.device, torch.Generator().manual_seed(seed)
    net = _initialised(_network(dataset.examples.shape[1], len(dataset.class_names)), rng).to(device)
    optimiser = torch.optim.AdamW(net.parameters(), lr=_PEAK_LR, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=_PEAK_LR, total_steps=steps)
    with _one_thread():
        for step, indices in enumerate(_batches(len(dataset), steps, rng), 1):
            chosen = indices.to(device)
            images = _shifted(dataset.examples[chosen].float() / 127.5 - 1, rng)
            loss = F.cross_entropy(net(images), dataset.labels[chosen])
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


def _network(channels: int, classes: int) -> nn.Sequential:
    """Without weights yet: modules on a real device would draw them from torch's global random state."""
    with torch.device("meta"):
        return nn.Sequential(
            *(nn.Conv2d(channels, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(4)),
            *(nn.Flatten(), nn.Linear(64 * 4 * 4, classes)),
        )


def _initialised(net: nn.Sequential, rng: torch.Generator) -> nn.Sequential:
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
    """The batch moved by up to a pixel or two, all of it alike; the edge pixels fill the gap."""
    height, width = images.shape[2:]
    reach = width // _PIXELS_PER_SHIFT
    top, left = torch.randint(0, 2 * reach + 1, (2,), generator=rng).tolist()
    return F.pad(images, (reach,) * 4, mode="replicate")[:, :, top : top + height, left : left + width]
