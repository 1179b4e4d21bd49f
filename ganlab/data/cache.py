"""Prepared images on disk, written once and mapped into memory ever after.

    <cache_dir()>/<slot>/<version>/images.npy    uint8 (N, C, S, S)
                                   index.json    what belongs to them: names, labels, …

A slot is what was asked for (a folder, a size), a version what it held then; a new version replaces the old one.
"""

from __future__ import annotations

import errno
import mmap
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import orjson

from ganlab.data.dataset import Progress
from ganlab.data.whole import alone_in, appearing, drop_leftovers, vanish, write_all, writing_in
from ganlab.errors import DataError
from ganlab.paths import path_from

_HEADER_BYTES = 128
_MAGIC = b"\x93NUMPY\x01\x00"


def cache_dir() -> Path:
    """Where prepared images are kept: $GANLAB_CACHE, else a folder in the user's cache. It need not exist yet."""
    if chosen := path_from("GANLAB_CACHE"):
        return chosen
    import pooch

    return Path(pooch.os_cache("ganlab-prepared"))


@dataclass(frozen=True, eq=False)
class Entry:
    """Prepared images that are there, whole. shape: (N, C, S, S); index: what was stored with them."""

    path: Path
    shape: tuple[int, int, int, int]
    index: dict[str, Any]

    def images(self) -> np.ndarray:
        """The images, uint8, read from disk as they are used. Writing into them changes memory only, never the file.

        Raises DataError: they were removed meanwhile.
        """
        path = self.path / "images.npy"
        try:
            with path.open("rb") as file:
                data = _mapped(file)
        except OSError as error:
            raise DataError(f"{path} cannot be opened ({error.strerror}): load the data again") from None
        return np.frombuffer(data, np.uint8, offset=_HEADER_BYTES).reshape(self.shape)


class Writer:
    """Takes the images of an entry one after the other."""

    def __init__(self, file: FileIO, image: tuple[int, int, int]) -> None:
        self.count = 0
        self._file = file
        self._image = image
        self._place = cache_dir()
        write_all(file, bytes(_HEADER_BYTES), self._place)  # for the header, which `finish` knows

    def add(self, images: np.ndarray) -> None:
        """Append uint8 (n, C, S, S). Raises DataError, as on a full disk."""
        assert images.dtype == np.uint8 and images.shape[1:] == self._image, (images.dtype, images.shape)
        write_all(self._file, np.ascontiguousarray(images).data, self._place)
        self.count += len(images)

    def finish(self) -> None:
        """No image comes after this. Raises DataError."""
        self._file.seek(0)
        write_all(self._file, _header((self.count, *self._image)), self._place)


def find(slot: str, version: str) -> Entry | None:
    """The entry, if it is there and whole: files of the wrong length or without sense are as good as none."""
    return _read(cache_dir() / slot / version)


def entries() -> list[Entry]:
    """All that is whole in the cache, newest first."""
    found = []
    for path in cache_dir().glob("*/*"):
        if not path.name.startswith(".") and (entry := _read(path)):
            found.append(entry)
    return sorted(found, key=lambda entry: _modified(entry.path), reverse=True)


def find_or_make(
    slot: str,
    version: str,
    *,
    image: tuple[int, int, int],
    at_most: int,
    fill: Callable[[Writer], dict[str, Any]],
    progress: Progress,
) -> Entry:
    """The entry, made by `fill` where it is absent; other versions in the slot are removed.

    image: (C, S, S); at_most: images that may come, for which there must be room on the disk; fill: gives its images
    to the writer and returns the index. Whatever it raises leaves nothing behind.
    Raises DataError: no room, or the cache cannot be written.
    """
    if entry := find(slot, version):
        return entry
    folder = cache_dir() / slot
    with alone_in(folder, progress):
        if entry := find(slot, version):  # another process has made it meanwhile
            return entry
        _check_room(folder, at_most * image[0] * image[1] * image[2])
        with appearing(folder / version) as unfinished:
            _write(unfinished, image, fill)
        _drop_others(folder, keep=version)
    drop_leftovers(cache_dir())
    entry = find(slot, version)
    if entry is None:
        raise DataError(f"{folder / version} was removed while it was made: load the data again")
    return entry


def note(entry: Entry, **said: Any) -> Entry:
    """The entry with more, or other things, in its index. Raises DataError: it cannot be written."""
    noted = replace(entry, index=entry.index | said)
    with alone_in(entry.path.parent, lambda *_: None), writing_in(entry.path.parent):
        unfinished = entry.path / "index.json.new"
        unfinished.write_bytes(_index_file(noted.shape, noted.index))
        unfinished.replace(entry.path / "index.json")
    return noted


def forget(entry: Path) -> None:
    """Remove an entry. Who has it open keeps it until it is closed. Raises DataError."""
    with alone_in(entry.parent, lambda *_: None), writing_in(entry.parent):
        vanish(entry)


def _write(folder: Path, image: tuple[int, int, int], fill: Callable[[Writer], dict[str, Any]]) -> None:
    with writing_in(folder.parent):
        file = FileIO(folder / "images.npy", "w")
    with file:
        writer = Writer(file, image)
        index = fill(writer)
        writer.finish()
    with writing_in(folder.parent):
        (folder / "index.json").write_bytes(_index_file((writer.count, *image), index))


def _index_file(shape: tuple[int, ...], index: dict[str, Any]) -> bytes:
    return orjson.dumps({"shape": shape, "index": index})


def _header(shape: tuple[int, ...]) -> bytes:
    """Of an .npy file of bytes, always of the same length, so that it can be filled in at the end.

    Source: the .npy format 1.0, numpy.lib.format.
    """
    text = repr({"descr": "|u1", "fortran_order": False, "shape": shape}).encode()
    room = _HEADER_BYTES - len(_MAGIC) - 2
    return _MAGIC + room.to_bytes(2, "little") + text.ljust(room - 1) + b"\n"


def _read(path: Path) -> Entry | None:
    try:
        stored = orjson.loads((path / "index.json").read_bytes())
        count, *image = map(int, stored["shape"])
        shape = (count, image[0], image[1], image[2])
        with (path / "images.npy").open("rb") as file:
            header = file.read(_HEADER_BYTES)
            length = os.fstat(file.fileno()).st_size
        whole = header == _header(shape) and length == _HEADER_BYTES + int(np.prod(shape))
        return Entry(path, shape, dict(stored["index"])) if whole else None
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _mapped(file: BinaryIO) -> mmap.mmap:
    """The whole file, private to this process: copied page by page where it is written to."""
    try:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    except OSError as error:
        if error.errno != errno.ENOMEM or sys.platform != "linux":
            raise
    # Linux sets memory aside for pages that might be written to, and refuses a file larger than its memory.
    no_reserve = getattr(mmap, "MAP_NORESERVE", 0x4000)
    return mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE | no_reserve, prot=mmap.PROT_READ | mmap.PROT_WRITE)


def _check_room(folder: Path, wanted: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise DataError(
            f"{folder} needs {wanted / 1e6:,.0f} MB of room and the disk has {free / 1e6:,.0f} MB: "
            "make room, choose a smaller image size, or name another folder in GANLAB_CACHE"
        )


def _drop_others(folder: Path, *, keep: str) -> None:
    for version in folder.iterdir():
        if version.is_dir() and version.name != keep:
            shutil.rmtree(version, ignore_errors=True)


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
