"""Priors draw what they say, from the generator they are given."""

from __future__ import annotations

import pytest
import torch

from ganlab.config import SETTINGS
from ganlab.gan.priors import PRIORS


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_table_has_the_rows_that_the_config_names():
    assert tuple(PRIORS) == SETTINGS["prior"].choices


@pytest.mark.parametrize("name", PRIORS)
def test_a_draw_has_its_shape_and_follows_its_generator(name):
    draw = PRIORS[name].draw
    drawn = draw(3, 5, 1.0, rng(4))
    assert drawn.shape == (3, 5) and drawn.dtype == torch.float32
    assert torch.equal(drawn, draw(3, 5, 1.0, rng(4)))
    assert not torch.equal(drawn, draw(3, 5, 1.0, rng(5)))


def test_normal_has_mean_0_and_variance_1_whatever_the_half_width():
    drawn = PRIORS["normal"].draw(200, 100, 0.2, rng())
    assert drawn.mean().item() == pytest.approx(0, abs=0.03)
    assert drawn.var().item() == pytest.approx(1, abs=0.05)
    assert drawn.abs().max() > 2.5


@pytest.mark.parametrize("half_width", [0.2, 1.0, 3.0])
def test_uniform_fills_its_half_width_on_both_sides(half_width: float):
    drawn = PRIORS["uniform"].draw(200, 100, half_width, rng())
    assert drawn.abs().max().item() <= half_width
    assert drawn.min().item() < -0.99 * half_width and drawn.max().item() > 0.99 * half_width
    assert drawn.var().item() == pytest.approx(half_width**2 / 3, rel=0.05)
    assert PRIORS["uniform"].spread(half_width) == half_width
