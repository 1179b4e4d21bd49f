"""The 1,797 digits of 8×8 pixels that come with scikit-learn, at twice their size."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F

from ganlab.data.dataset import Dataset, Progress, Wanted

CLASS_NAMES = tuple("0123456789")

_TEST_EVERY = 10
_BRIGHTEST = 16  # each of the 8×8 pixels counts the inked ones in a block of 4×4


def load(wanted: Wanted, *, progress: Progress) -> Dataset:
    """Images (N, 1, 16, 16). "test" is every tenth image (index % 10 == 9, 179 images), "train" the other 1,618, with
    those held out.

    Nothing is downloaded. Source: scikit-learn's `load_digits`,
    the test set of the UCI Optical Recognition of Handwritten Digits (Alpaydin and Kaynak 1998).
    """
    progress("Loading digits", None)
    pixels, labels = _read_digits()
    small = torch.from_numpy(pixels).float().view(-1, 1, 8, 8) / _BRIGHTEST
    # Bicubic keeps strokes crisper than bilinear (whose peaks also lose brightness) and overshoots
    # a little, which the clamp turns into full contrast.
    large = F.interpolate(small, scale_factor=2, mode="bicubic").clamp(0, 1)
    images = (large * 255).round().to(torch.uint8)

    held_out = torch.arange(len(images)) % _TEST_EVERY == _TEST_EVERY - 1
    train, test = (
        Dataset("digits", images[chosen], torch.from_numpy(labels).long()[chosen], CLASS_NAMES)
        for chosen in (~held_out, held_out)
    )
    return test if wanted.split == "test" else train.beside(test)


def _read_digits() -> tuple[np.ndarray, np.ndarray]:
    """Pixels (1797, 64) in 0…16 and labels (1797,), in scikit-learn's order.

    Its own file is read where it has always lain: importing scikit-learn takes longer than all else before the
    first step. Should it move one day, scikit-learn is asked.
    """
    spec = importlib.util.find_spec("sklearn")
    folders = spec.submodule_search_locations if spec else None
    file = Path(folders[0], "datasets", "data", "digits.csv.gz") if folders else None
    if file is None or not file.exists():
        from sklearn.datasets import load_digits

        pixels, labels = cast("tuple[np.ndarray, np.ndarray]", load_digits(return_X_y=True))
        return pixels, labels
    table = np.loadtxt(file, delimiter=",")
    return table[:, :-1], table[:, -1]
