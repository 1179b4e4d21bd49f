"""MNIST and its kin: four files each, read as pairs."""

from __future__ import annotations

import gzip
import hashlib
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ganlab.data import DATASETS, data_dir, load_dataset
from ganlab.data.dataset import Wanted
from ganlab.data.mnist import FASHION_MNIST, FILE_NAMES, KMNIST, MNIST, MnistLike
from ganlab.errors import DataError

FAMILY = (MNIST, FASHION_MNIST, KMNIST)
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (12, 28, 28), dtype=np.uint8)
LABELS = np.arange(12, dtype=np.uint8) % 10


def write_idx(path: Path, array: np.ndarray) -> Path:
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(header + array.tobytes(), mtime=0))
    return path


def read(tmp_path: Path, images: np.ndarray, labels: np.ndarray):
    return MNIST.read(write_idx(tmp_path / "images.gz", images), write_idx(tmp_path / "labels.gz", labels))


def with_own_files(source: MnistLike, folder: Path) -> MnistLike:
    """The dataset as if these small files were what its authors published, with nothing to download."""
    md5s = {}
    for (split, names), count in zip(FILE_NAMES.items(), (12, 5), strict=True):
        arrays = zip(names, (IMAGES[:count], LABELS[:count]), strict=True)
        paths = [write_idx(folder / source.name / name, array) for name, array in arrays]
        md5s[split] = tuple(hashlib.md5(path.read_bytes()).hexdigest() for path in paths)
    return replace(source, md5s=md5s, mirrors=())


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


@pytest.mark.parametrize("source", FAMILY, ids=lambda source: source.name)
def test_each_split_reads_its_own_files(source: MnistLike, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    row = replace(DATASETS[source.name], load=with_own_files(source, tmp_path).load)
    monkeypatch.setitem(DATASETS, source.name, row)
    train, test = (load_dataset(source.name, split=split, data_dir=tmp_path) for split in ("train", "test"))
    assert (len(train), len(test)) == (12, 5)
    assert train.name == source.name and train.class_names == source.class_names
    assert row.missing(tmp_path) == ()


@pytest.mark.parametrize(
    ("damage", "count"), [(None, 5), (Path.unlink, 0), (lambda path: path.write_bytes(b"no such images"), 0)]
)
def test_the_test_images_are_held_out_if_they_are_there_and_whole(damage, count: int, tmp_path: Path):
    source = with_own_files(MNIST, tmp_path)
    if damage:
        damage(tmp_path / "mnist" / FILE_NAMES["test"][0])
    data = source.load(Wanted(tmp_path), progress=lambda *_: None)
    assert len(data) == 12
    assert (0 if data.held_out is None else len(data.held_out)) == count


@pytest.mark.parametrize("source", FAMILY, ids=lambda source: source.name)
def test_without_a_network_the_sentence_names_files_and_place(source: MnistLike, tmp_path: Path):
    offline = replace(source, mirrors=("http://127.0.0.1:9/",))
    with pytest.raises(DataError) as caught:
        offline.load(Wanted(tmp_path, "test"), progress=lambda *_: None)
    names = "t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz"
    assert f"put {names} into {tmp_path / source.name} yourself" in str(caught.value)


def test_the_family_shares_no_file_and_no_class_name_twice():
    assert len({path for source in FAMILY for path in source.paths}) == 12
    assert len({md5 for source in FAMILY for md5s in source.md5s.values() for md5 in md5s}) == 12
    assert all(len(set(source.class_names)) == 10 for source in FAMILY)


@pytest.mark.parametrize(
    ("split", "first_labels", "histogram"),
    [
        ("train", [5, 0, 4, 1, 9], [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]),
        ("test", [7, 2, 1, 0, 4], [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]),
    ],
)
def test_the_official_files_are_read_as_published(split, first_labels: list[int], histogram: list[int]):
    if DATASETS["mnist"].missing(data_dir()):
        pytest.skip("the official MNIST files are not in data_dir()")
    dataset = load_dataset("mnist", split=split)
    assert dataset.examples.shape == (sum(histogram), 1, 28, 28)
    assert dataset.labels is not None
    assert dataset.labels[:5].tolist() == first_labels
    assert dataset.labels.bincount().tolist() == histogram
    if split == "train":
        assert dataset.examples.numpy().mean() / 255 == pytest.approx(0.1307, abs=1e-4)  # the well-known mean
