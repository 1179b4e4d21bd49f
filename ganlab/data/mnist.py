"""MNIST, and the datasets published in its form: four gzipped IDX files of 28×28 images and their labels."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch

from ganlab.data.dataset import Dataset, Progress, Split, Wanted
from ganlab.data.download import fetch
from ganlab.data.idx import read_idx
from ganlab.errors import DataError

#: Per split: the file of images, then that of labels. All of the family call them the same.
FILE_NAMES: dict[Split, tuple[str, str]] = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}


@dataclass(frozen=True)
class MnistLike:
    """One of the family. mirrors: addresses to try in order; md5s: per split, of the files in FILE_NAMES."""

    name: str
    title: str
    class_names: tuple[str, ...]
    mirrors: tuple[str, ...]
    md5s: Mapping[Split, tuple[str, str]]

    @property
    def paths(self) -> tuple[str, ...]:
        """Its files as paths in the data directory; a folder for each dataset, since the files are called the same."""
        return tuple(f"{self.name}/{file}" for names in FILE_NAMES.values() for file in names)

    def load(self, wanted: Wanted, *, progress: Progress) -> Dataset:
        """Images (60,000 or 10,000, 1, 28, 28); files of the split that are absent are downloaded.

        "train" has the images of "test" held out where their files are there and whole.
        Raises DataError: a download failed, or a file is not what it should be.
        """
        files = dict(zip(FILE_NAMES[wanted.split], self.md5s[wanted.split], strict=True))
        images_path, labels_path = fetch(
            files, mirrors=self.mirrors, folder=wanted.data_dir / self.name, progress=progress
        )
        progress(f"Loading {self.title}", None)
        data = self.read(images_path, labels_path)
        return data.beside(self._test_at_hand(wanted.data_dir)) if wanted.split == "train" else data

    def _test_at_hand(self, data_dir: Path) -> Dataset | None:
        images_path, labels_path = (data_dir / self.name / name for name in FILE_NAMES["test"])
        with suppress(DataError):  # nothing to train on is missing where they are damaged
            if images_path.exists() and labels_path.exists():
                return self.read(images_path, labels_path)
        return None

    def read(self, images_path: Path, labels_path: Path) -> Dataset:
        """The dataset in a file of images and one of labels. Raises DataError where the two do not make one."""
        images, labels = read_idx(images_path), read_idx(labels_path)
        if images.shape[1:] != (28, 28):
            raise DataError(
                f"{images_path} holds an array of shape {images.shape} instead of images of 28×28 pixels: "
                "delete it so that it is downloaded again"
            )
        if labels.shape != images.shape[:1]:
            raise DataError(
                f"{labels_path} holds labels of shape {labels.shape} for the {len(images)} images in "
                f"{images_path.name}: delete both so that they are downloaded again"
            )
        if labels.max() >= len(self.class_names):
            raise DataError(
                f"{labels_path} holds a label {labels.max()}, outside 0 to {len(self.class_names) - 1}: "
                "delete it so that it is downloaded again"
            )
        return Dataset(self.name, torch.from_numpy(images)[:, None], torch.from_numpy(labels).long(), self.class_names)


#: LeCun, Cortes and Burges 1998; copies of the authors' files.
MNIST = MnistLike(
    name="mnist",
    title="MNIST",
    class_names=tuple("0123456789"),
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    md5s={
        "train": ("f68b3c2dcbeaaa9fbdd348bbdeb94873", "d53e105ee54ea40749a09fcbcd1e9432"),
        "test": ("9fb629c4189551a2d022fa330f9573f3", "ec29112dd5afa0611ce80d1b7f02629c"),
    },
)

#: Xiao, Rasul and Vollgraf 2017; the authors' two addresses and their class names.
FASHION_MNIST = MnistLike(
    name="fashion-mnist",
    title="Fashion-MNIST",
    class_names=(
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    md5s={
        "train": ("8d4fb7e6c68d591d4c3dfef9ec88bf0d", "25c81989df183df01b3e8a0aad5dffbe"),
        "test": ("bef4ecab320f06d8554ea6380940ec79", "bb300cfdad3c16e7a12a480ee83cd310"),
    },
)

#: Clanuwat et al. 2018; one hiragana stands for each row of the syllabary, named by its sound.
KMNIST = MnistLike(
    name="kmnist",
    title="Kuzushiji-MNIST",
    class_names=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    mirrors=("https://codh.rois.ac.jp/kmnist/dataset/kmnist/", "http://codh.rois.ac.jp/kmnist/dataset/kmnist/"),
    md5s={
        "train": ("bdb82020997e1d708af4cf47b453dcf7", "e144d726b3acfaa3e44228e80efcd344"),
        "test": ("5c965bf0a639b31b8f53240b1b52f4d7", "7320c461ea6c1c855c0b718fb2a4b134"),
    },
)
