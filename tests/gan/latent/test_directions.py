"""Directions are those of the generator's first layer."""

from __future__ import annotations

import pytest
import torch
from tiny import tiny
from torch import nn

from ganlab.gan.latent import Directions, move, principal_directions
from ganlab.gan.networks import NETWORKS, build_generator


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


class FirstLayer(nn.Module):
    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        self.first = nn.Linear(weight.shape[1], weight.shape[0])
        self.first.weight.data.copy_(weight)


def test_directions_are_those_of_most_variance_in_order():
    """W stretches z₂ by 3, z₀ by 2 and drops z₁: the directions are e₂ and e₀, shares 9/13 and 4/13."""
    weight = torch.tensor([[2.0, 0.0, 0.0], [0.0, 0.0, 3.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    found = principal_directions(FirstLayer(weight), "normal", 1.0, count=2)
    assert torch.allclose(found.moves, torch.tensor([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]), atol=1e-6)
    assert found.shares == pytest.approx((9 / 13, 4 / 13))
    uniform = principal_directions(FirstLayer(weight), "uniform", 0.6, count=2)
    assert torch.allclose(uniform.moves, found.moves * 0.6 / 3**0.5, atol=1e-6), "one standard deviation"


def test_directions_are_at_right_angles_as_many_as_asked_and_keep_their_sign():
    weight = normal(40, 6, seed=4)
    found = principal_directions(FirstLayer(weight), "normal", 1.0, count=4)
    assert torch.allclose(found.moves @ found.moves.T, torch.eye(4), atol=1e-5)
    assert list(found.shares) == sorted(found.shares, reverse=True)
    nudged = principal_directions(FirstLayer(weight + 1e-4 * normal(40, 6, seed=5)), "normal", 1.0, count=4)
    assert ((found.moves * nudged.moves).sum(1) > 0.99).all(), "no slider flips between snapshots"
    assert len(principal_directions(FirstLayer(normal(40, 2)), "normal", 1.0).moves) == 2


@pytest.mark.parametrize("shape", [(512, 32), (6, 20), (40, 40)])
def test_directions_are_the_right_singular_vectors(shape: tuple[int, int]):
    """Against the singular value decomposition of the whole matrix, up to sign."""
    weight = normal(*shape, seed=6)
    _, values, right = torch.linalg.svd(weight.double(), full_matrices=False)
    found = principal_directions(FirstLayer(weight), "normal", 1.0)
    count = min(8, *shape)
    assert found.moves.shape == (count, shape[1])
    along = (found.moves.double() * right[:count]).sum(1).abs()
    assert torch.allclose(along, torch.ones_like(along), atol=1e-5)
    assert found.shares == pytest.approx((values.square() / values.square().sum())[:count].tolist(), abs=1e-5)


def test_a_conditional_generator_s_directions_are_among_the_columns_of_z():
    config = tiny(conditional=True, z_dim=5)
    generator = build_generator(config, (1, 16, 16), class_count=3)
    generator.first.weight.data.copy_(normal(*generator.first.weight.shape, seed=7) * 9)
    generator.first.weight.data[:, :5] = normal(generator.first.out_features, 5, seed=8)
    found = principal_directions(generator, "normal", 1.0)
    alone = principal_directions(FirstLayer(generator.first.weight[:, :5]), "normal", 1.0)
    assert found.moves.shape == (5, 5)
    assert torch.equal(found.moves, alone.moves) and found.shares == alone.shares


def test_a_generator_of_any_network_has_directions():
    for name, row in NETWORKS.items():
        generator = build_generator(tiny(network=name, norm_g="spectral"), (1, row.sizes[-1], row.sizes[-1]))
        for weight in generator.state_dict().values():
            weight.copy_(normal(*weight.shape))
        assert principal_directions(generator, "normal", 1.0).moves.shape == (3, 3)


def test_a_move_adds_up_and_leaves_the_latents_it_was_given():
    directions = Directions(torch.tensor([[1.0, 0.0, 0.0], [0.0, 2.0, 0.0]]), (0.7, 0.3))
    latents = torch.zeros(2, 3)
    moved = move(latents, directions, {0: 0.5, 1: -1.0, 9: 4.0}, {2: 0.25, 0: 1.0, 3: 8.0, -1: 8.0})
    assert moved.tolist() == [[1.5, -2.0, 0.25]] * 2
    assert not latents.any()
