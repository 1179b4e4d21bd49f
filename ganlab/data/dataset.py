"""What a dataset is once loaded (`Dataset`) and what is known of it before (`DatasetSpec`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

import torch
from torch import Tensor

from ganlab.config import SETTINGS, CropName

Split = Literal["train", "test"]

#: Where a dataset comes from: a library that is here anyway, the internet, a formula, or the user.
Origin = Literal["built in", "download", "generated", "your own"]

#: Held-out examples that are kept beside those to train on, and what they may take of memory.
MOST_HELD_OUT = 1024
MOST_BYTES_HELD_OUT = 1 << 26

#: Called with what is going on and the share done in [0, 1], or None where that is unknown.
Progress = Callable[[str, float | None], None]


@dataclass(frozen=True)
class InPlane:
    """What is asked of points. modes, spread: 0 for the dataset's own; imbalance: of the first mode to the last.

    points, formula: of one's own, as settings have them.
    """

    modes: int = 0
    spread: float = 0.0
    imbalance: float = 1.0
    points: str = ""
    formula: str = SETTINGS["formula"].default


#: All as the dataset has it.
AS_IT_IS = InPlane()


@dataclass(frozen=True, eq=False)
class Dataset:
    """Real examples in memory, or mapped from disk.

    examples: images as uint8 (N, C, H, W), or points of the plane as float32 (N, 2), mostly within ±1;
    labels: int64 (N,), indices into class_names, or None.
    held_out: examples of the same kind that training never sees, of the test split, to tell whether D has learnt its
    examples by heart; None where there are none at hand. held_out_labels: theirs, where `labels` are there.
    plane: what was asked of points.
    """

    name: str
    examples: Tensor
    labels: Tensor | None
    class_names: tuple[str, ...]
    held_out: Tensor | None = None
    held_out_labels: Tensor | None = None
    plane: InPlane = AS_IT_IS

    def __post_init__(self) -> None:
        kind = (self.examples.dtype, self.examples.ndim)
        assert kind in ((torch.uint8, 4), (torch.float32, 2)), (self.examples.dtype, self.examples.shape)
        if self.labels is not None:
            assert self.labels.dtype == torch.int64, self.labels.dtype
            assert self.labels.shape == self.examples.shape[:1], (self.labels.shape, self.examples.shape)
        if self.held_out is not None:
            assert self.held_out.dtype == self.examples.dtype, self.held_out.dtype
            assert self.held_out.shape[1:] == self.examples.shape[1:], self.held_out.shape
            assert (self.held_out_labels is None) == (self.labels is None)

    def __len__(self) -> int:
        return len(self.examples)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one example: (C, H, W) or (2,)."""
        return tuple(self.examples.shape[1:])

    @property
    def class_count(self) -> int:
        """Number of classes that the labels tell apart; 0 without labels."""
        return 0 if self.labels is None else len(self.class_names)

    def beside(self, test: Dataset | None) -> Dataset:
        """The same to train on, with the examples of `test` held out; without any where it is None.

        The labels of `test` are left out where these examples have none.
        """
        if test is None:
            return self
        labels = None if self.labels is None else test.labels
        return replace(self, held_out=test.examples, held_out_labels=labels)


@dataclass(frozen=True)
class Wanted:
    """What is asked of a dataset. data_dir: where downloads are kept; size: pixels per side, 0 for its own.

    A loader gives images of `size` if it can do so better than by resizing what it has read (a folder of
    photographs, STL-10); otherwise it ignores it, and `load_dataset` resizes. folder, crop: of a folder alone;
    plane: of points alone.
    """

    data_dir: Path
    split: Split = "train"
    size: int = 0
    folder: str = ""
    crop: CropName = "centre"
    plane: InPlane = AS_IT_IS


class Loader(Protocol):
    """Reads a dataset, downloading it first where need be. Raises DataError."""

    def __call__(self, wanted: Wanted, *, progress: Progress) -> Dataset: ...


@dataclass(frozen=True)
class DatasetSpec:
    """A row of the table of datasets: everything the screen shows before anything is loaded.

    description: what it is, how many, the size of the download, the source. shape: (C, H, W) of an image, or (2,) for
    points of the plane. count, held_out: examples in the "train" and the "test" split, 0 where only loading tells.
    class_names: of the labels in "train", none without labels or where only loading tells. files: what a download
    keeps in the data directory.
    """

    name: str
    title: str
    description: str
    shape: tuple[int, ...]
    count: int
    class_names: tuple[str, ...]
    load: Loader
    origin: Origin
    files: tuple[str, ...] = ()
    held_out: int = 0

    @property
    def has_images(self) -> bool:
        """Whether the examples are images; else they are points of the plane."""
        return len(self.shape) == 3

    def missing(self, data_dir: Path) -> tuple[Path, ...]:
        """Files that would have to be downloaded into the data directory first."""
        return tuple(data_dir / name for name in self.files if not (data_dir / name).exists())
