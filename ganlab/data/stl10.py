"""STL-10."""

from __future__ import annotations

from ganlab.data.dataset import Dataset, Progress, Wanted

CLASS_NAMES = ("airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck")

#: The one file, with its MD5.
FILES = {"stl10_binary.tar.gz": "91f7769df0f17e558f3565bffb0c7dfb"}


def load(wanted: Wanted, *, progress: Progress) -> Dataset:
    """Images (N, 3, S, S). Raises DataError."""
    raise NotImplementedError
