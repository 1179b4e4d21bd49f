"""Where a dataset is: part of ganlab, generated, on this machine, or not downloaded."""

from __future__ import annotations

from typing import Literal

from ganlab.data import DatasetSpec, data_dir

Presence = Literal["built in", "generated", "downloaded", "not downloaded", "your own"]


def presence_of(spec: DatasetSpec) -> Presence:
    """Only looks whether the files are there; loading checks what is in them."""
    if spec.origin == "download":
        return "not downloaded" if spec.missing(data_dir()) else "downloaded"
    return spec.origin


def size_of(spec: DatasetSpec) -> int:
    """Bytes of the files that are here."""
    paths = [data_dir() / file for file in spec.files]
    return sum(path.stat().st_size for path in paths if path.exists())


def shape_words(spec: DatasetSpec) -> str:
    """'28 × 28, grey', as far as it is known before loading."""
    if not spec.has_images:
        return "points"
    channels, height, width = spec.shape
    return f"{width} × {height}, {'grey' if channels == 1 else 'colour'}"


def byte_words(count: int) -> str:
    """'11 MB': two digits are enough to decide whether to wait."""
    size = float(count)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if size >= 10 or unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
