"""One picture of any kind as a square of RGB bytes."""

from __future__ import annotations

import io
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from PIL import Image, UnidentifiedImageError

from ganlab.config import CropName
from ganlab.data.greys import Limits, as_grey, kind_of, limits_of

MOST_PIXELS = 50_000_000

#: What is opened: no format that runs other programs or is mostly no picture.
_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "AVIF")
_PNG = b"\x89PNG\r\n\x1a\n"
_WHITE = (255, 255, 255)
_BIG_PIXELS = 16_000_000
_ORIENTATION = 0x0112  # the EXIF tag
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
#: Everything that Pillow's readers were seen to raise on bytes that are not what they claim.
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, EOFError)
_BROKEN += (AssertionError, RuntimeError, MemoryError, struct.error, zlib.error)

#: Several big pictures at once could need more memory than there is.
_one_big_at_a_time = threading.Lock()


class UnreadableError(Exception):
    """A picture cannot be used; the text says why in a few words.

    passing: the file was not read, for want of rights, memory or the like, which may be otherwise next time.
    """

    def __init__(self, reason: str, *, passing: bool = False) -> None:
        super().__init__(reason)
        self.passing = passing


@dataclass(frozen=True)
class Original:
    """A picture as it was found. mode: Pillow's name of how it stores its colours; sides: width and height."""

    mode: str
    transparent: bool
    sides: tuple[int, int]


def decode(
    path: Path, *, size: int, crop: CropName, limits: Mapping[str, Limits] = MappingProxyType({})
) -> tuple[np.ndarray, Original]:
    """The picture in a file as uint8 (3, size, size), and what it was.

    It is smoothed when it shrinks, turned upright as its EXIF data say, and put on white where it is transparent.
    crop: "centre" is its largest centred square, "letterbox" all of it with white beside it. Of an animation or a
    file of several pages the first picture counts. Colour profiles are not applied.
    limits: of grey values of more than 8 bits, by kind of file (`grey_limits`); else each picture has its own scale.
    Raises UnreadableError.
    """
    with _opened(path) as image:
        original = Original(image.mode, image.has_transparency_data, image.size)
        image.draft(None, (2 * size, 2 * size))  # a JPEG is decoded at ½, ¼ or ⅛ if that is still large enough
        with _one_big_at_a_time if image.width * image.height > _BIG_PIXELS else nullcontext():
            square = _square(image, size, crop, limits)
    return np.asarray(square).transpose(2, 0, 1), original


def grey_limits(path: Path) -> tuple[str, Limits] | None:
    """Kind of file, lowest and highest value of a grey picture of more than 8 bits; None of any other.

    Raises UnreadableError.
    """
    with _opened(path) as image:
        if not (kind := kind_of(image)):
            return None
        with _one_big_at_a_time if image.width * image.height > _BIG_PIXELS else nullcontext():
            image.load()
            return kind, limits_of(image)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """A picture that is not too large. Whatever goes wrong with it is an UnreadableError."""
    try:
        with _identified(path) as image:
            if image.width * image.height > MOST_PIXELS:
                raise UnreadableError(_too_many(f"{image.width:,}×{image.height:,}"))
            yield image
    except UnidentifiedImageError:
        raise UnreadableError("not a picture, whatever its name says") from None
    except Image.DecompressionBombError:
        raise UnreadableError(_too_many("too many")) from None
    except _BROKEN as error:
        passing = isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno is not None)
        raise UnreadableError(_in_short(error), passing=passing) from None


def _identified(path: Path) -> Image.Image:
    """A PNG of which Pillow cannot read a text, a date or the like is read without, as browsers do."""
    try:
        return Image.open(path, formats=_FORMATS)
    except UnidentifiedImageError:
        content = path.read_bytes()
        if not content.startswith(_PNG):
            raise
        return Image.open(io.BytesIO(b"".join([_PNG, *_needed_chunks(content)])), formats=("PNG",))


def _needed_chunks(content: bytes) -> Iterator[bytes]:
    """Of a PNG: those without which it is another picture (PNG specification, section 5.4), and its transparency."""
    place = len(_PNG)
    while place + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        after = place + 12 + length
        if kind[:1].isupper() or kind == b"tRNS":
            yield content[place:after]
        place = after


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Pillow's warnings about odd pictures stay out of sight: what matters of them becomes an UnreadableError.

    Warnings are the process's, so this goes around the threads that decode, not into them.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def _square(image: Image.Image, size: int, crop: CropName, limits: Mapping[str, Limits]) -> Image.Image:
    image.load()
    turn = None
    with suppress(*_BROKEN):  # EXIF data that are damaged turn nothing
        turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    plain = as_grey(image, limits) if kind_of(image) else _plain(image)
    width, height = plain.size
    if crop == "centre":
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        # Cut out first: given as `box` of resize, what lies beside the square would shine into its edge.
        small = _resized(plain.crop((left, top, left + side, top + side)), size, size)
    else:
        scale = size / max(width, height)
        small = _resized(plain, max(1, round(width * scale)), max(1, round(height * scale)))
    canvas = Image.new("RGB", (size, size), _WHITE)
    place = ((size - small.width) // 2, (size - small.height) // 2)
    canvas.paste(small.convert("RGB"), place, small.getchannel("A") if small.mode in ("RGBA", "LA") else None)
    return canvas.transpose(turn) if turn is not None else canvas


def _resized(image: Image.Image, width: int, height: int) -> Image.Image:
    # The gap lets whole blocks of pixels be averaged first where a picture shrinks a lot.
    return image.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3.0)


def _plain(image: Image.Image) -> Image.Image:
    """Of 8 bits, as L, LA, RGB or RGBA."""
    if image.mode in ("L", "LA", "RGB", "RGBA") and "transparency" not in image.info:
        return image
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("RGB")


def _too_many(pixels: str) -> str:
    return f"it has {pixels} pixels, and at most {MOST_PIXELS / 1e6:g} million are read"


def _in_short(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "there was not enough memory for it"
    if isinstance(error, OSError) and error.strerror:
        return f"it cannot be read ({error.strerror})"
    if "truncated" in str(error) or isinstance(error, EOFError):
        return "it ends too early"
    return "it is damaged"
