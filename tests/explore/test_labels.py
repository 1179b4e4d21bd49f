"""A direction from one class to another makes more samples of that other."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from drawn import make_run
from torch import nn

from ganlab.data import Dataset, load_dataset
from ganlab.errors import ConfigError
from ganlab.explore import Explorer, Loaded, class_direction, picked_direction, samples
from ganlab.explore import labels as labels_module
from ganlab.explore.labels import names_of
from ganlab.runs import Runs

SHIPPED = Path(__file__).parents[2] / "checkpoints"


@pytest.fixture
def loaded(checkpoints: Path) -> Loaded:
    runs = Runs(checkpoints)
    return Explorer(runs).load(make_run(runs, 5).id)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_dataset("digits")


class Halves(nn.Module):
    """Takes bright images for class 5, dark ones for class 3, and never sees another."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        bright = images.mean((1, 2, 3))
        logits = torch.full((len(images), 10), -99.0)
        logits[:, 5], logits[:, 3] = bright, -bright
        return logits


def test_it_is_the_way_on_which_the_samples_change_their_name(
    loaded: Loaded, digits: Dataset, monkeypatch: pytest.MonkeyPatch
):
    """Of a generator whose brightness is z₂, the direction from dark to bright is that of z₂."""
    monkeypatch.setattr(labels_module, "classifier_of", lambda data: Halves())
    monkeypatch.setattr(
        labels_module, "samples", lambda loaded, z, classes, progress: z[:, 2, None, None, None].expand(-1, 1, 16, 16)
    )
    towards_5 = class_direction(loaded, digits, "3", "5", count=2000)
    assert towards_5.norm().item() == pytest.approx(1, rel=1e-5)
    assert towards_5[2] > 0.99
    assert torch.equal(class_direction(loaded, digits, "5", "3", count=2000), -towards_5)
    with pytest.raises(ConfigError, match="of 400 samples 0 look like class '7', and at least 8 are needed"):
        class_direction(loaded, digits, "3", "7", count=400)


@pytest.mark.parametrize(
    ("lack", "have", "sentence"),
    [("3", "3", "leads from one class to another, got '3' twice"), ("3", "11", "class cannot be '11'")],
)
def test_classes_that_make_no_direction_are_refused(
    loaded: Loaded, digits: Dataset, lack: str, have: str, sentence: str
):
    with pytest.raises(ConfigError, match=sentence):
        class_direction(loaded, digits, lack, have)


@pytest.mark.slow
def test_in_the_shipped_digits_threes_become_fives(digits: Dataset):
    loaded = Explorer(Runs(SHIPPED)).load("digits-wgan-gp")
    direction = class_direction(loaded, digits, "3", "5")
    classifier = labels_module.classifier_of(digits)
    latents = loaded.space.of_seed(9, 500)
    fives = [(names_of(classifier, samples(loaded, latents + k * direction)) == 5).float().mean() for k in (0, 2.5)]
    assert fives[1] > 2 * fives[0]


def test_a_direction_between_picked_samples_is_the_difference_of_their_means(loaded: Loaded):
    space = loaded.space
    found = picked_direction(loaded, lack=[4], have=[1, 2])
    expected = (space.of_seed(1)[0] + space.of_seed(2)[0]) / 2 - space.of_seed(4)[0]
    assert torch.allclose(found, expected / expected.norm(), atol=1e-6)
    for lack, have in (([], [1]), ([2, 1], [1, 2]), ([-1], [2])):
        with pytest.raises(ConfigError):
            picked_direction(loaded, lack, have)
