"""Pictures to train on where nobody's own are wanted, and a cache for them that is removed again."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


def make_pictures(folder: Path, count: int, side: int) -> None:
    """Fill a folder that exists with JPEGs of smooth colours with noise, always the same ones."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    for number in range(count):
        corners = Image.fromarray(rng.integers(0, 256, (3, 3, 3), dtype=np.uint8))
        smooth = np.asarray(corners.resize((side, side), Image.Resampling.BICUBIC))
        noisy = np.clip(smooth + rng.normal(0, 12, smooth.shape), 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(folder / f"{number:05}.jpg", quality=92)


@contextlib.contextmanager
def cache_in(folder: Path) -> Iterator[None]:
    """So that nobody's own prepared pictures are met or left behind."""
    before = os.environ.get("GANLAB_CACHE")
    os.environ["GANLAB_CACHE"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["GANLAB_CACHE"]
        else:
            os.environ["GANLAB_CACHE"] = before
