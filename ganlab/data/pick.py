"""Some of a dataset, or all of it at another size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.config import suggest
from ganlab.data.dataset import MOST_BYTES_HELD_OUT, MOST_HELD_OUT, Dataset, Progress
from ganlab.errors import DataError

_CHUNK = 4096  # images resized at once, as float32


def pick(data: Dataset, *, classes: Sequence[str] = (), max_images: int = 0) -> Dataset:
    """Only the examples of `classes`, labels renumbered in that order, and at most `max_images` of them.

    The examples kept are spread evenly over the dataset, so that a sorted one keeps all its classes. Their order stays.
    Those held out are chosen likewise, up to 1,024 or 64 MB.
    Raises DataError for a class that is not there, or that has no example.
    """
    if classes:
        data = _of_classes(data, tuple(dict.fromkeys(classes)))
    if 0 < max_images < len(data):
        data = _chosen(data, spread(max_images, len(data)))
    return _with_few_held_out(data)


def places_by_class(data: Dataset, each: int) -> tuple[Tensor, ...]:
    """Where up to `each` examples of every class are, spread evenly; without labels, of the whole as if one class."""
    if data.labels is None:
        found = [torch.arange(len(data))]
    else:
        found = [(data.labels == number).nonzero()[:, 0] for number in range(data.class_count)]
    return tuple(places[spread(min(each, len(places)), len(places))] for places in found)


def spread(count: int, among: int) -> Tensor:
    """So many places out of 0 … among − 1, at even distances from 0 on."""
    return torch.arange(count) * among // max(count, 1)


def _of_classes(data: Dataset, classes: tuple[str, ...]) -> Dataset:
    if data.labels is None:
        raise DataError(f"dataset {data.name!r} has no classes: leave classes empty")
    for name in classes:
        if name not in data.class_names:
            raise DataError(f"dataset {data.name!r} has no class {name!r}: {suggest(name, list(data.class_names))}")
    numbers = torch.tensor([data.class_names.index(name) for name in classes])
    kept, labels = _among(data.labels, numbers)
    found = set(labels.tolist())
    if empty := [name for number, name in enumerate(classes) if number not in found]:
        raise DataError(f"dataset {data.name!r} has no examples of class {' or '.join(map(repr, empty))}: leave it out")
    picked = replace(
        data, examples=data.examples[kept], labels=labels, class_names=classes, held_out=None, held_out_labels=None
    )
    if data.held_out is None or data.held_out_labels is None:
        return picked
    kept, labels = _among(data.held_out_labels, numbers)
    return replace(picked, held_out=data.held_out[kept], held_out_labels=labels)


def _among(labels: Tensor, numbers: Tensor) -> tuple[Tensor, Tensor]:
    """Where labels are one of `numbers`, and which one it is there."""
    same = labels[:, None] == numbers  # a label outside the class names (an image without one) is none of them
    kept = same.any(1).nonzero()[:, 0]
    return kept, same[kept].int().argmax(1)


def _chosen(data: Dataset, kept: Tensor) -> Dataset:
    labels = None if data.labels is None else data.labels[kept]
    return replace(data, examples=data.examples[kept], labels=labels)


def _with_few_held_out(data: Dataset) -> Dataset:
    if data.held_out is None:
        return data
    if not len(data.held_out):  # all of them were of other classes
        return replace(data, held_out=None, held_out_labels=None)
    most = min(MOST_HELD_OUT, MOST_BYTES_HELD_OUT // data.held_out[0].nbytes)
    kept = spread(min(most, len(data.held_out)), len(data.held_out))
    labels = None if data.held_out_labels is None else data.held_out_labels[kept]
    return replace(data, held_out=data.held_out[kept], held_out_labels=labels)


def resized(data: Dataset, size: int, *, progress: Progress = lambda *_: None) -> Dataset:
    """Images of `size` pixels per side, smoothed when they shrink; as they are when `size` is 0 or their own.

    Raises DataError for points of the plane.
    """
    if not size:
        return data
    if len(data.shape) != 3:
        raise DataError(f"dataset {data.name!r} holds points, which have no size: leave image_size at 0, got {size}")
    if data.shape[1:] == (size, size):
        return data
    images = torch.empty(len(data), data.shape[0], size, size, dtype=torch.uint8)
    for begin in range(0, len(data), _CHUNK):
        progress(f"Resizing to {size}×{size}", begin / len(data))
        images[begin : begin + _CHUNK] = _scaled(data.examples[begin : begin + _CHUNK], size)
    held_out = None if data.held_out is None else _scaled(data.held_out, size)
    return replace(data, examples=images, held_out=held_out)


def _scaled(images: Tensor, size: int) -> Tensor:
    scaled = F.interpolate(images.float(), (size, size), mode="bicubic", antialias=True)
    return scaled.round_().clamp_(0, 255).to(torch.uint8)
