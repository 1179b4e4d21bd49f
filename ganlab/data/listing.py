"""Which pictures a folder holds, and which classes its sub-folders make."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ganlab.data.dataset import Progress
from ganlab.errors import DataError
from ganlab.paths import printable

#: Endings of the names of pictures. Files with others are left out.
SUFFIXES = frozenset(
    [
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".png",
        ".gif",
        ".bmp",
        ".webp",
        ".tif",
        ".tiff",
        ".ppm",
        ".pgm",
        ".pbm",
        ".pnm",
        ".avif",
    ]
)
#: Endings of pictures that are not read.
PICTURES_NOT_READ = frozenset(
    f".{kind}"
    for kind in (
        "heic",
        "heif",
        "jxl",
        "jp2",
        "psd",
        "svg",
        "tga",
        "ico",
        "eps",
        "raw",
        "dng",
        "cr2",
        "cr3",
        "nef",
        "arw",
    )
)
_MOST_ENDINGS = 5  # that are told
MOST_PICTURES = 200_000
MOST_ENTRIES = 1_000_000  # files and folders of any kind: somebody's whole disk is not walked through


#: How many files of other kinds there are, by their ending, the most frequent first.
LeftOut = tuple[tuple[str, int], ...]
NO_ENDING = "without an ending"


@dataclass(frozen=True)
class Skipped:
    """A picture that was left out, by its name in the folder as it is shown, and why in a few words.

    passing: it was not to be read, which may be otherwise next time.
    """

    name: str
    reason: str
    passing: bool = False


@dataclass(frozen=True)
class Listing:
    """The pictures of a folder in the order of their names, which are paths in it with "/" between.

    stamps: size in bytes and time of the last change in ns of each, which tell whether it is still the same.
    left_out: files that are not hidden and of other kinds.
    """

    folder: Path
    names: tuple[str, ...]
    stamps: tuple[tuple[int, int], ...]
    skipped: tuple[Skipped, ...]
    left_out: LeftOut = ()

    def classes(self) -> list[str] | None:
        """The class of each picture: the sub-folder it lies in, of the first level on which there are several.

        None where pictures lie beside such folders, or all in one.
        """
        places, level = self._places()
        if not places or any(len(place) <= level for place in places):
            return None
        return [place[level] for place in places]

    def why_no_classes(self) -> str:
        """Why `classes` gives None, to follow 'no classes, since '."""
        places, level = self._places()
        folders = sorted({printable(place[level]) for place in places if len(place) > level})
        if folders:
            loose = sum(len(place) <= level for place in places)
            number, verb = ("1 picture", "lies") if loose == 1 else (f"{loose:,} pictures", "lie")
            noun = "sub-folder" if len(folders) == 1 else "sub-folders"
            return f"{number} {verb} beside the {noun} {', '.join(folders[:3])}{' …' if len(folders) > 3 else ''}"
        return "all of them lie in one sub-folder" if level else "there are no sub-folders"

    def _places(self) -> tuple[list[tuple[str, ...]], int]:
        """The folders that each picture lies in, from the top, and on which level they first differ."""
        places = [PurePosixPath(name).parts[:-1] for name in self.names]
        first, last = min(places, default=()), max(places, default=())  # what these two share, all share
        pairs = enumerate(zip(first, last, strict=False))
        return places, next((level for level, (one, other) in pairs if one != other), len(first))


def is_picture_name(name: str) -> bool:
    """Whether a file's name is that of a picture, and not hidden."""
    return not name.startswith(".") and PurePosixPath(name).suffix.lower() in SUFFIXES


def ending_of(name: str) -> str:
    """Of the name of a file of some other kind, as it is counted and shown: '.heic'."""
    return printable(PurePosixPath(name).suffix.lower()) or NO_ENDING


def list_pictures(folder: Path, progress: Progress) -> Listing:
    """Every picture in a folder and its sub-folders; hidden ones are ignored, files of other kinds counted.

    Links lead nowhere but to files within the folder. Raises DataError: the folder cannot be read or holds too much.
    """
    root = folder.resolve()
    found: list[tuple[str, tuple[int, int]]] = []
    skipped: list[Skipped] = []
    left_out = Counter[str]()
    shown, label = printable(str(folder)), f"Looking through {printable(folder.name)}"
    progress(label, None)
    for count, (name, entry) in enumerate(_walk(folder, skipped)):
        if count >= MOST_ENTRIES:
            raise DataError(f"{shown} holds more than {MOST_ENTRIES:,} files: name a folder of pictures alone")
        if count % 1000 == 999:
            progress(label, None)
        is_folder = entry.is_dir(follow_symlinks=False)
        linked_folder = not is_folder and entry.is_symlink() and os.path.isdir(entry.path)
        if is_folder:
            continue
        if not (is_picture_name(entry.name) or linked_folder):
            left_out[ending_of(entry.name)] += 1
            continue
        stamp = "a link to a folder, which is not followed" if linked_folder else _stamp_or_reason(entry, root)
        if isinstance(stamp, str):
            skipped.append(Skipped(printable(name), stamp))
        else:
            found.append((name, stamp))
        if len(found) > MOST_PICTURES:
            raise DataError(f"{shown} holds more than {MOST_PICTURES:,} pictures: name a folder with fewer")
    found.sort()
    skipped.sort(key=lambda each: each.name)
    names, stamps = tuple(name for name, _ in found), tuple(stamp for _, stamp in found)
    return Listing(folder, names, stamps, tuple(skipped), by_number(left_out))


def in_words(left_out: LeftOut) -> str:
    """'12 .heic, 3 .txt'."""
    words = ", ".join(f"{count:,} {ending}" for ending, count in left_out[:_MOST_ENDINGS])
    more = sum(count for _, count in left_out[_MOST_ENDINGS:])
    return f"{words} and {more:,} more" if more else words


def by_number(left_out: Mapping[str, int]) -> LeftOut:
    return tuple(sorted(left_out.items(), key=lambda each: (-each[1], each[0])))


def _walk(folder: Path, skipped: list[Skipped]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Name in the folder and entry of everything below it. Raises DataError if the folder itself cannot be read."""
    pending = [""]
    while pending:
        inner = pending.pop()
        try:
            with os.scandir(folder / inner) as entries:
                for entry in entries:
                    if entry.name.startswith(".") or entry.name == "__MACOSX":
                        continue
                    name = f"{inner}/{entry.name}" if inner else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(name)
                    yield name, entry
        except OSError as error:
            if not inner:
                shown = printable(str(folder))
                raise DataError(f"{shown} cannot be read ({error.strerror}): name a folder of pictures") from None
            skipped.append(Skipped(printable(inner), f"cannot be read ({error.strerror})"))


def _stamp_or_reason(entry: os.DirEntry[str], root: Path) -> tuple[int, int] | str:
    """Size and time of a picture's file, or why it is none."""
    try:
        if entry.is_symlink() and not Path(entry.path).resolve(strict=True).is_relative_to(root):
            return "a link to something outside the folder"
        about = entry.stat()
        return (about.st_size, about.st_mtime_ns) if stat.S_ISREG(about.st_mode) else "not a file"
    except (OSError, RuntimeError) as error:  # RuntimeError: links that lead round in a circle
        return f"cannot be read ({getattr(error, 'strerror', None) or 'a link to itself'})"
