"""From a list of picture files to images in the cache, and what was met on the way."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from ganlab.config import CropName
from ganlab.data.cache import Writer
from ganlab.data.dataset import Progress
from ganlab.data.decode import Original, UnreadableError, decode, grey_limits, quiet_pillow
from ganlab.data.download import data_dir
from ganlab.data.greys import SUFFIXES, Limits, together
from ganlab.data.listing import LeftOut, Listing, Skipped, in_words
from ganlab.data.parallel import share_out
from ganlab.errors import DataError
from ganlab.paths import printable, real_name

FORMAT = 2  # of the index and of what decoding gives; a change makes all caches anew
FEWEST_PICTURES = 16
#: "test" is every tenth picture of a folder with at least so many; a smaller one is all "train".
FEWEST_TO_HOLD_OUT = 200
_TEST_EVERY = 10

_PARCEL_BYTES, _PARCEL_FILES = 1 << 20, 32  # what a thread is given at a time


class Filling:
    """Gives every readable picture of a listing to the cache, those held out for "test" last."""

    def __init__(self, listing: Listing, *, size: int, crop: CropName, progress: Progress) -> None:
        if not listing.names:
            check_enough(listing.folder, 0, listing.skipped, listing.left_out)
        self._listing = listing
        self._size = size
        self._crop: CropName = crop
        self._progress = progress
        self._originals: dict[int, Original] = {}  # by position in the listing, in the order of the images
        self._skipped: list[Skipped] = []
        self._limits: dict[str, Limits] = {}  # of grey values of more than 8 bits, by kind of file

    def into(self, writer: Writer) -> dict[str, Any]:
        """Decode all and return the index. Raises DataError: fewer than 16 are left; and whatever progress raises."""
        order = sorted(range(len(self._listing.names)), key=_is_held_out)

        def take(results: list[tuple[int, _Result]]) -> None:
            self._take(results, writer)

        with quiet_pillow():
            self._find_limits()
            self._report()
            share_out(self._read, self._parcels(order), take=take)
        skipped = (*self._listing.skipped, *sorted(self._skipped, key=lambda each: each.name))
        check_enough(self._listing.folder, len(self._originals), skipped, self._listing.left_out)
        return {
            "format": FORMAT,
            "folder": printable(str(self._listing.folder.resolve())),
            "crop": self._crop,
            "names": [printable(self._listing.names[i]) for i in self._originals],
            "skipped": [(each.name, each.reason, each.passing) for each in skipped],
            "left_out": self._listing.left_out,
            "limits": self._limits,
            "held_out": self._held_out(),
            **self._classes(),
            **self._about_originals(),
        }

    def _read(self, parcel: list[int]) -> list[tuple[int, _Result]]:
        """In a thread: images and what they were, or why there are none."""
        return [(i, self._decode(self._listing.folder / self._listing.names[i])) for i in parcel]

    def _decode(self, path: Path) -> _Result:
        try:
            return decode(path, size=self._size, crop=self._crop, limits=self._limits)
        except UnreadableError as error:
            return error

    def _find_limits(self) -> None:
        """Look for grey pictures of more than 8 bits, which need one scale for all of them."""
        deep = [i for i, name in enumerate(self._listing.names) if name.lower().endswith(SUFFIXES)]

        def take(found: list[tuple[str, Limits]]) -> None:
            self._progress(f"Looking through {printable(self._listing.folder.name)}", None)
            for kind, limits in found:
                self._limits[kind] = together([limits, self._limits.get(kind, limits)])

        share_out(self._limits_of, self._parcels(deep), take=take)

    def _limits_of(self, parcel: list[int]) -> list[tuple[str, Limits]]:
        """In a thread."""
        found = []
        for i in parcel:
            with suppress(UnreadableError):  # which is told when it is decoded
                found.append(grey_limits(self._listing.folder / self._listing.names[i]))
        return [each for each in found if each]

    def _take(self, results: list[tuple[int, _Result]], writer: Writer) -> None:
        for i, result in results:
            if isinstance(result, UnreadableError):
                self._skipped.append(Skipped(printable(self._listing.names[i]), str(result), result.passing))
            else:
                writer.add(result[0][None])
                self._originals[i] = result[1]
        self._report()

    def _report(self) -> None:
        done = len(self._originals) + len(self._skipped)
        self._progress(f"Preparing {printable(self._listing.folder.name)}", done / len(self._listing.names))

    def _parcels(self, order: list[int]) -> Iterator[list[int]]:
        """Positions in the listing, a few at a time: many small files, or one large."""
        parcel: list[int] = []
        size_bytes = 0
        for i in order:
            parcel.append(i)
            size_bytes += self._listing.stamps[i][0]
            if size_bytes >= _PARCEL_BYTES or len(parcel) >= _PARCEL_FILES:
                yield parcel
                parcel, size_bytes = [], 0
        if parcel:
            yield parcel

    def _held_out(self) -> int:
        return sum(map(_is_held_out, self._originals)) if len(self._originals) >= FEWEST_TO_HOLD_OUT else 0

    def _classes(self) -> dict[str, Any]:
        classes = self._listing.classes()
        counts = Counter(classes[i] for i in self._originals) if classes else Counter[str]()
        if classes is None or len(counts) < 2:
            why = f"only {printable(next(iter(counts)))} has pictures that can be used" if counts else ""
            none = {"class_names": [], "class_counts": [], "labels": None}
            return none | {"why_no_classes": why or self._listing.why_no_classes()}
        names = sorted(counts)
        number = {name: label for label, name in enumerate(names)}
        return {
            "class_names": [printable(name) for name in names],
            "class_counts": [counts[name] for name in names],
            "labels": [number[classes[i]] for i in self._originals],
            "why_no_classes": "",
        }

    def _about_originals(self) -> dict[str, Any]:
        originals = list(self._originals.values())
        filled = min if self._crop == "centre" else max  # the side that has to fill the square
        shorter = [min(each.sides) for each in originals]
        return {
            "modes": dict(Counter(each.mode for each in originals).most_common()),
            "transparent": sum(each.transparent for each in originals),
            "enlarged": sum(filled(each.sides) < self._size for each in originals),
            "smallest_side": min(shorter),
            "median_side": int(statistics.median(shorter)),
        }


_Result = tuple[np.ndarray, Original] | UnreadableError


def is_read_now(folder: Path, skipped: Iterable[tuple[str, str, bool]]) -> bool:
    """Whether one of those that were not to be read is now, or is found broken for good."""
    with quiet_pillow():
        return any(_is_read(folder / real_name(name)) for name, _, passing in skipped if passing)


def _is_read(path: Path) -> bool:
    try:
        decode(path, size=1, crop="centre")
    except UnreadableError as error:
        return not error.passing
    return True


def check_enough(folder: Path, count: int, skipped: tuple[Skipped, ...], left_out: LeftOut) -> None:
    """Raises DataError where a folder has too few pictures to train on."""
    if count >= FEWEST_PICTURES:
        return
    found = f"only {count} that can be used" if count else "none that can be used" if skipped else "none"
    reasons = "; ".join(f"{each.name}: {each.reason}" for each in skipped[:3])
    broken = f"{len(skipped):,} left out, such as {reasons}" if skipped else ""
    others = f"files of other kinds: {in_words(left_out)}" if left_out else ""
    said = "; ".join(filter(None, (broken, others)))
    # the folder of an upload is none that its owner has ever named
    uploaded = folder.parent == data_dir() / "folders"
    place, remedy = (f"“{folder.name}”", "") if uploaded else (str(folder), ", or name another folder")
    raise DataError(
        f"at least {FEWEST_PICTURES} pictures are needed and {printable(place)} has {found}"
        f"{f' ({said})' if said else ''}: add jpg, png or the like{remedy}"
    )


def _is_held_out(position: int) -> bool:
    return position % _TEST_EVERY == _TEST_EVERY - 1
