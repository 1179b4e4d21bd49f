"""Pictures that somebody uploads, as a zip or one by one: a collection in the data directory, or nothing.

An archive is a stranger's. All its entries are looked at before the first is unpacked, and what they turn out to
hold is counted while it is read.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from ganlab.data.dataset import Progress
from ganlab.data.listing import MOST_PICTURES, is_picture_name, printable
from ganlab.data.whole import alone_in, appearing, write_all, writing_in
from ganlab.errors import DataError

MOST_BYTES = 4 << 30  # of all pictures of a collection, unpacked
MOST_DIRECTORY_BYTES = 64 << 20  # of the archive's own list of its entries

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")
_DRIVE = re.compile(r"[A-Za-z]:" if os.name != "nt" else r".*:")
_CHUNK_BYTES = 1 << 20
_NO_ZIP = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, ArithmeticError, RuntimeError)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # those whose memory is small whatever is in the archive
_ENCRYPTED = 0x1


def unpack_zip(file: BinaryIO, name: str, *, data_dir: Path, progress: Progress) -> Path:
    """Unpack the pictures of a zip into the collection `name` and return its folder; other files are left out.

    Sub-folders are kept, for they make classes. Whatever is wrong with the archive, nothing of it stays, and nothing
    is ever written elsewhere. Raises DataError: a bad or taken name, no zip, an entry that is encrypted, a link or
    leads out of the folder, too many entries or bytes, no picture, no room.
    """
    target = _place(name, data_dir)
    source = printable(str(getattr(file, "name", None) or "the upload"))
    with alone_in(target.parent, progress):
        _check_free(target)
        with _reading(source):
            _check_directory(file, source)
            archive = zipfile.ZipFile(file)
        with archive, appearing(target) as folder:
            _unpack(archive, _pictures(archive, source), folder, source, progress)
    return target


def store_pictures(files: Iterable[tuple[str, bytes]], name: str, *, data_dir: Path) -> Path:
    """Keep uploaded pictures, given as (file name, content), as the collection `name`, and return its folder.

    Only the last part of a file name counts; files of other kinds are left out, and of the same name numbered.
    Raises DataError: a bad or taken name, no picture, too many or too large, no room.
    """
    target = _place(name, data_dir)
    with alone_in(target.parent, lambda *_: None):
        _check_free(target)
        with appearing(target) as folder:
            room, count = _Room(folder, f"the upload for {name}"), 0
            for given, content in files:
                plain = PurePosixPath(given.replace("\\", "/").replace("\0", "")).name
                if not is_picture_name(plain):
                    continue
                room.take(len(content))
                count += 1
                if count > MOST_PICTURES:
                    raise DataError(f"the upload for {name} holds more than {MOST_PICTURES:,} pictures: upload fewer")
                with writing_in(target.parent):
                    _unused(folder, plain).write_bytes(content)
            if not count:
                raise DataError(f"none of the files for {name} has the name of a picture: upload jpg, png or the like")
    return target


def _place(name: str, data_dir: Path) -> Path:
    if not _NAME.fullmatch(name) or name[-1] in " .":
        raise DataError(
            f"a collection cannot be named {printable(name)[:80]!r}: begin with a letter or digit, go on with at most "
            "63 letters, digits, spaces, dots, dashes and underscores, and end with none of space and dot"
        )
    return data_dir / "folders" / name


def _check_free(target: Path) -> None:
    if os.path.lexists(target):
        raise DataError(f"there is a collection {target.name!r} already: choose another name")


def _check_directory(file: BinaryIO, source: str) -> None:
    """Refuse an archive whose list of entries is so long that reading it would fill the memory.

    The list's length stands in the record at the archive's end, and zipfile reads as much as is said there.
    """
    file.seek(0, os.SEEK_END)
    file.seek(-min(file.tell(), (1 << 16) + 98), os.SEEK_END)  # the record, 22 bytes, has a comment of up to 64 kB
    tail = file.read()
    lengths = [
        struct.unpack_from(kind, tail, found.start() + offset)[0]
        for mark, offset, kind in ((b"PK\5\6", 12, "<I"), (b"PK\6\6", 40, "<Q"))  # plain, and for large archives
        for found in re.finditer(mark, tail)
        if found.start() + offset + 8 <= len(tail)
    ]
    if any(length > MOST_DIRECTORY_BYTES for length in lengths if length != 0xFFFFFFFF):
        raise DataError(f"{source} has too long a list of entries: upload at most {MOST_PICTURES:,} pictures")
    file.seek(0)


def _pictures(archive: zipfile.ZipFile, source: str) -> list[zipfile.ZipInfo]:
    """The entries to unpack, after all entries were looked at. Raises DataError."""
    entries = archive.infolist()
    if len(entries) > MOST_PICTURES:
        raise DataError(f"{source} has {len(entries):,} entries: upload at most {MOST_PICTURES:,} at a time")
    seen: set[str] = set()
    pictures = []
    for entry in entries:
        name = entry.orig_filename
        if reason := _why_not(entry, name, seen):
            raise DataError(f"{source} is not unpacked, since {printable(name)[:200]!r} in it {reason}")
        seen.add(name.casefold())
        if not entry.is_dir() and _is_wanted(name):
            pictures.append(entry)
    if not pictures:
        raise DataError(f"{source} has no picture in it: put jpg, png or the like into the zip")
    return pictures


def _is_wanted(name: str) -> bool:
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return not hidden and is_picture_name(parts[-1])


def _why_not(entry: zipfile.ZipInfo, name: str, seen: set[str]) -> str:
    """What is wrong with an entry, as the end of a sentence, or ""."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if not name or "\0" in name or "\\" in name or name.startswith("/") or _DRIVE.match(name):
        return "has a name that is no plain path: pack the folder again with relative paths"
    if any(part in ("", ".", "..") for part in name.removesuffix("/").split("/")):
        return "has a name that leads out of the folder: pack the folder again with relative paths"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or no file: put the pictures themselves into the zip"
    if entry.flag_bits & _ENCRYPTED:
        return "is encrypted: make a zip without a password"
    if entry.compress_type not in _METHODS:
        return "is compressed in an unusual way: make a plain zip"
    if name.casefold() in seen:
        return "is there twice: give each picture a name of its own"
    return ""


