from __future__ import annotations

import numpy as np
import pytest
import torch

from ganlab.data import Dataset, digits, load_dataset


@pytest.fixture(scope="module")
def train() -> Dataset:
    return load_dataset("digits")


@pytest.fixture(scope="module")
def test() -> Dataset:
    return load_dataset("digits", split="test")


def test_every_tenth_image_is_held_out(train: Dataset, test: Dataset):
    from sklearn.datasets import load_digits

    labels = torch.from_numpy(load_digits(return_X_y=True)[1])
    assert test.labels is not None and train.labels is not None
    assert torch.equal(test.labels, labels[9::10])
    assert len(train) + len(test) == 1797
    assert torch.equal(train.labels[:10], torch.tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 0]))  # the first 9 is held out


def test_no_image_is_in_both_splits(train: Dataset, test: Dataset):
    seen = {image.numpy().tobytes() for image in train.examples}
    assert not any(image.numpy().tobytes() in seen for image in test.examples)


def test_the_enlarged_images_show_the_original(train: Dataset):
    """Each block of 2×2 pixels has about the mean that its one pixel had."""
    from sklearn.datasets import load_digits

    small = torch.from_numpy(load_digits(return_X_y=True)[0]).float().view(-1, 8, 8) / 16
    again = torch.nn.functional.avg_pool2d(train.examples.float() / 255, 2)[:, 0]
    assert (again[0] - small[0]).abs().mean() < 0.05
    assert (again[1] - small[0]).abs().mean() > 0.15  # the measure can tell two digits apart


def test_the_enlarged_images_have_full_contrast(train: Dataset):
    lightest, darkest = train.examples.flatten(1).max(1).values, train.examples.flatten(1).min(1).values
    assert darkest.max() == 0
    assert lightest.min() > 230 and (lightest == 255).float().mean() > 0.95


@pytest.mark.parametrize("moved", [False, True])
def test_the_quick_way_in_reads_what_scikit_learn_gives(moved: bool, monkeypatch: pytest.MonkeyPatch):
    from sklearn.datasets import load_digits

    if moved:
        monkeypatch.setattr(digits.importlib.util, "find_spec", lambda name: None)
    pixels, labels = digits._read_digits()
    expected_pixels, expected_labels = load_digits(return_X_y=True)
    assert np.array_equal(pixels, expected_pixels)
    assert np.array_equal(labels, expected_labels)
