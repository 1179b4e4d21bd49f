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
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from ganlab.data.dataset import Progress
from ganlab.data.listing import MOST_PICTURES, LeftOut, by_number, ending_of, in_words, is_picture_name
from ganlab.data.whole import alone_in, appearing, write_all, writing_in
from ganlab.data.zipnames import ENCODINGS, fitting, guessed, path_of, undeclared
from ganlab.errors import DataError
from ganlab.paths import printable

MOST_BYTES = 4 << 30  # of all pictures of a collection, unpacked
#: A larger collection is at most so many times its zip, which is more than pictures give.
MOST_BYTES_UNASKED, MOST_TIMES = 256 << 20, 100
MOST_PATH_BYTES = 900  # of a picture within the zip; macOS takes 1,024 in all
MOST_DIRECTORY_BYTES = 64 << 20  # of the archive's own list of its entries

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")
_DRIVE = re.compile(r"[A-Za-z]:" if os.name != "nt" else r".*:")
_CHUNK_BYTES = 1 << 20
_NO_ZIP = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, ArithmeticError, RuntimeError)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # those whose memory is small whatever is in the archive
_ENCRYPTED = 0x1


@dataclass(frozen=True)
class Stored:
    """A new collection. left_out: files of other kinds; encoding: that names of a zip were taken to be in, where they
    do not say, one of ENCODINGS or "".
    """

    folder: Path
    left_out: LeftOut
    encoding: str = ""


def unpack_zip(file: BinaryIO, name: str, *, data_dir: Path, progress: Progress, encoding: str = "") -> Stored:
    """Unpack the pictures of a zip into the collection `name`; other files are left out.

    Sub-folders are kept, for they make classes. encoding: of names that do not say, one of ENCODINGS, guessed where
    it is not given. Whatever is wrong with the archive, nothing of it stays, and nothing is ever written elsewhere.
    Raises DataError: a bad or taken name, no zip, an entry that is encrypted, a link or leads out of the folder, names
    in another encoding, too many entries or bytes, no picture, no room.
    """
    target = _place(name, data_dir)
    source = printable(str(getattr(file, "name", None) or "the upload"))
    with alone_in(target.parent, progress):
        _check_free(target)
        with _reading(source):
            _check_directory(file, source)
            archive = zipfile.ZipFile(file)
        with archive, appearing(target) as folder:
            encoding = encoding or guessed(filter(None, map(undeclared, archive.infolist())))
            pictures, left_out = _pictures(archive, encoding, source)
            room = _Room(folder, source, packed_bytes=file.seek(0, os.SEEK_END))
            _unpack(archive, pictures, folder, room, progress)
    return Stored(target, by_number(left_out), encoding)


def store_pictures(files: Iterable[tuple[str, bytes]], name: str, *, data_dir: Path) -> Stored:
    """Keep uploaded pictures, given as (file name, content), as the collection `name`.

    Only the last part of a file name counts; files of other kinds are left out, and of the same name numbered.
    Raises DataError: a bad or taken name, no picture, too many or too large, no room.
    """
    target = _place(name, data_dir)
    with alone_in(target.parent, lambda *_: None):
        _check_free(target)
        with appearing(target) as folder:
            room, count, left_out = _Room(folder, f"the upload for {name}"), 0, Counter[str]()
            for given, content in files:
                plain = fitting(PurePosixPath(given.replace("\\", "/").replace("\0", "")).name)
                if not is_picture_name(plain):
                    left_out.update([] if plain.startswith(".") else [ending_of(plain)])
                    continue
                room.take(len(content))
                count += 1
                if count > MOST_PICTURES:
                    raise DataError(f"the upload for {name} holds more than {MOST_PICTURES:,} pictures: upload fewer")
                with writing_in(target.parent):
                    _unused(folder, plain).write_bytes(content)
            if not count:
                raise DataError(f"none of the files for {name} has the name of a picture: upload jpg, png or the like")
    return Stored(target, by_number(left_out))


