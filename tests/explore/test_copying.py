"""A copy is found and called one, what is new is not, and a yardstick of real pictures stands beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from drawn import make_run
from tiny import data_of_shape
from torch import Tensor, nn

from ganlab.data import Dataset, load_dataset
from ganlab.errors import ConfigError
from ganlab.explore import (
    MEASURES,
    Explorer,
    Loaded,
    brightness_and_edges,
    classifier_of,
    diversity,
    has_classifier,
    neighbours,
)
from ganlab.explore import features as features_module
from ganlab.explore.copying import as_images
from ganlab.runs import Runs


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_dataset("digits")


@pytest.fixture
def loaded(checkpoints: Path) -> Loaded:
    runs = Runs(checkpoints)
    return Explorer(runs).load(make_run(runs, 5).id)


@pytest.fixture(autouse=True)
def quickly_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    """A classifier of some steps."""
    train = features_module.train_classifier
    features_module._classifiers.clear()
    monkeypatch.setattr(features_module, "train_classifier", lambda data, **given: train(data, steps=30, **given))


def test_the_nearest_in_pixels_are_those_of_all_distances(digits: Dataset, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ganlab.explore.copying._CHUNK_BYTES", 256 * 4 * 100)  # many chunks
    images, told = as_images(digits.examples[:9]) * 0.8 + 0.1, []
    found = neighbours(digits, images, nearest=4, progress=told.append)
    distances = torch.cdist(images.flatten(1).double(), as_images(digits.examples).flatten(1).double())
    expected = distances.sort(dim=1).values[:, :4]
    assert torch.allclose(distances.gather(1, found.indices), expected, rtol=1e-4), "ties may come in any order"
    ratio = found.distances / expected
    assert torch.allclose(ratio, ratio[0, 0], rtol=1e-3), "the same up to the scale"
    assert told[-1] == 1
    assert len(told) > 10


@pytest.mark.parametrize("by", MEASURES)
def test_copies_are_called_so_and_held_out_pictures_are_not(digits: Dataset, by):
    copies = neighbours(digits, as_images(digits.examples[100:120]), by=by)
    assert copies.indices[:, 0].tolist() == list(range(100, 120))
    assert copies.distances[:, 0].max() < 0.01
    assert min(copies.nearer_than()) > 0.95
    assert copies.verdict().endswith("20 of the samples are nearer than 95 % of those, so it may be copying")
    assert digits.held_out is not None
    new = neighbours(digits, as_images(digits.held_out[:40]), by=by)
    assert new.verdict().endswith("no sign of copying")
    assert new.usual_words == "held-out pictures"
    assert 0.2 < sum(new.nearer_than()) / 40 < 0.8


def test_without_held_out_pictures_the_training_pictures_nearest_others_are_the_yardstick(digits: Dataset):
    alone = replace(digits, held_out=None, held_out_labels=None)
    found = neighbours(alone, as_images(digits.examples[:3]))
    assert found.usual_words == "training pictures and their nearest others"
    assert found.usual.min() > 0.01, "not themselves"


def test_features_say_what_they_are(digits: Dataset):
    images = as_images(digits.examples[:2])
    assert neighbours(digits, images, by="features").measure == "what a classifier sees before its last layer"
    unlabelled = Dataset("mine", digits.examples, None, ())
    assert neighbours(unlabelled, images, by="features").measure == "brightness and edges in 8×8 cells"
    assert not has_classifier(unlabelled)
    assert not has_classifier(data_of_shape((3, 96, 96), "cifar10"))


def test_brightness_and_edges_bear_a_shift_better_than_pixels_do(digits: Dataset):
    """How far a digit is from itself a pixel further on, beside how far it is from another digit."""
    images = as_images(digits.examples)

    def ratio(features: torch.Tensor, shifted: torch.Tensor) -> float:
        return ((features - shifted).norm(dim=1) / (features - features.roll(1, dims=0)).norm(dim=1)).median().item()

    moved = images.roll(1, dims=3)
    assert brightness_and_edges(images).shape == (len(digits), 5 * 64)
    by_edges = ratio(brightness_and_edges(images), brightness_and_edges(moved))
    assert by_edges < 0.97 * ratio(images.flatten(1), moved.flatten(1))


def test_large_images_are_compared_small():
    data = data_of_shape((3, 64, 64), "cifar10")
    found = neighbours(data, as_images(data.examples[4:6]), nearest=2)
    assert found.indices[:, 0].tolist() == [4, 5]


def test_points_and_too_many_neighbours_are_refused(digits: Dataset):
    points = data_of_shape((2,), "circle")
    with pytest.raises(ConfigError, match="has points of the plane"):
        neighbours(points, torch.zeros(2, 2))
    with pytest.raises(ConfigError, match="nearest must be a whole number from 1 to 32, got 33"):
        neighbours(digits, torch.zeros(1, 1, 16, 16), nearest=33)


def test_a_classifier_that_was_given_up_is_not_kept_and_a_whole_one_is():
    images = data_of_shape((1, 16, 16), count=41)
    with pytest.raises(ZeroDivisionError):
        classifier_of(images, progress=lambda share: 1 // (share < 0.5))
    told: list[float] = []
    whole = classifier_of(images, progress=told.append)
    assert len(told) == 30 and told[-1] == 1
    assert classifier_of(images, progress=told.append) is whole
    assert len(told) == 30


def test_only_the_last_few_classifiers_are_kept(digits: Dataset):
    first = classifier_of(digits)
    for count in range(features_module.MOST_CLASSIFIERS):
        classifier_of(data_of_shape((1, 16, 16), count=10 + count))
    assert classifier_of(digits) is not first


class Brightness(nn.Module):
    """Takes bright images for the first class, dark ones for the second, grey ones for none."""

    def features(self, images: Tensor) -> Tensor:
        return images.flatten(1)

    def forward(self, images: Tensor) -> Tensor:
        bright = images.mean((1, 2, 3))
        return 50 * torch.stack([bright, -bright, torch.full_like(bright, 0.5)], 1)


def plain(*values: float) -> Tensor:
    """Images (N, 1, 16, 16) of one grey each."""
    return torch.tensor(values)[:, None, None, None].expand(-1, 1, 16, 16)


def test_diversity_counts_classes_and_how_varied_they_are_beside_held_out_pictures(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
):
    real, held_out = (
        ((plain(*values) + 1) * 127.5).round().byte() for values in ((1, 1, 1, -1), (0.9, 0.6, -0.9, -0.8, 0.1))
    )
    labels = torch.tensor([0, 0, 0, 1])
    data = Dataset("mine", real, labels, ("bright", "dark"), held_out, torch.tensor([0, 0, 1, 1, 1]))
    monkeypatch.setitem(features_module._classifiers, data, Brightness())  # pyright: ignore[reportArgumentType]
    monkeypatch.setattr("ganlab.explore.copying.samples", lambda *given, **more: plain(1, 0.8, -1, 0))
    found = diversity(loaded, data, count=4)
    assert (found.confident, found.rejected, found.real_confident, found.real_rejected) == (0.75, 0.25, 0.8, 0.2)
    assert found.real_words == "held-out pictures"
    bright, dark = found.classes
    assert (bright.name, bright.share, bright.real_share) == ("bright", 2 / 3, 1 / 2)
    assert bright.spread == pytest.approx(0.2 / 0.3, rel=0.02)
    assert (dark.name, dark.share, dark.real_share, dark.spread) == ("dark", 1 / 3, 1 / 2, None)

    alone = replace(data, held_out=None, held_out_labels=None)
    monkeypatch.setitem(features_module._classifiers, alone, Brightness())  # pyright: ignore[reportArgumentType]
    without = diversity(loaded, alone, count=4)
    assert (without.real_words, without.classes[0].real_share) == ("training pictures", 3 / 4)


def test_without_classes_nothing_is_said_of_diversity(digits: Dataset, loaded: Loaded):
    with pytest.raises(ConfigError, match="no classes that a small classifier could tell apart"):
        diversity(loaded, Dataset("mine", digits.examples, None, ()))
