"""MNIST from the four files of its authors."""

from __future__ import annotations

from pathlib import Path

import torch

from ganlab.data.dataset import Dataset, Progress, Split, Wanted
from ganlab.data.download import fetch
from ganlab.data.idx import read_idx
from ganlab.errors import DataError

CLASS_NAMES = tuple("0123456789")

#: Copies of the authors' files, tried in order.
MIRRORS: tuple[str, ...] = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)

#: Per split: the file of images, then that of labels, each with its MD5.
FILES: dict[Split, dict[str, str]] = {
    "train": {
        "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
    },
    "test": {
        "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
    },
}


def load(wanted: Wanted, *, progress: Progress) -> Dataset:
    """Images (60,000 or 10,000, 1, 28, 28) from `wanted.data_dir`/mnist, where absent files of the split are downloaded.

    Raises DataError: a download failed, or a file is not what it should be.
    """
    images_path, labels_path = fetch(
        FILES[wanted.split], mirrors=MIRRORS, folder=wanted.data_dir / "mnist", progress=progress
    )
    progress("Loading MNIST", None)
    return read_pair(images_path, labels_path)


def read_pair(images_path: Path, labels_path: Path) -> Dataset:
    """The dataset in a file of images and one of labels. Raises DataError where the two do not make one."""
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.shape[1:] != (28, 28):
        raise DataError(
            f"{images_path} holds an array of shape {images.shape} instead of images of 28×28 pixels: "
            "delete it so that it is downloaded again"
        )
    if labels.shape != images.shape[:1]:
        raise DataError(
            f"{labels_path} holds labels of shape {labels.shape} for the {len(images)} images in {images_path.name}: "
            "delete both so that they are downloaded again"
        )
    if labels.max() >= len(CLASS_NAMES):
        raise DataError(
            f"{labels_path} holds a label {labels.max()}, outside 0 to 9: delete it so that it is downloaded again"
        )
    return Dataset("mnist", torch.from_numpy(images)[:, None], torch.from_numpy(labels).long(), CLASS_NAMES)
