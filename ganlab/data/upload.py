"""Pictures that somebody uploads, as a zip or one by one: a collection in the data directory, or nothing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from ganlab.data.dataset import Progress


def unpack_zip(file: BinaryIO, name: str, *, data_dir: Path, progress: Progress) -> Path:
    """Unpack the pictures of a zip into the collection `name` and return its folder. Raises DataError."""
    raise NotImplementedError


def store_pictures(files: Iterable[tuple[str, bytes]], name: str, *, data_dir: Path) -> Path:
    """Keep uploaded pictures, given as (file name, content), as the collection `name`. Raises DataError."""
    raise NotImplementedError
