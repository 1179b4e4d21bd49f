"""One's own pictures: any folder of them, prepared once into the cache and opened from there."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import torch

from ganlab.config import CropName, suggest
from ganlab.data import cache
from ganlab.data.dataset import Dataset, Progress, Wanted
from ganlab.data.filling import FEWEST_TO_HOLD_OUT, FORMAT, Filling, is_read_now
from ganlab.data.greys import Limits
from ganlab.data.listing import LeftOut, Listing, Skipped, list_pictures
from ganlab.data.whole import alone_in, vanish, writing_in
from ganlab.errors import DataError
from ganlab.paths import given_path, printable, real_name

DEFAULT_SIZE = 64
SMALLEST_SIZE, LARGEST_SIZE = 16, 256

_PREFIX = "folder-"


@dataclass(frozen=True)
class Prepared:
    """A folder in the cache, and what was met on the way there.

    count: pictures that are in it, of class_names with class_counts where sub-folders make classes; why_no_classes:
    where they make none, else ""; held_out: how many of them are "test"; left_out: files of other kinds; limits: of
    grey values of more than 8 bits, by kind of file; modes: how many originals store their colours in which of
    Pillow's modes; transparent, enlarged: how many had transparent pixels, or fewer pixels than `size`;
    smallest_side, median_side: of the originals' shorter sides; size_bytes: on disk at `path`.
    """

    folder: Path
    size: int
    crop: CropName
    count: int
    class_names: tuple[str, ...]
    class_counts: tuple[int, ...]
    why_no_classes: str
    held_out: int
    skipped: tuple[Skipped, ...]
    left_out: LeftOut
    limits: Mapping[str, Limits]
    modes: Mapping[str, int]
    transparent: int
    enlarged: int
    smallest_side: int
    median_side: int
    size_bytes: int
    path: Path


def resolve_folder(name: str, data_dir: Path) -> Path:
    """The folder meant by a path (absolute, or from ~) or by the name of one in the data directory.

    A name is looked for among the uploaded collections first. Raises DataError: there is none.
    """
    if not name.strip():
        raise DataError("no folder of pictures is named: set folder to a path or to the name of a collection")
    path = given_path(name, "folder")
    paths = (path, given_path(real_name(name), "folder"))  # as it is, or as `printable` shows it
    if found := next(filter(_is_folder, (place for path in paths for place in _places(path, data_dir))), None):
        return found
    shown = name[:200] if real_name(name).isprintable() else printable(name)[:200]
    if path.is_absolute():
        raise DataError(f"there is no folder {shown}: check the path")
    known = collections(data_dir)
    hint = f"{suggest(name, list(known))}, or give" if known else "upload pictures, or give"
    raise DataError(f"there is no collection or folder {shown!r} in {data_dir}: {hint} a path that begins with / or ~")


def _places(path: Path, data_dir: Path) -> list[Path]:
    if path.is_absolute():
        return [path]
    return [data_dir / "folders" / path, data_dir / path] if ".." not in path.parts else []


def collections(data_dir: Path) -> tuple[str, ...]:
    """Names of the uploaded collections of pictures, as they are shown."""
    places = (data_dir / "folders").glob("*")
    return tuple(sorted(printable(place.name) for place in places if place.is_dir() and place.name[0] != "."))


def delete_collection(name: str, data_dir: Path) -> None:
    """Remove an uploaded collection, its pictures and what was prepared of them. Raises DataError: there is none."""
    known = collections(data_dir)
    if name not in known:
        hint = suggest(name, list(known)) if known else "none is there"
        raise DataError(f"there is no collection {name!r} in {data_dir}: {hint}")
    place = data_dir / "folders" / real_name(name)
    for prepared in prepared_folders():
        if prepared.folder == place.resolve():
            forget_prepared(prepared)
    with alone_in(place.parent, lambda *_: None), writing_in(place.parent):
        vanish(place)


@contextmanager
def or_nothing(collection: Path) -> Iterator[Path]:
    """A collection that was just stored, for its first use: where that fails, it is removed and its name is free."""
    try:
        yield collection
    except BaseException:
        delete_collection(collection.name, collection.parent.parent)
        raise


def prepare_folder(folder: Path, *, size: int, crop: CropName, progress: Progress) -> Prepared:
    """A folder's pictures at size×size, from the cache if nothing in the folder has changed, else decoded anew.

    Broken pictures are skipped and listed. Whatever progress raises ends it and leaves nothing behind.
    Raises DataError: a size outside 16 to 256, an unreadable folder, fewer than 16 pictures left, no room on the disk.
    """
    return _prepared(_entry(folder, size, crop, progress))


def prepared_folders() -> tuple[Prepared, ...]:
    """Every prepared folder in the cache, newest first."""
    ours = (entry for entry in cache.entries() if entry.path.parent.name.startswith(_PREFIX))
    return tuple(_prepared(entry) for entry in ours if entry.index.get("format") == FORMAT)


def forget_prepared(prepared: Prepared) -> None:
    """Remove what was prepared; the pictures themselves stay. Raises DataError."""
    cache.forget(prepared.path)


def load(wanted: Wanted, *, progress: Progress) -> Dataset:
    """Images (N, 3, S, S) of `wanted.folder`, S 64 unless wanted otherwise, mapped from the cache.

    "test" is every tenth picture if there are at least 200, which "train" then lacks and has held out.
    Raises DataError.
    """
    folder = resolve_folder(wanted.folder, wanted.data_dir)
    entry = _entry(folder, wanted.size or DEFAULT_SIZE, wanted.crop, progress)
    count, held_out = entry.shape[0], entry.index["held_out"]
    if wanted.split == "test" and not held_out:
        raise DataError(
            f"{printable(str(folder))} has {count} pictures, too few to keep some from training: "
            f"the test split needs at least {FEWEST_TO_HOLD_OUT}"
        )
    images, labels = torch.from_numpy(entry.images()), entry.index["labels"]
    # Those held out are stored last, so that both splits are mapped rather than copied.
    train, test = (
        Dataset(
            "folder",
            images[part],
            torch.tensor(labels[part], dtype=torch.int64) if labels is not None else None,
            tuple(entry.index["class_names"]),
        )
        for part in (slice(0, count - held_out), slice(count - held_out, count))
    )
    return test if wanted.split == "test" else train.beside(test if held_out else None)


def names_in(prepared: Prepared) -> tuple[str, ...]:
    """The file of each picture in the order of the images, those of "test" last. Raises DataError."""
    entry = cache.find(prepared.path.parent.name, prepared.path.name)
    if entry is None:
        raise DataError(f"{prepared.path} is no longer in the cache: load the folder again")
    return tuple(entry.index["names"])


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _entry(folder: Path, size: int, crop: CropName, progress: Progress) -> cache.Entry:
    if not SMALLEST_SIZE <= size <= LARGEST_SIZE:
        raise DataError(f"pictures of a folder can have {SMALLEST_SIZE} to {LARGEST_SIZE} pixels a side, got {size}")
    listing = list_pictures(folder, progress)
    filling = Filling(listing, size=size, crop=crop, progress=progress)
    place = str(folder.resolve())
    label = re.sub(r"[^A-Za-z0-9]+", "-", folder.resolve().name)[:32].strip("-")
    slot, version = f"{_PREFIX}{label}-{size}-{crop}-{_hash(place)}", _version(listing)
    if (entry := cache.find(slot, version)) and is_read_now(folder, entry.index["skipped"]):
        cache.forget(entry.path)
    entry = cache.find_or_make(
        slot,
        version,
        image=(3, size, size),
        at_most=len(listing.names),
        fill=filling.into,
        progress=progress,
    )
    left_out = [list(each) for each in listing.left_out]
    if entry.index["left_out"] != left_out:
        with suppress(DataError):  # a cache that others keep may be read all the same
            entry = cache.note(entry, left_out=left_out)
    return entry


def _version(listing: Listing) -> str:
    """Of what is prepared. Files of other kinds are no part of it: somebody may be writing them all the time."""
    return _hash(repr((FORMAT, listing.names, listing.stamps, listing.skipped)))


def _prepared(entry: cache.Entry) -> Prepared:
    index = entry.index
    return Prepared(
        folder=Path(real_name(index["folder"])),
        size=entry.shape[-1],
        crop=index["crop"],
        count=entry.shape[0],
        class_names=tuple(index["class_names"]),
        class_counts=tuple(index["class_counts"]),
        why_no_classes=index["why_no_classes"],
        held_out=index["held_out"],
        skipped=tuple(Skipped(*each) for each in index["skipped"]),
        left_out=tuple((ending, count) for ending, count in index["left_out"]),
        limits={kind: (low, high) for kind, (low, high) in index["limits"].items()},
        modes=index["modes"],
        transparent=index["transparent"],
        enlarged=index["enlarged"],
        smallest_side=index["smallest_side"],
        median_side=index["median_side"],
        size_bytes=sum(file.stat().st_size for file in entry.path.iterdir()),
        path=entry.path,
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()[:16]
