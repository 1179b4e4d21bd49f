"""The plane of seeds: the same for all, without seams, and everywhere as typical of the prior as at its seeds."""

from __future__ import annotations

import pytest
import torch

from ganlab.gan.latent import Space, latent_at, mixed, pad_corners, seed_at

SPACES = [Space(6), Space(6, "uniform", 1.0), Space(6, "uniform", 0.2)]


@pytest.mark.parametrize("space", SPACES, ids=str)
@pytest.mark.parametrize(("x", "y"), [(0, 0), (3, 2), (-1, 0), (0, -4), (-7, 250)])
def test_whole_places_hold_the_first_latent_of_their_seed(space: Space, x: int, y: int):
    assert torch.allclose(latent_at(x, y, space), space.of_seed(seed_at(x, y))[0], atol=1e-6)


def test_seeds_are_easy_to_read_off_and_never_out_of_range():
    assert [seed_at(*place) for place in ((0, 0), (5, 0), (5, 3))] == [0, 5, 305]
    assert len({seed_at(x, y) for x in range(100) for y in range(100)}) == 10_000
    assert max(seed_at(x, y) for x in range(-3, 4) for y in range(-3, 4)) == 303, "around seed 0"
    assert all(0 <= seed_at(x, y) < 2**31 for x in (-1, -(10**9), 10**9) for y in (-1, 10**9, -(10**9)))


@pytest.mark.parametrize("space", SPACES, ids=str)
@pytest.mark.parametrize("edge", [-3.0, 0.0, 1.0, 8.0])
def test_there_is_no_seam_between_cells(space: Space, edge: float):
    for off in (0.0, 0.3, 0.999):
        left, right = (latent_at(edge + step, 2 + off, space) for step in (-1e-5, 1e-5))
        above, below = (latent_at(2 + off, edge + step, space) for step in (-1e-5, 1e-5))
        assert (left - right).abs().max() < 3e-4 * space.deviation
        assert (above - below).abs().max() < 3e-4 * space.deviation
    assert (latent_at(edge, 2, space) - latent_at(edge + 0.3, 2, space)).abs().max() > 0.01 * space.deviation


@pytest.mark.parametrize("space", [Space(20_000), Space(20_000, "uniform", 0.5)], ids=str)
@pytest.mark.parametrize("place", [(0.5, 0.5), (0.25, 0.5), (4.1, 7.0)])
def test_every_place_is_a_sample_of_the_prior(space: Space, place: tuple[float, float]):
    """Shape, not length alone: the quantiles are those of the prior."""
    latent = space.to_gaussian(latent_at(*place, space))
    shares = torch.tensor([0.05, 0.25, 0.5, 0.75, 0.95])
    assert torch.allclose(torch.quantile(latent, shares), torch.special.ndtri(shares), atol=0.05)


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_a_page_that_has_the_corners_can_mix_alone(space: Space):
    corners = pad_corners(-2, 3, 4, 3, space)
    assert corners.shape == (3, 4, 6)
    alone = mixed(corners[1:3, 2:4], 0.75, 0.5, space)
    assert torch.equal(alone, latent_at(0.75, 4.5, space))
