"""Which pictures a folder holds, and which classes its sub-folders make."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ganlab.data.dataset import Progress
from ganlab.errors import DataError

#: Endings of the names of pictures. Files with others are ignored.
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
MOST_PICTURES = 200_000
MOST_ENTRIES = 1_000_000  # files and folders of any kind: somebody's whole disk is not walked through


@dataclass(frozen=True)
class Skipped:
    """A picture that was left out, by its name in the folder, and why in a few words."""

    name: str
    reason: str


@dataclass(frozen=True)
class Listing:
    """The pictures of a folder in the order of their names, which are paths in it with "/" between.

    stamps: size in bytes and time of the last change in ns of each, which tell whether it is still the same.
    """

    folder: Path
    names: tuple[str, ...]
    stamps: tuple[tuple[int, int], ...]
    skipped: tuple[Skipped, ...]

    def classes(self) -> list[str] | None:
        """The class of each picture: the sub-folder it lies in, of the first level on which there are several.

        None where pictures lie beside such folders, or all in one.
        """
        places = [PurePosixPath(name).parts[:-1] for name in self.names]
        if not places:
            return None
        first, last = min(places), max(places)  # what these two share, all share
        level = next((i for i, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
        return None if any(len(place) <= level for place in places) else [printable(place[level]) for place in places]


def is_picture_name(name: str) -> bool:
    """Whether a file's name is that of a picture, and not hidden."""
    return not name.startswith(".") and PurePosixPath(name).suffix.lower() in SUFFIXES


def list_pictures(folder: Path, progress: Progress) -> Listing:
    """Every picture in a folder and its sub-folders; hidden ones and files of other kinds are ignored.

    Links lead nowhere but to files within the folder. Raises DataError: the folder cannot be read or holds too much.
    """
    root = folder.resolve()
    found: list[tuple[str, tuple[int, int]]] = []
    skipped: list[Skipped] = []
    label = f"Looking through {folder.name}"
    progress(label, None)
    for count, (name, entry) in enumerate(_walk(folder, skipped)):
        if count >= MOST_ENTRIES:
            raise DataError(f"{folder} holds more than {MOST_ENTRIES:,} files: name a folder of pictures alone")
        if count % 1000 == 999:
            progress(label, None)
        is_folder = entry.is_dir(follow_symlinks=False)
        linked_folder = not is_folder and entry.is_symlink() and os.path.isdir(entry.path)
        if is_folder or not (is_picture_name(entry.name) or linked_folder):
            continue
        stamp = "a link to a folder, which is not followed" if linked_folder else _stamp_or_reason(entry, root)
        if isinstance(stamp, str):
            skipped.append(Skipped(printable(name), stamp))
        else:
            found.append((name, stamp))
        if len(found) > MOST_PICTURES:
            raise DataError(f"{folder} holds more than {MOST_PICTURES:,} pictures: name a folder with fewer")
    found.sort()
    skipped.sort(key=lambda each: each.name)
    return Listing(folder, tuple(name for name, _ in found), tuple(stamp for _, stamp in found), tuple(skipped))


def printable(name: str) -> str:
    """A file's name for the screen: what cannot be shown there, or is no text at all, becomes a question mark."""
    return name if name.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in name)


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
                raise DataError(f"{folder} cannot be read ({error.strerror}): name a folder of pictures") from None
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
