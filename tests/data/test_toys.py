"""Each toy is what its formula says."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from ganlab.data import Dataset, load_dataset
from ganlab.data.toys import COUNTS, TOYS, Toy, grid_modes, ring_modes


def points_of(name: str) -> Tensor:
    return load_dataset(name).examples


@pytest.mark.parametrize("toy", TOYS, ids=lambda toy: toy.name)
def test_points_lie_mostly_within_one_and_about_the_middle(toy: Toy):
    points = points_of(toy.name)
    assert points.dtype == torch.float32 and points.shape == (COUNTS["train"], 2)
    assert (points.abs() <= 1).all(1).float().mean() > 0.98
    assert points.abs().max() < 1.2
    assert points.abs().amax(0).min() > 0.35  # and fill the plane
    assert points.mean(0).abs().max() < 0.2


@pytest.mark.parametrize("toy", TOYS, ids=lambda toy: toy.name)
def test_the_splits_are_different_and_always_the_same(toy: Toy):
    train, again, test = load_dataset(toy.name), load_dataset(toy.name), load_dataset(toy.name, split="test")
    assert torch.equal(train.examples, again.examples)
    assert len(test) == COUNTS["test"]
    assert not torch.isin(test.examples[:, 1], train.examples[:, 1]).float().mean() > 0.05
    mean_distance = (train.examples.mean(0) - test.examples.mean(0)).abs().max()
    assert mean_distance < 0.04  # yet of one distribution


@pytest.mark.parametrize("toy", [toy for toy in TOYS if toy.class_names], ids=lambda toy: toy.name)
def test_modes_are_equally_frequent_and_can_be_picked(toy: Toy):
    data = load_dataset(toy.name)
    assert data.labels is not None
    counts = data.labels.bincount(minlength=len(toy.class_names)).float()
    assert len(counts) == data.class_count == len(toy.class_names)
    assert (counts / counts.mean() - 1).abs().max() < 0.15
    last = load_dataset(toy.name, classes=toy.class_names[-1:])
    assert torch.equal(last.examples, data.examples[data.labels == len(toy.class_names) - 1])


@pytest.mark.parametrize(("name", "modes"), [("gaussians-ring", ring_modes()), ("gaussians-grid", grid_modes())])
def test_gaussians_lie_around_their_modes(name: str, modes: Tensor):
    data = load_dataset(name)
    assert data.labels is not None
    offset = data.examples - modes[data.labels]
    assert offset.std().item() == pytest.approx(0.02, rel=0.03)
    assert offset.mean().item() == pytest.approx(0, abs=1e-3)
    nearest = torch.cdist(data.examples, modes).argmin(1)
    assert (nearest == data.labels).float().mean() > 0.9999


def test_the_modes_are_numbered_as_their_docstrings_say():
    assert ring_modes().norm(dim=1).tolist() == pytest.approx([0.8] * 8)
    assert torch.allclose(ring_modes()[[0, 2]], torch.tensor([[0.8, 0.0], [0.0, 0.8]]), atol=1e-6)
    assert torch.allclose(grid_modes()[[0, 1, 24]], torch.tensor([[-0.8, -0.8], [-0.4, -0.8], [0.8, 0.8]]))


def test_the_swiss_roll_winds_outwards():
    radius = points_of("swiss-roll").norm(dim=1)
    assert radius.min() > 1 / 3 - 0.1 and radius.max() < 1.1
    # Radius 2/3 is reached after 3π: on the left of the centre, and one arm there means no other at 0.5.
    x, y = points_of("swiss-roll").T
    left = x[(y.abs() < 0.02) & (x < 0)]
    assert {round(value, 1) for value in left.tolist()} <= {-0.6, -0.7, -0.8}


def test_moons_are_half_circles():
    data = load_dataset("moons")
    assert data.labels is not None
    middles = (torch.tensor([[0.0, 0.0], [1.0, 0.5]]) - torch.tensor([0.5, 0.25])) / 1.6
    offset = data.examples - middles[data.labels]
    assert offset.norm(dim=1).mean().item() == pytest.approx(1 / 1.6, abs=0.005)
    assert (offset.norm(dim=1) - 1 / 1.6).std().item() == pytest.approx(0.03, rel=0.05)
    upwards = torch.where(data.labels == 0, offset[:, 1], -offset[:, 1])
    assert upwards.min() > -0.2


def test_line_and_circle_have_no_noise():
    line = points_of("line")
    assert (line[:, 1] - line[:, 0] / 2).abs().max() < 1e-6
    assert line[:, 0].std().item() == pytest.approx(1.6 / math.sqrt(12), rel=0.02)  # uniform on ±0.8
    assert (points_of("circle").norm(dim=1) - 0.8).abs().max() < 1e-6


def test_the_checkerboard_has_eight_dark_squares():
    column, row = ((points_of("checkerboard") + 1) * 2).floor().long().T
    squares = torch.stack([row, column], 1).unique(dim=0).tolist()
    assert squares == [[row, column] for row in range(4) for column in range(4) if (row + column) % 2 == 0]


def test_the_segments_never_meet():
    data: Dataset = load_dataset("two-disjoint")
    assert data.labels is not None and data.class_names == ("left", "right")
    assert torch.equal(data.examples[:, 0], data.labels - 0.5)
    assert 0.79 < data.examples[:, 1].abs().max() <= 0.8
