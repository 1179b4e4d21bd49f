from __future__ import annotations

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from ganlab.data import data_dir, load_dataset, mnist
from ganlab.errors import DataError

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (12, 28, 28), dtype=np.uint8)
LABELS = np.arange(12, dtype=np.uint8) % 10


def write_idx(path: Path, array: np.ndarray) -> Path:
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    path.write_bytes(gzip.compress(header + array.tobytes(), mtime=0))
    return path


def read(tmp_path: Path, images: np.ndarray, labels: np.ndarray):
    return mnist.read_pair(write_idx(tmp_path / "images.gz", images), write_idx(tmp_path / "labels.gz", labels))


def test_images_and_labels_stay_together(tmp_path: Path):
    dataset = read(tmp_path, IMAGES, LABELS)
    assert torch.equal(dataset.examples, torch.from_numpy(IMAGES)[:, None])
    assert dataset.labels is not None and dataset.labels.tolist() == LABELS.tolist()


@pytest.mark.parametrize(
    ("images", "labels", "says"),
    [
        (IMAGES, np.where(LABELS == 3, 10, LABELS).astype(np.uint8), "labels.gz holds a label 10, outside 0 to 9"),
        (IMAGES, LABELS[:-1], r"labels.gz holds labels of shape \(11,\) for the 12 images in images.gz"),
        (IMAGES[:-1], LABELS, r"labels.gz holds labels of shape \(12,\) for the 11 images in images.gz"),
        (IMAGES, IMAGES, r"labels.gz holds labels of shape \(12, 28, 28\)"),
        (LABELS, LABELS, r"images.gz holds an array of shape \(12,\)"),
        (IMAGES[:, :, :27], LABELS, r"images.gz holds an array of shape \(12, 28, 27\)"),
    ],
    ids=["label out of range", "a label missing", "an image missing", "images twice", "labels twice", "other size"],
)
def test_files_that_do_not_belong_together_are_refused(tmp_path: Path, images, labels, says: str):
    with pytest.raises(DataError, match=says) as caught:
        read(tmp_path, images, labels)
    assert "delete" in str(caught.value)


def test_each_split_reads_its_own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "mnist").mkdir()
    files: dict[str, dict[str, str]] = {}
    for (split, names), count in zip(mnist.FILES.items(), (12, 5), strict=True):
        for name, array in zip(names, (IMAGES[:count], LABELS[:count]), strict=True):
            path = write_idx(tmp_path / "mnist" / name, array)
            files.setdefault(split, {})[name] = hashlib.md5(path.read_bytes()).hexdigest()
    monkeypatch.setattr(mnist, "FILES", files)
    monkeypatch.setattr(mnist, "MIRRORS", ())  # there is nothing to download
    assert len(load_dataset("mnist", data_dir=tmp_path)) == 12
    assert len(load_dataset("mnist", split="test", data_dir=tmp_path)) == 5


@pytest.mark.parametrize(
    ("split", "first_labels", "histogram"),
    [
        ("train", [5, 0, 4, 1, 9], [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]),
        ("test", [7, 2, 1, 0, 4], [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]),
    ],
)
def test_the_official_files_are_read_as_published(split, first_labels: list[int], histogram: list[int]):
    if not all((data_dir() / "mnist" / name).exists() for name in mnist.FILES[split]):
        pytest.skip("the official MNIST files are not in data_dir()")
    dataset = load_dataset("mnist", split=split)
    assert dataset.examples.shape == (sum(histogram), 1, 28, 28)
    assert dataset.labels is not None
    assert dataset.labels[:5].tolist() == first_labels
    assert dataset.labels.bincount().tolist() == histogram
    if split == "train":
        assert dataset.examples.numpy().mean() / 255 == pytest.approx(0.1307, abs=1e-4)  # the well-known mean