def _place(name: str, data_dir: Path) -> Path:
    if not _NAME.fullmatch(name) or name[-1] in " .":
        raise DataError(
            f"a collection cannot be named '{printable(name)[:80]}': begin with a letter or digit, go on with at most "
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


def _pictures(archive: zipfile.ZipFile, encoding: str, source: str) -> tuple[dict[str, zipfile.ZipInfo], Counter[str]]:
    """The entries to unpack, by their paths in the collection, and what is left out. Raises DataError."""
    entries = archive.infolist()
    if len(entries) > MOST_PICTURES:
        raise DataError(f"{source} has {len(entries):,} entries: upload at most {MOST_PICTURES:,} at a time")
    seen: set[str] = set()
    pictures: dict[str, zipfile.ZipInfo] = {}
    left_out = Counter[str]()
    for entry in entries:
        name = _path_of(entry, encoding, source)
        if reason := _why_not(entry, name, seen):
            raise DataError(f"{source} is not unpacked, since '{printable(name)[:200]}' in it {reason}")
        seen.add(name.casefold())
        if name.endswith("/") or _is_hidden(name):
            continue
        if not is_picture_name(PurePosixPath(name).name):
            left_out[ending_of(name)] += 1
        elif len(os.fsencode(fitting(name))) > MOST_PATH_BYTES:
            left_out["with too long a path"] += 1
        else:
            pictures[fitting(name)] = entry
    if not pictures:
        found = f", but {in_words(by_number(left_out))}" if left_out else ""
        raise DataError(f"{source} has no picture in it{found}: put jpg, png or the like into the zip")
    return pictures, left_out


def _path_of(entry: zipfile.ZipInfo, encoding: str, source: str) -> str:
    try:
        return path_of(entry, encoding)
    except UnicodeDecodeError:
        raise DataError(
            f"{source} is not unpacked, since its names are not in {ENCODINGS[encoding]}: choose another encoding"
        ) from None


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


def _why_not(entry: zipfile.ZipInfo, name: str, seen: set[str]) -> str:
    """What is wrong with an entry, as the end of a sentence, or ""."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if not name or "\0" in name or name.startswith("/") or _DRIVE.match(name):
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
    archive: zipfile.ZipFile, pictures: dict[str, zipfile.ZipInfo], folder: Path, room: _Room, progress: Progress
) -> None:
    source, claimed = room.source, sum(entry.file_size for entry in pictures.values())
    room.check(claimed)  # refuses what is honestly too much at once; a liar is stopped on the way
    for name, entry in pictures.items():
        with _reading(source):
            packed = archive.open(entry)
        with packed, _new_file(folder, name, source) as out:
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
                f"{source} is not unpacked, since two entries in it want the name '{printable(name)[:200]}': "
                "give each picture a name of its own"
            ) from None


class _Room:
    """How many bytes may still be stored: a limit of ours, or what the disk has left."""

    def __init__(self, folder: Path, source: str, *, packed_bytes: int = MOST_BYTES) -> None:
        self.source = source
        self.taken = 0
        free = shutil.disk_usage(folder).free
        self._limit, self._words = min(
            (MOST_BYTES, f"{MOST_BYTES / 1e9:.1f} GB are taken"),
            (max(MOST_BYTES_UNASKED, MOST_TIMES * packed_bytes), f"{MOST_TIMES} times the size of the zip are taken"),
            (free, f"{free / 1e6:,.0f} MB are free"),
        )

    def take(self, count: int) -> None:
        """Raises DataError where there is no room for them."""
        self.taken += count
        self.check(self.taken)

    def check(self, total: int) -> None:
        """Raises DataError where there is no room for so many."""
        if total > self._limit:
            raise DataError(
                f"{self.source} holds too much, for at most {self._words}: upload fewer or smaller pictures"
            )


def _unused(folder: Path, name: str) -> Path:
    """A path in the folder for a file of that name, numbered if there is one already."""
    plain = PurePosixPath(name)
    names = itertools.chain([name], (f"{plain.stem}-{number}{plain.suffix}" for number in itertools.count(2)))
    return next(path for each in names if not (path := folder / each).exists())
