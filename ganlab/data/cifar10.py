"""CIFAR-10 from the binary version of its author: the one that is read without pickle.

An archive with six files of records; a record is one byte of label and 3,072 bytes of pixels, channel after channel,
row after row. Source: Krizhevsky, cs.toronto.edu/~kriz/cifar.html.
"""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import numpy as np
import torch

from ganlab.data.dataset import Dataset, Progress, Split, Wanted
from ganlab.data.download import fetch
from ganlab.errors import DataError

CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

#: A copy of the file where many can fetch it at once, and the author's address.
MIRRORS: tuple[str, ...] = (
    "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/",
    "https://www.cs.toronto.edu/~kriz/",
)

ARCHIVE = "cifar-10-binary.tar.gz"
MD5 = "c32a1d4ab5d03f1284b67883e8d87530"
FILES = (f"cifar10/{ARCHIVE}",)

#: Per split, the archive's files in order, without their folder.
MEMBERS: dict[Split, tuple[str, ...]] = {
    "train": tuple(f"data_batch_{number}.bin" for number in range(1, 6)),
    "test": ("test_batch.bin",),
}

_SHAPE = (3, 32, 32)
_RECORD_BYTES = 1 + 3 * 32 * 32
#: Several times what the author's files hold; no more than this is unpacked, whatever a file claims.
_MOST_BYTES = 40_000 * _RECORD_BYTES


def load(wanted: Wanted, *, progress: Progress) -> Dataset:
    """Images (50,000 or 10,000, 3, 32, 32); the archive is downloaded if absent, and never unpacked on the disk.

    "train" has the images of "test" held out, which lie in the same archive.
    Raises DataError: the download failed, or the archive is not what it should be.
    """
    (path,) = fetch({ARCHIVE: MD5}, mirrors=MIRRORS, folder=wanted.data_dir / "cifar10", progress=progress)
    return read_archive(path, wanted.split, progress=progress)


def read_archive(path: Path, split: Split, *, progress: Progress) -> Dataset:
    """The records of a split, in the order of its files in MEMBERS. Raises DataError that names the file."""
    train = split == "train"
    # What is held out is a file more of an archive that is read in any case.
    members = MEMBERS["train"] + MEMBERS["test"] if train else MEMBERS["test"]
    try:
        with tarfile.open(path, "r|gz") as archive:
            parts = _read_members(archive, members, path, progress)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _damaged(path, f"is not a whole archive ({error})") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): check that it is there and yours to read") from None
    missing = [name for name in members if name not in parts]
    if missing:
        raise _damaged(path, f"lacks {' and '.join(missing)}")
    test = _dataset([parts[name] for name in MEMBERS["test"]])
    return _dataset([parts[name] for name in MEMBERS["train"]]).beside(test) if train else test


def _dataset(parts: list[np.ndarray]) -> Dataset:
    records = np.concatenate(parts)
    images = torch.from_numpy(records[:, 1:].reshape(-1, *_SHAPE))
    return Dataset("cifar10", images, torch.from_numpy(records[:, 0]).long(), CLASS_NAMES)


def _read_members(
    archive: tarfile.TarFile, members: Iterable[str], path: Path, progress: Progress
) -> dict[str, np.ndarray]:
    """Name → records, of those that are there. Stops at the last one wanted: what follows need not be unpacked."""
    wanted, parts = set(members), dict[str, np.ndarray]()
    for member in archive:
        name = PurePosixPath(member.name).name
        if name not in wanted or not member.isfile():
            continue
        progress("Unpacking CIFAR-10", len(parts) / len(wanted))
        if member.size > _MOST_BYTES:
            raise _damaged(path, f"holds a {name} of {member.size:,} bytes, far more than CIFAR-10 has")
        content = archive.extractfile(member)
        assert content is not None, name  # a plain file always has one
        parts[name] = _records(content.read(), f"{name} in {path}", path)
        if len(parts) == len(wanted):
            break
    return parts


def _records(content: bytes, what: str, path: Path) -> np.ndarray:
    """uint8 (N, 3073). Raises DataError where that cannot be."""
    if not content or len(content) % _RECORD_BYTES:
        raise DataError(
            f"{what} holds {len(content):,} bytes, which is no whole number of images of {_RECORD_BYTES:,} bytes: "
            f"delete {path.name} so that it is downloaded again"
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, _RECORD_BYTES)
    if (label := records[:, 0].max()) >= len(CLASS_NAMES):
        raise DataError(
            f"{what} holds a label {label}, outside 0 to {len(CLASS_NAMES) - 1}: "
            f"delete {path.name} so that it is downloaded again"
        )
    return records


def _damaged(path: Path, fault: str) -> DataError:
    return DataError(f"{path} {fault}: delete it so that it is downloaded again")
