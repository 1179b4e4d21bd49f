"""One's own points of the plane, drawn or read from a table: kept as text in the config, so that a run is complete."""

from __future__ import annotations

import math
import re
import zlib

import numpy as np
import torch

from ganlab.data.dataset import Dataset, InPlane, Progress, Split, Wanted
from ganlab.data.toys import COUNTS
from ganlab.errors import DataError

NAME = "own-points"
#: Points that a config keeps, lines that are read, and decimals that are kept.
MOST_KEPT, MOST_READ, _DECIMALS = 4096, 1_000_000, 4
#: What is wider or narrower is scaled to fit within ±1.
_WIDEST, _NARROWEST = 1.5, 0.2
_BETWEEN = re.compile(r"[,;\t ]+")


def read_points(text: str) -> np.ndarray:
    """The points (N, 2), N ≥ 2, of lines "x,y", float64; semicolons, tabs and spaces may stand for the comma.

    Empty lines are left out, and a first line of words. Raises DataError, with the line, for anything else; for
    fewer than two points, and for points that are all at one place.
    """
    lines = text.splitlines()
    if len(lines) > MOST_READ:
        raise DataError(f"there are {len(lines):,} lines of points: take at most {MOST_READ:,}")
    rows = [(number, line.strip()) for number, line in enumerate(lines, start=1) if line.strip()]
    if rows and _is_heading(rows[0][1]):
        rows = rows[1:]
    points = np.array([_pair(number, line) for number, line in rows]).reshape(-1, 2)
    if not len(points):
        raise DataError("there are no points yet: draw some, or give lines of x,y")
    if len(points) == 1:
        raise DataError("there is only one point, which leaves nothing to learn: give two or more")
    if (points == points[0]).all():
        raise DataError(f"all {len(points):,} points are at one place: give points at different places")
    return points


def as_setting(points: np.ndarray) -> tuple[str, tuple[str, ...]]:
    """The text that a config keeps points (N, 2) as, and in sentences what was changed on the way.

    At most 4,096 are kept, at even distances; what is wider than ±1.5, or all within 0.2, is moved and scaled to fill
    ±1, both ways by one factor. Raises DataError where all of them are one point then.
    """
    said = []
    if len(points) > MOST_KEPT:
        said.append(f"Of {len(points):,} points {MOST_KEPT:,} are kept, at even distances.")
        points = points[np.arange(MOST_KEPT) * len(points) // MOST_KEPT]
    low, high = points.min(0), points.max(0)
    width = float((high - low).max())
    if max(-float(low.min()), float(high.max())) > _WIDEST or 0 < width < _NARROWEST:
        points = (points - (low + high) / 2) * (2 / width)
        said.append("They are moved and scaled to lie within ±1, both ways by the same factor.")
    text = "\n".join(f"{x:.{_DECIMALS}g},{y:.{_DECIMALS}g}" for x, y in points)
    read_points(text)
    return text, tuple(said)


def load(wanted: Wanted, *, progress: Progress) -> Dataset:
    """20,000 of the points, drawn with repetition and blurred by the spread, and 5,000 held out likewise.

    Without spread those held out stand at the same places. Raises DataError.
    """
    progress("Reading your own points", None)
    points = torch.from_numpy(read_points(wanted.plane.points)).float()
    train, test = (_drawn(points, split, wanted.plane) for split in ("train", "test"))
    return test if wanted.split == "test" else train.beside(test)


def _drawn(points: torch.Tensor, split: Split, asked: InPlane) -> Dataset:
    rng = torch.Generator().manual_seed(zlib.crc32(f"{NAME} {split}".encode()))
    chosen = points[torch.randint(len(points), (COUNTS[split],), generator=rng)]
    if asked.spread:
        chosen = chosen + asked.spread * torch.randn(chosen.shape, generator=rng)
    return Dataset(NAME, chosen, None, (), plane=asked)


def _is_heading(line: str) -> bool:
    """Words over both columns, such as x,y."""
    words = _BETWEEN.split(line)
    return len(words) == 2 and all(_number(word) is None for word in words)


def _pair(number: int, line: str) -> tuple[float, float]:
    words = _BETWEEN.split(line)
    if len(words) != 2:
        columns = f"{len(words)} columns" if len(words) > 1 else "one column"
        raise DataError(f"line {number} of the points has {columns} ({_cut(line)}): give x and y in two")
    values = [_number(word) for word in words]
    for word, value in zip(words, values, strict=True):
        if value is None:
            raise DataError(f"line {number} of the points holds {_cut(word)}, which is no number: give x and y")
        if not math.isfinite(value):
            raise DataError(f"line {number} of the points holds {_cut(word)}, which is not finite: leave it out")
    return values[0] or 0.0, values[1] or 0.0


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _cut(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:39]}…")