def _unpack(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], folder: Path, source: str, progress: Progress
) -> None:
    room = _Room(folder, source)
    claimed = sum(entry.file_size for entry in entries)
    room.check(claimed)  # refuses what is honestly too much at once; a liar is stopped on the way
    for entry in entries:
        with _reading(source):
            packed = archive.open(entry)
        with packed, _new_file(folder, entry.orig_filename, source) as out:
            while chunk := _read(packed, source):
                room.take(len(chunk))
                write_all(out, chunk, folder.parent)
                progress(f"Unpacking {source}", min(1.0, room.taken / max(claimed, 1)))


def _read(packed: IO[bytes], source: str) -> bytes:
    with _reading(source):
        return packed.read(_CHUNK_BYTES)


@contextmanager
def _reading(source: str) -> Iterator[None]:
    """Turns what zipfile was seen to raise on bytes that are no zip into a DataError."""
    try:
        yield
    except _NO_ZIP as error:
        raise DataError(f"{source} is not a whole zip file ({printable(str(error))}): upload it again") from None


def _new_file(folder: Path, name: str, source: str) -> FileIO:
    place = folder.joinpath(*PurePosixPath(name).parts)
    assert place.is_relative_to(folder), place
    with writing_in(folder.parent):
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            return FileIO(place, "x")
        except (FileExistsError, NotADirectoryError):
            raise DataError(
                f"{source} is not unpacked, since two entries in it want the name {printable(name)[:200]!r}: "
                "give each picture a name of its own"
            ) from None


class _Room:
    """How many bytes may still be unpacked: a limit of ours, or what the disk has left."""

    def __init__(self, folder: Path, source: str) -> None:
        self.taken = 0
        free = shutil.disk_usage(folder).free
        self._limit = min(MOST_BYTES, free)
        self._words = f"{MOST_BYTES / 1e9:.1f} GB are taken" if free >= MOST_BYTES else f"{free / 1e6:,.0f} MB are free"
        self._source = source

    def take(self, count: int) -> None:
        """Raises DataError where there is no room for them."""
        self.taken += count
        self.check(self.taken)

    def check(self, total: int) -> None:
        """Raises DataError where there is no room for so many."""
        if total > self._limit:
            raise DataError(
                f"{self._source} holds too much, for at most {self._words}: upload fewer or smaller pictures"
            )


def _unused(folder: Path, name: str) -> Path:
    """A path in the folder for a file of that name, numbered if there is one already."""
    plain = PurePosixPath(name)
    names = itertools.chain([name], (f"{plain.stem}-{number}{plain.suffix}" for number in itertools.count(2)))
    return next(path for each in names if not (path := folder / each).exists())
