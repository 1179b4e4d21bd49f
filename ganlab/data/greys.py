"""Grey pictures of more than 8 bits: which of their values is black, and which white.

Their files do not say. A camera's 12 bits lie in a file of 16, a mask in one of 32, a measurement between any two
numbers. So the pictures of a folder are looked at together, those of each kind of file, and get one scale: a picture
that is darker than the others stays so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from PIL import Image

#: Lowest and highest value of all pictures of a kind.
Limits = tuple[float, float]

#: Endings of files that can hold such pictures.
SUFFIXES = (".png", ".tif", ".tiff")
_WHITES = (1, 255, 1023, 4095, 16383, 65535)  # of masks, and of 8, 10, 12, 14 and 16 bits
_ALREADY_SCALED: Mapping[str, Limits] = {"PPM": (0, 65535)}  # its files do say what is white


def kind_of(image: Image.Image) -> str:
    """'TIFF', where it is grey of more than 8 bits, or else ''. Values of all files of a kind are comparable."""
    deep = image.mode in ("I", "F") or image.mode.startswith("I;16")
    return str(image.format) if deep else ""


def limits_of(image: Image.Image) -> Limits:
    """Of a picture of some kind that is loaded; what is no number or infinite does not count."""
    values = np.asarray(image)
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def together(limits: Iterable[Limits]) -> Limits:
    lows, highs = zip(*limits, strict=True)
    return min(lows), max(highs)


def black_and_white(limits: Limits) -> Limits:
    """0 and the highest value of so many bits, 1 for fractions; the limits themselves where some are below 0."""
    low, high = limits
    return (low, high) if low < 0 else (0, next((white for white in _WHITES if high <= white), high))


def as_grey(image: Image.Image, limits: Mapping[str, Limits]) -> Image.Image:
    """As L, or LA where one value counts as transparent. limits: by kind; of one that is missing, the picture's own."""
    kind = kind_of(image)
    known = _ALREADY_SCALED.get(kind) or limits.get(kind) or limits_of(image)
    black, white = black_and_white(known)
    values = np.nan_to_num(np.asarray(image, np.float64), nan=black, posinf=white, neginf=black)
    share = (values - black) / (white - black or 1)
    grey = Image.fromarray((share * 255).round().clip(0, 255).astype(np.uint8))
    clear = image.info.get("transparency")
    if not isinstance(clear, int):
        return grey
    return Image.merge("LA", (grey, Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8))))
