"""Folders of small pictures, no two alike."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image


def silent(label: str, fraction: float | None) -> None:
    """A progress that nobody watches."""


def noise(seed: int, *, width: int = 24, height: int = 24) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def draw(folder: Path, count: int, *, first: int = 0, size: int = 24) -> Path:
    """`count` pictures 0000.png, 0001.png, … of noise."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        Image.fromarray(noise(number, width=size, height=size)).save(folder / f"{number:04}.png", compress_level=1)
    return folder


def png_that_claims(width: int, height: int) -> bytes:
    """The header of a PNG of that size, and hardly any pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
