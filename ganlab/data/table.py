"""The table of datasets and the one way to load from it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ganlab.config import CropName, TrainConfig, suggest
from ganlab.data import digits, download, mnist
from ganlab.data.dataset import Dataset, DatasetSpec, Progress, Split, Wanted
from ganlab.data.pick import pick, resized
from ganlab.errors import DataError

#: One row per name in ganlab.config.DatasetName, in the order of the menu.
DATASETS: dict[str, DatasetSpec] = {
    "digits": DatasetSpec(
        name="digits",
        title="Digits",
        description=(
            "Handwritten digits of 8×8 pixels enlarged to 16×16, part of scikit-learn: nothing to download. "
            "Source: Alpaydin and Kaynak, UCI Optical Recognition of Handwritten Digits, 1998."
        ),
        shape=(1, 16, 16),
        count=1618,
        class_names=digits.CLASS_NAMES,
        load=digits.load,
    ),
    "mnist": DatasetSpec(
        name="mnist",
        title="MNIST",
        description=(
            "Handwritten digits of 28×28 pixels, downloaded once (10 MB). "
            "Source: LeCun, Cortes and Burges, the MNIST database of handwritten digits, 1998."
        ),
        shape=(1, 28, 28),
        count=60_000,
        class_names=mnist.CLASS_NAMES,
        load=mnist.load,
        files=tuple(f"mnist/{name}" for files in mnist.FILES.values() for name in files),
    ),
}


def load_dataset(
    name: str,
    *,
    split: Split = "train",
    data_dir: Path | None = None,
    size: int = 0,
    classes: Sequence[str] = (),
    max_images: int = 0,
    folder: str = "",
    crop: CropName = "centre",
    progress: Progress = lambda label, fraction: None,
) -> Dataset:
    """One split of a dataset, downloaded into data_dir (by default `ganlab.data.data_dir()`) where need be.

    size: resize images to this side; classes: keep only these, in this order; max_images: at most so many,
    spread evenly over what is left; folder, crop: where a dataset of one's own lies and how it becomes square.
    Raises DataError: an unknown name, split or class, a failed download, a damaged file.
    """
    if name not in DATASETS:
        raise DataError(f"unknown dataset {name!r}: {suggest(name, list(DATASETS))}")
    if split not in ("train", "test"):
        raise DataError(f"unknown split {split!r} of dataset {name!r}: {suggest(split, ['train', 'test'])}")
    wanted = Wanted(data_dir or download.data_dir(), split, size, folder, crop)
    data = DATASETS[name].load(wanted, progress=progress)
    return resized(pick(data, classes=classes, max_images=max_images), size, progress=progress)


def load_for(config: TrainConfig, *, split: Split = "train", progress: Progress = lambda *_: None) -> Dataset:
    """The real examples that a config asks for. Raises DataError."""
    return load_dataset(
        config.dataset,
        split=split,
        size=config.image_size,
        classes=config.classes,
        max_images=config.max_images,
        folder=config.folder,
        crop=config.crop,
        progress=progress,
    )


def shape_for(config: TrainConfig) -> tuple[int, ...]:
    """Of one example that a config asks for, before anything is loaded: (C, H, W) or (2,)."""
    shape = DATASETS[config.dataset].shape
    return (shape[0], config.image_size, config.image_size) if len(shape) == 3 and config.image_size else shape
