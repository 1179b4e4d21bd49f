"""Images as arrays: one grid of many, enlarged by whole pixels, encoded for a file or a browser."""

from __future__ import annotations

import io
import math

import numpy as np
from PIL import Image

#: The gap between the images of a grid, in their own pixels, and its grey level.
GAP = 1
GAP_GREY = 128


def grid_columns(count: int) -> int:
    """Columns of the most nearly square grid for `count` images."""
    return math.ceil(math.sqrt(count))


def make_grid(images: np.ndarray, columns: int | None = None) -> np.ndarray:
    """uint8 (N, H, W, C) → uint8 (H', W', C), row by row with a thin gap between; missing cells stay grey."""
    count, height, width, channels = images.shape
    columns = columns or grid_columns(count)
    rows = math.ceil(count / columns)
    sheet = np.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, channels), GAP_GREY, np.uint8)
    for index, image in enumerate(images):
        top, left = index // columns * (height + GAP), index % columns * (width + GAP)
        sheet[top : top + height, left : left + width] = image
    return sheet


def enlarge(image: np.ndarray, scale: int) -> np.ndarray:
    """(H, W, C) → (scale·H, scale·W, C), each pixel a square."""
    return image if scale == 1 else image.repeat(scale, axis=0).repeat(scale, axis=1)


def encode(image: np.ndarray, form: str) -> bytes:
    """uint8 (H, W, C), C 1 or 3, as 'png' or (lossless) 'webp'."""
    buffer = io.BytesIO()
    picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
    if form == "webp":
        picture.save(buffer, "webp", lossless=True, method=2)
    else:
        picture.save(buffer, form, compress_level=3)
    return buffer.getvalue()


def thumbnail(content: bytes, columns: int, side: int = 96) -> bytes:
    """Of a grid's file as many whole images from its corner as `side` pixels hold, at least one, as WebP.

    What is larger than that is made smaller. columns: images side by side in the grid. Raises OSError or ValueError
    when it is no picture, or a huge one.
    """
    try:
        grid = Image.open(io.BytesIO(content))
    except Image.DecompressionBombError as error:
        raise ValueError(str(error)) from None
    step = (grid.width + GAP) // columns
    edge = max(1, min(columns, (side + GAP) // step)) * step - GAP
    corner = grid.crop((0, 0, edge, edge))
    corner.thumbnail((side, side))
    buffer = io.BytesIO()
    corner.save(buffer, "webp", lossless=True, method=2)
    return buffer.getvalue()


#: Colours of a scatter: paper, real points, generated points.
_PAPER, _REAL, _FAKE = (250, 250, 250), (170, 178, 186), (15, 118, 110)


def scatter(
    points: np.ndarray, backdrop: np.ndarray | None = None, *, side: int = 256, reach: float = 1.5
) -> np.ndarray:
    """Points of the plane (N, 2) as dots of 3×3 pixels, over smaller dots of a backdrop (M, 2).

    The picture shows ± `reach` on both axes, y upwards; what lies outside is drawn at its edge, so that nothing
    is lost from sight. Returns uint8 (side, side, 3). Points that are not finite are left out.
    """
    picture = np.full((side, side, 3), _PAPER, np.uint8)
    if backdrop is not None:
        _dot(picture, backdrop, reach, 1, _REAL)
    _dot(picture, points, reach, 3, _FAKE)
    return picture


def _dot(picture: np.ndarray, points: np.ndarray, reach: float, width: int, colour: tuple[int, int, int]) -> None:
    side, half = len(picture), width // 2
    points = points[np.isfinite(points).all(axis=1)]
    place = (points / reach * [1, -1] + 1) / 2 * (side - 1)
    columns, rows = np.clip(place.round().astype(int), half, side - 1 - half).T
    for down in range(-half, half + 1):
        for right in range(-half, half + 1):
            picture[rows + down, columns + right] = colour
