"""Gaussian coordinates: there and back, and normal whatever the prior."""

from __future__ import annotations

import pytest
import torch

from ganlab.gan.latent import Space

SPACES = [Space(6), Space(6, "uniform", 1.0), Space(6, "uniform", 0.2)]


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_gaussian_coordinates_lead_back_and_are_normal(space: Space):
    latents = space.of_seed(1, 4000)
    coordinates = space.to_gaussian(latents)
    assert torch.allclose(space.from_gaussian(coordinates), latents, atol=1e-6)
    assert coordinates.mean().abs() < 0.02
    shares = torch.tensor([0.01, 0.16, 0.5, 0.84, 0.99])
    assert torch.allclose(torch.quantile(coordinates.flatten(), shares), torch.special.ndtri(shares), atol=0.06)
    assert latents.std().item() == pytest.approx(space.deviation, rel=0.02)


def test_the_edge_of_a_uniform_prior_and_what_lies_outside_stay_finite():
    space = Space(4, "uniform", 0.5)
    edge = torch.tensor([-0.5, 0.5, 9.0, -9.0])
    assert space.to_gaussian(edge).tolist() == [-5, 5, 5, -5]
    assert torch.allclose(space.from_gaussian(space.to_gaussian(edge)), edge.clamp(-0.5, 0.5), atol=1e-6)


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_truncated_latents_are_those_of_a_narrower_prior(space: Space):
    latents = space.of_seed(2, 3000)
    assert torch.equal(space.truncated(latents, 1.0), latents)
    assert not space.truncated(latents, 0.0).any()
    half = space.truncated(latents, 0.5)
    assert half.std().item() == pytest.approx(space.deviation / 2, rel=0.02)
    if space.prior == "uniform":
        assert half.abs().max() <= space.half_width / 2
