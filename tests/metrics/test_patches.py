"""The sliced Wasserstein distance: exact for shifts, and what it cannot see."""

from __future__ import annotations

import math

import pytest
import torch

from ganlab.metrics.patches import levels_of, patches, sliced_distance


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_shift_in_the_plane_is_2_over_pi_of_its_length():
    points = torch.randn(500, 2, generator=rng())
    found = [sliced_distance(points, points + torch.tensor([0.6, 0.8]), rng(seed)) for seed in range(8)]
    assert sum(found) / 8 == pytest.approx(1e3 * 2 / math.pi, rel=0.02)


def test_a_set_is_at_0_from_itself_in_any_order():
    points = torch.randn(300, 49, generator=rng())
    assert sliced_distance(points, points.flip(0), rng()) == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(("size", "levels"), [(16, 1), (28, 1), (32, 2), (64, 3), (256, 5)])
def test_there_is_a_level_for_each_halving_down_to_16_pixels(size: int, levels: int):
    found = patches(torch.randn(2, 3, size, size, generator=rng()), rng())
    assert len(found) == levels == levels_of(size)
    assert {tuple(level.shape) for level in found} == {(2 * 128, 3 * 49)}


def test_many_images_have_fewer_patches_each():
    (found,) = patches(torch.randn(2000, 1, 16, 16, generator=rng()), rng())
    assert len(found) == 2000 * (2**17 // 2000)


def test_images_taken_in_parts_have_the_moments_of_all():
    images = torch.cat([torch.rand(1000, 1, 16, 16, generator=rng()), torch.full((10, 1, 16, 16), -1.0)])
    (found,) = patches(images, rng())
    assert float(found.mean()) == pytest.approx(0, abs=1e-3)
    assert float(found.std()) == pytest.approx(1, abs=1e-3)


def test_brightness_and_contrast_make_no_distance():
    images = torch.randn(20, 1, 16, 16, generator=rng())
    (one,), (other,) = patches(images, rng()), patches(0.3 * images + 0.5, rng())
    assert torch.allclose(one, other, atol=1e-4)


def test_constant_images_are_finite():
    (found,) = patches(torch.zeros(4, 1, 16, 16), rng())
    assert found.isfinite().all()


def test_the_pyramid_of_an_odd_size_loses_no_pixel():
    found = patches(torch.randn(3, 1, 50, 50, generator=rng()), rng())
    assert len(found) == levels_of(50)
