"""The table of datasets and the one way to load from it."""

from __future__ import annotations

from pathlib import Path

from ganlab.config import suggest
from ganlab.data import digits, download, mnist
from ganlab.data.dataset import Dataset, DatasetSpec, Progress, Split
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
        size=16,
        channels=1,
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
        size=28,
        channels=1,
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
    progress: Progress = lambda label, fraction: None,
) -> Dataset:
    """One split of a dataset, downloaded into data_dir (by default `ganlab.data.data_dir()`) where need be.

    Raises DataError: an unknown name or split, a failed download, a damaged file.
    """
    if name not in DATASETS:
        raise DataError(f"unknown dataset {name!r}: {suggest(name, list(DATASETS))}")
    if split not in ("train", "test"):
        raise DataError(f"unknown split {split!r} of dataset {name!r}: {suggest(split, ['train', 'test'])}")
    folder = data_dir if data_dir is not None else download.data_dir()
    return DATASETS[name].load(split=split, data_dir=folder, progress=progress)
