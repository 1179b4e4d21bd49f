"""Modes that were found, and how well in proportion."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from ganlab.data import InPlane, load_dataset
from ganlab.data.toys import TOYS
from ganlab.plane import Modes, modes_found, modes_of

MIXTURES = [toy for toy in TOYS if modes_of(toy.name)]


@pytest.mark.parametrize("toy", MIXTURES, ids=lambda toy: toy.name)
def test_a_mixture_itself_has_all_modes_and_nearly_all_points_good(toy):
    modes = modes_of(toy.name)
    assert modes
    points, labels = toy.draw(20_000, torch.Generator().manual_seed(0), InPlane())
    found = modes_found(points.numpy(), modes)
    assert found.covered == found.of == len(toy.class_names)
    assert found.good == pytest.approx(1 - math.exp(-4.5), abs=0.002)  # within 3 deviations, of two coordinates
    assert found.divergence == pytest.approx(0, abs=2e-3)
    assert labels is not None


def test_modes_follow_what_is_asked_of_the_points():
    asked = InPlane(modes=5, spread=0.1, imbalance=4)
    modes = modes_of("gaussians-ring", asked)
    assert modes and len(modes.centres) == 5 and modes.deviation == 0.1
    assert modes.weights.sum() == pytest.approx(1)
    assert modes.weights[0] / modes.weights[-1] == pytest.approx(4)
    data = load_dataset("gaussians-ring", plane=asked)
    found = modes_found(data.examples.double().numpy(), modes)
    assert found.covered == data.class_count == 5 and found.divergence < 2e-3


def test_the_mixtures_are_those_that_say_so():
    assert [toy.name for toy in MIXTURES] == ["gaussians-ring", "gaussians-grid"]


def test_a_collapsed_generator_has_one_mode_and_the_divergence_of_its_weight():
    modes = Modes(np.array([[0.0, 0.0], [1.0, 0.0]]), 0.1, np.array([0.25, 0.75]))
    found = modes_found(np.zeros((10, 2)), modes)
    assert (found.covered, found.good) == (1, 1)
    assert found.divergence == pytest.approx(math.log(4), rel=1e-12)


def test_points_beyond_three_deviations_are_of_no_mode():
    modes = Modes(np.zeros((1, 2)), 0.1, np.ones(1))
    found = modes_found(np.array([[0.29, 0.0], [0.31, 0.0]]), modes)
    assert (found.covered, found.good) == (1, 0.5)
    nothing = modes_found(np.array([[5.0, 5.0]]), modes)
    assert (nothing.covered, nothing.good, nothing.divergence) == (0, 0, math.inf)
