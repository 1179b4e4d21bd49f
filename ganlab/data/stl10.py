"""STL-10: 96×96 photographs in colour, most of them without a label.

Source: Coates, Lee and Ng, An Analysis of Single Layer Networks in Unsupervised Feature Learning, AISTATS 2011.
"""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch

from ganlab.data import cache
from ganlab.data.dataset import Dataset, Progress, Split, Wanted
from ganlab.data.download import fetch
from ganlab.data.pick import resized
from ganlab.errors import DataError

CLASS_NAMES = ("airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck")

#: Addresses of its authors, tried in order.
MIRRORS: tuple[str, ...] = ("http://ai.stanford.edu/~acoates/stl10/", "https://cs.stanford.edu/~acoates/stl10/")

#: The one file, which has both splits (2.6 GB), with its MD5.
FILES: dict[str, str] = {"stl10_binary.tar.gz": "91f7769df0f17e558f3565bffb0c7dfb"}

OWN_SIZE = 96

#: Per split: the parts of the archive that hold its images, with how many.
PARTS: dict[Split, dict[str, int]] = {
    "train": {"unlabeled_X.bin": 100_000, "train_X.bin": 5_000},
    "test": {"test_X.bin": 8_000},
}
#: The part that holds the labels of a split.
_LABELS: dict[Split, str] = {"test": "test_y.bin"}

_IMAGE_BYTES = 3 * OWN_SIZE * OWN_SIZE
_CHUNK = 500  # images read at a time
_FORMAT = 1  # of what is prepared; a change makes the cache anew


def load(wanted: Wanted, *, progress: Progress) -> Dataset:
    """Images (N, 3, S, S), S 96 unless wanted otherwise, mapped from the cache.

    "train" is the 100,000 images without a label and the 5,000 of the labelled training set, all without labels;
    "test" is the 8,000 labelled ones, which "train" has held out. The archive is downloaded and read once per split
    and size; after that it is no longer needed.
    Raises DataError: a failed download, no room, an archive that is not what it should be.
    """
    split, size = wanted.split, wanted.size or OWN_SIZE
    entry = cache.find(*_place(split, size))
    if entry is None:
        (path,) = fetch(FILES, mirrors=MIRRORS, folder=wanted.data_dir / "stl10", progress=progress)
        entry = _prepare(path, split, size, progress)
        if split == "train":
            with suppress(DataError):  # such as no room: training goes on without
                _prepare(path, "test", size, progress)
    test = cache.find(*_place("test", size)) if split == "train" else None
    return _opened(entry).beside(_opened(test) if test else None)


def _place(split: Split, size: int) -> tuple[str, str]:
    """Slot and version in the cache."""
    return f"stl10-{split}-{size}", f"{FILES['stl10_binary.tar.gz'][:16]}-{_FORMAT}"


def _prepare(path: Path, split: Split, size: int, progress: Progress) -> cache.Entry:
    def fill(writer: cache.Writer) -> dict[str, Any]:
        return {"labels": _read_split(path, split, size, writer, progress)}

    most = sum(PARTS[split].values())
    return cache.find_or_make(*_place(split, size), image=(3, size, size), at_most=most, fill=fill, progress=progress)


def _opened(entry: cache.Entry) -> Dataset:
    labels = entry.index["labels"]
    return Dataset(
        "stl10",
        torch.from_numpy(entry.images()),
        torch.tensor(labels, dtype=torch.int64) if labels is not None else None,
        CLASS_NAMES,
    )


def _read_split(path: Path, split: Split, size: int, writer: cache.Writer, progress: Progress) -> list[int] | None:
    """Give the images of a split to the writer, in the archive's order, and return their labels. Raises DataError."""
    missing = {*PARTS[split], _LABELS[split]} if split in _LABELS else {*PARTS[split]}
    total = sum(PARTS[split].values())
    labels: list[int] | None = None
    for name, stream in _parts(path, missing):
        if name == _LABELS.get(split):
            labels = _read_labels(stream, total, path)
        else:
            for images in _read_images(stream, PARTS[split][name], name, path):
                progress(f"Preparing STL-10 at {size}×{size}", writer.count / total)
                whole = Dataset("stl10", torch.from_numpy(images), None, ())
                writer.add(resized(whole, size).examples.numpy())
        missing.remove(name)
        if not missing:
            break
    if missing:
        raise _damaged(path, f"has no {' and no '.join(sorted(missing))} in it")
    return labels


def _parts(path: Path, wanted: set[str]) -> Iterator[tuple[str, IO[bytes]]]:
    """Name and content of the wanted parts of the archive, as they come. Raises DataError if it is damaged."""
    with _reading(path):
        archive = tarfile.open(path, "r|gz")  # noqa: SIM115 - closed below; only the opening is to be watched here
    with archive:
        while member := _next(archive, path):
            name = member.name.rpartition("/")[2]
            stream = archive.extractfile(member) if member.isfile() and name in wanted else None
            if stream is not None:
                yield name, stream


def _next(archive: tarfile.TarFile, path: Path) -> tarfile.TarInfo | None:
    with _reading(path):
        return archive.next()


def _read(stream: IO[bytes], count: int, path: Path) -> bytes:
    with _reading(path):
        return stream.read(count)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turns what a damaged archive raises into a DataError, and nothing that others raise."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile, tarfile.TarError) as error:
        raise _damaged(path, f"is not a whole archive ({error})") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): check that it is there and yours to read") from None


def _read_images(stream: IO[bytes], count: int, name: str, path: Path) -> Iterator[np.ndarray]:
    """All images of a part, some at a time, as uint8 (n, 3, 96, 96)."""
    left = count
    while left:
        images = min(left, _CHUNK)
        data = _read(stream, images * _IMAGE_BYTES, path)
        if len(data) != images * _IMAGE_BYTES:
            raise _damaged(path, f"ends {name} within image {count - left + len(data) // _IMAGE_BYTES:,} of {count:,}")
        # Stored column by column, so rows and columns change places.
        yield np.frombuffer(data, np.uint8).reshape(images, 3, OWN_SIZE, OWN_SIZE).transpose(0, 1, 3, 2).copy()
        left -= images
    if _read(stream, 1, path):
        raise _damaged(path, f"has more than {count:,} images in {name}")


def _read_labels(stream: IO[bytes], count: int, path: Path) -> list[int]:
    labels = np.frombuffer(_read(stream, count + 1, path), np.uint8)
    if len(labels) != count:
        raise _damaged(path, f"does not have {count:,} labels in test_y.bin")
    if labels.min() < 1 or labels.max() > len(CLASS_NAMES):
        worst = labels.max() if labels.min() >= 1 else labels.min()
        raise _damaged(path, f"has a label {worst} in test_y.bin, outside 1 to {len(CLASS_NAMES)}")
    return (labels.astype(int) - 1).tolist()


def _damaged(path: Path, what: str) -> DataError:
    return DataError(f"{path} {what}: delete it so that it is downloaded again")
