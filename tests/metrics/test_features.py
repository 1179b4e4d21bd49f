"""Distances and overlaps of features: exact values, bounds, and the traps that naive versions fall into."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
import torch
from torch import Tensor

from ganlab.metrics.features import (
    Moments,
    extrapolated,
    frechet_distance,
    inception_score,
    kernel_distance,
    kernels,
    manifold,
    moments,
    overlap,
)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(count: int, size: int, *, seed: int = 0) -> Tensor:
    return torch.randn(count, size, generator=rng(seed), dtype=torch.float64)


def gaussian(mean: float, deviation: float, size: int) -> Moments:
    return Moments(99, torch.full((size,), mean).double(), deviation**2 * torch.eye(size).double())


@pytest.mark.parametrize(
    ("mean", "deviation", "size"), [(1.0, 1.0, 2048), (0.0, 2.0, 7), (0.3, 0.5, 64), (2.0, 0.0, 5)]
)
def test_the_frechet_distance_of_round_gaussians_is_that_of_theory(mean: float, deviation: float, size: int):
    expected = size * mean**2 + size * (1 - deviation) ** 2
    assert frechet_distance(gaussian(0, 1, size), gaussian(mean, deviation, size)) == pytest.approx(expected, rel=1e-6)


def test_covariances_are_divided_by_n_less_one():
    real = torch.tensor([[2.0, 1.0]] * 50 + [[1.0, 1.0]] * 50)
    fake = torch.tensor([[9.0, 9.0]] * 50 + [[2.0, 9.0]] * 50)
    assert frechet_distance(moments(real), moments(fake)) == pytest.approx(89 + 9 / 99, rel=1e-6)


@pytest.mark.parametrize("count", [2, 10, 300])
def test_a_set_is_at_0_from_itself_also_with_fewer_than_dimensions(count: int):
    features = normal(count, 200) * 100
    assert frechet_distance(moments(features), moments(features.clone())) == 0
    again = frechet_distance(moments(features), moments(features.flip(0)))
    assert again == pytest.approx(0, abs=1e-3 * float(features.var()))
    assert (
        kernel_distance(kernels(features), kernels(features.clone())) < 0
    )  # without bias: pairs with themselves count


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_collapsed_fakes_and_few_of_them_have_a_finite_distance(scale: float):
    """Where the root of Σ₁Σ₂ by the usual way is complex or not a number."""
    real = normal(50, 128) * scale
    for fake in (torch.zeros(40, 128), torch.ones(2, 128) * scale, real[:2].float(), normal(40, 1).expand(-1, 128)):
        value = frechet_distance(moments(real), moments(fake))
        assert math.isfinite(value) and value > 0


def test_the_root_agrees_with_that_of_the_product():
    one, other = normal(90, 12) @ normal(12, 12, seed=1), normal(80, 12, seed=2) + 1
    from scipy.linalg import sqrtm

    first, second = moments(one), moments(other)
    root = np.real(sqrtm(first.covariance.numpy() @ second.covariance.numpy()))
    expected = (first.mean - second.mean).square().sum() + first.covariance.trace() + second.covariance.trace()
    assert frechet_distance(first, second) == pytest.approx(float(expected) - 2 * np.trace(root), rel=1e-9)


def test_sums_are_in_float64():
    """In float32 the mean of features around 1,000 is off by more than two equal sets are apart."""
    features = (1000 + normal(20_000, 4)).float()
    assert frechet_distance(moments(features), moments(features[torch.randperm(20_000, generator=rng())])) < 1e-6


def test_the_bias_of_n_falls_as_1_over_n_and_a_line_over_it_leads_back_to_0():
    """Own simulation for 64 dimensions: 9.35, 4.42, 2.21, 1.06 for N of 128, 256, 512, 1,024."""
    expected = {128: 9.35, 256: 4.42, 512: 2.21, 1024: 1.06}
    found = {
        count: sum(frechet_distance(gaussian(0, 1, 64), moments(normal(count, 64, seed=seed))) for seed in range(10))
        / 10
        for count in expected
    }
    assert found == pytest.approx(expected, rel=0.06)
    assert extrapolated(found) == pytest.approx(0, abs=0.3)
    assert extrapolated({10: 3 + 7 / 10, 20: 3 + 7 / 20, 50: 3 + 7 / 50}) == pytest.approx(3, rel=1e-12)


def test_the_kernel_distance_of_shifted_gaussians_is_that_of_theory():
    """3a + 3a² + a³ + 3a(2a + 1)/d + 6a/d² with a = |m|²/d: 1.328125 for d = 4 and |m| = 1."""
    found = [
        kernel_distance(kernels(normal(3000, 4, seed=seed)), kernels(normal(3000, 4, seed=50 + seed) + 0.5))
        for seed in range(5)
    ]
    assert np.mean(found) == pytest.approx(1.328125, abs=4 * float(np.std(found)) / math.sqrt(5) + 0.01)


def test_the_kernel_distance_is_all_pairs_and_unbiased():
    one, other = normal(6, 3), normal(5, 3, seed=1) + 0.2

    def kernel(a: Tensor, b: Tensor) -> float:
        return (float(a @ b) / 3 + 1) ** 3

    within = [
        np.mean([kernel(a, b) for i, a in enumerate(each) for j, b in enumerate(each) if i != j])
        for each in (one, other)
    ]
    between = np.mean([kernel(a, b) for a in one for b in other])
    assert kernel_distance(kernels(one), kernels(other)) == pytest.approx(sum(within) - 2 * between, rel=1e-9)
    none = [kernel_distance(kernels(normal(60, 8, seed=s)), kernels(normal(60, 8, seed=s + 999))) for s in range(60)]
    assert abs(np.mean(none)) < 4 * np.std(none) / math.sqrt(60)
    assert min(none) < 0


def test_one_distribution_has_density_1_and_the_coverage_of_theory():
    """E coverage = 1 − ∏ (N − i) / (N + M − i), i to k: 0.9693 for N = M = 400 and k = 5."""
    found = [
        overlap(manifold(normal(400, 8, seed=seed)), manifold(normal(400, 8, seed=seed + 99))) for seed in range(12)
    ]
    assert np.mean([each.coverage for each in found]) == pytest.approx(0.9693, abs=0.006)
    assert np.mean([each.density for each in found]) == pytest.approx(1, abs=0.03)


def test_precision_and_recall_are_not_swapped():
    """A tight cluster inside wide reals: what is made is good, and not all there is."""
    real, fake = 3 * normal(400, 16), 0.1 * normal(400, 16, seed=1)
    found = overlap(manifold(real), manifold(fake))
    assert found.precision > 0.8 and found.recall < 0.3
    turned = overlap(manifold(fake), manifold(real))
    assert (turned.precision, turned.recall) == (found.recall, found.precision)


def test_a_neighbourhood_of_copies_holds_nothing():
    """The rule is nearer than the radius: where both are 0, others who take "as near" call a collapse perfect."""
    real = normal(50, 4)
    copies = real[:1].expand(30, -1)
    found = overlap(manifold(real), manifold(copies))
    assert (found.precision, found.recall) == (1, 0)
    assert overlap(manifold(copies), manifold(copies)) == type(found)(0, 0, 0, 0)


def test_an_overlap_is_what_each_pair_says():
    real, fake = normal(30, 3), normal(25, 3, seed=1) * 1.3
    apart = torch.cdist(real, fake)
    radii = torch.cdist(real, real).sort().values[:, 5], torch.cdist(fake, fake).sort().values[:, 5]
    near = apart < radii[0][:, None]
    found = overlap(manifold(real), manifold(fake))
    assert found.precision == float(near.any(0).double().mean())
    assert found.recall == float((apart < radii[1]).any(1).double().mean())
    assert found.density == pytest.approx(float(near.sum(0).double().mean()) / 5, rel=1e-12)
    assert found.coverage == float(near.any(1).double().mean())


def test_no_part_that_is_held_at_once_has_influence(monkeypatch: pytest.MonkeyPatch):
    real, fake = normal(200, 6), normal(150, 6, seed=1) + 0.3
    whole = overlap(manifold(real), manifold(fake)), kernel_distance(kernels(real), kernels(fake))
    of_all = moments(real)
    monkeypatch.setattr("ganlab.metrics.features._AT_ONCE", 700)
    monkeypatch.setattr("ganlab.metrics.features._ROWS", 7)
    parts = overlap(manifold(real), manifold(fake)), kernel_distance(kernels(real), kernels(fake))
    assert parts[0] == whole[0]
    assert torch.allclose(moments(real).covariance, of_all.covariance, rtol=1e-12, atol=1e-14)
    assert torch.allclose(of_all.covariance, real.T.cov(), rtol=1e-12, atol=1e-14)
    assert parts[1] == pytest.approx(whole[1], rel=1e-9)


@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_sure_and_balanced_has_as_many_as_classes_and_constant_has_1(classes: int):
    sure = torch.eye(classes).repeat(3000 // classes, 1)
    assert inception_score(sure, rng(), splits=1) == pytest.approx(classes, rel=1e-6)
    assert inception_score(torch.full((500, classes), 1 / classes), rng()) == pytest.approx(1, rel=1e-12)
    assert inception_score(torch.eye(classes)[:1].expand(500, -1), rng()) == pytest.approx(1, rel=1e-12)


def test_sorted_images_do_not_lower_the_score():
    """In splits without shuffling each would have one class."""
    by_class = torch.eye(10).repeat_interleave(500, 0)
    assert inception_score(by_class, rng()) == pytest.approx(10, rel=0.01)


def test_neighbours_are_found_without_holding_all_distances(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ganlab.metrics.features._AT_ONCE", 20_000)
    tracemalloc.start()
    manifold(normal(1000, 6))
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 0 < held < 8 * 1000 * 1000 / 4
