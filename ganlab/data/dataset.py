"""What a dataset is once loaded (`Dataset`) and what is known of it before (`DatasetSpec`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Split = Literal["train", "test"]

#: Called with what is going on and the share done in [0, 1], or None where that is unknown.
Progress = Callable[[str, float | None], None]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images in memory. images: uint8 (N, C, H, W); labels: int64 (N,), indices into class_names, or None."""

    name: str
    images: Tensor
    labels: Tensor | None
    class_names: tuple[str, ...]

    def __post_init__(self) -> None:
        assert self.images.dtype == torch.uint8 and self.images.ndim == 4, (self.images.dtype, self.images.shape)
        if self.labels is not None:
            assert self.labels.dtype == torch.int64, self.labels.dtype
            assert self.labels.shape == self.images.shape[:1], (self.labels.shape, self.images.shape)

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class DatasetSpec:
    """A row of the table of datasets: everything the screen shows before the images are loaded.

    size: pixels per side; count: images in the "train" split;
    load(split=, data_dir=, progress=) gives the Dataset or raises DataError;
    files: what it keeps in the data directory, as paths in there; none when nothing is downloaded.
    """

    name: str
    title: str
    description: str
    size: int
    channels: int
    count: int
    class_names: tuple[str, ...]
    load: Callable[..., Dataset]
    files: tuple[str, ...] = ()
