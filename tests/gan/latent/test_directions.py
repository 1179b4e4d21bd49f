"""Directions are those of the generator's first layer."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
from tiny import tiny
from torch import nn

from ganlab.gan.latent import (
    DIRECTIONS,
    DirectionsName,
    Space,
    arithmetic,
    mean_difference,
    principal_directions,
)
from ganlab.gan.networks import NETWORKS, Generator, build_generator


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


def linear(weight: torch.Tensor, *body: nn.Module) -> Generator:
    units, z_dim = weight.shape
    generator = Generator(z_dim, (units,), nn.Sequential(*body))
    generator.first.weight.data.copy_(weight)
    return generator.requires_grad_(False)


@pytest.mark.parametrize("space", [Space(12), Space(12, "uniform", 0.4)], ids=str)
@pytest.mark.parametrize("kind", ["activations", "weights"])
def test_of_a_linear_generator_the_known_directions_are_recovered(kind, space: Space):
    """W = U diag(values) Vᵀ: V's columns are the directions, values² their variances."""
    left, _ = torch.linalg.qr(normal(50, 12, seed=10).double())
    right, _ = torch.linalg.qr(normal(12, 12, seed=11).double())
    values = torch.linspace(4, 0.5, 12).double()
    found = DIRECTIONS[kind](linear((left * values @ right.T).float()), space, count=6)
    signs = (found.moves.double() * right.T[:6]).sum(1, keepdim=True).sign()
    assert torch.allclose(found.moves.double() * signs / space.deviation, right.T[:6], atol=1e-5)
    assert found.shares == pytest.approx((values.square() / values.square().sum())[:6].tolist(), abs=1e-5)


def test_activation_directions_see_the_norm_and_the_relu_that_weights_do_not():
    """z₀ moves the layer's outputs most, but the norm scales that away, and the ReLU lets nothing of z₁ through."""
    weight = torch.tensor([[9.0, 0.0, 0.0], [0.0, 5.0, 0.0], [0.0, 0.0, 1.0]])
    norm = nn.BatchNorm1d(3).eval().requires_grad_(False)
    norm.weight.copy_(torch.tensor([0.1, 1.0, 3.0]))
    norm.bias.copy_(torch.tensor([0.0, -99.0, 0.0]))
    generator = linear(weight, norm, nn.ReLU(), nn.Linear(3, 2))
    by_weights, by_activations = (DIRECTIONS[kind](generator, Space(3), count=2) for kind in ("weights", "activations"))
    assert by_weights.moves.abs().argmax(1).tolist() == [0, 1]
    assert by_activations.moves.abs().argmax(1).tolist() == [2, 0]


def test_raw_directions_are_the_numbers_of_z_that_matter_most():
    found = DIRECTIONS["raw"](linear(torch.tensor([[1.0, 0.0, 3.0], [0.0, 2.0, 0.0]])), Space(3), count=2)
    assert found.names == ("z 2", "z 1")
    assert found.moves.tolist() == [[0, 0, 1], [0, 1, 0]]
    assert found.shares == pytest.approx((9 / 14, 4 / 14))


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("network", ["dcgan", "resnet", "mlp"])
@pytest.mark.parametrize("kind", DIRECTIONS)
def test_shares_fall_and_sum_to_at_most_1_whatever_stands_behind_the_first_layer(kind, network, conditional: bool):
    config = tiny(network=network, z_dim=9, conditional=conditional, norm_g="batch", prior="uniform")
    side = NETWORKS[network].sizes[-1] if len(NETWORKS[network].sizes) == 1 else 32
    generator = build_generator(config, (1, side, side), class_count=4)
    for weight in generator.state_dict().values():
        weight.copy_(normal(*weight.shape, 1).squeeze(-1).abs() + 0.1)
    generator.first.weight.copy_(normal(*generator.first.weight.shape))
    found = DIRECTIONS[kind](generator, Space(9, "uniform", 0.5))
    assert found.moves.shape == (min(8, generator.first.out_features), 9) or kind == "raw"
    assert torch.allclose(found.moves.norm(dim=1), torch.tensor(0.5 / 3**0.5))
    assert list(found.shares) == sorted(found.shares, reverse=True)
    assert 0 < sum(found.shares) <= 1
    assert torch.equal(found.moves, DIRECTIONS[kind](generator, Space(9, "uniform", 0.5)).moves)


def test_a_mean_difference_leads_from_one_kind_to_the_other():
    space = Space(3, "uniform", 0.5)
    lack = torch.tensor([[0.0, 1.0, 0.0], [0.0, -1.0, 0.0]])
    have = torch.tensor([[4.0, 2.0, 0.0], [2.0, -2.0, 0.0]])
    assert mean_difference(have, lack, space).tolist() == pytest.approx([space.deviation, 0, 0])
    assert torch.equal(mean_difference(lack, have, space), -mean_difference(have, lack, space))
    assert not mean_difference(have, have, space).any()


def test_arithmetic_adds_and_subtracts_means():
    woman, smiling, man = (torch.tensor(rows) for rows in ([[0.0, 2.0], [0.0, 4.0]], [[1.0, 3.0]], [[5.0, 0.0]]))
    assert arithmetic([smiling, man], [woman]).tolist() == [6, 0]
    long = [normal(3, 900, seed=seed) for seed in range(3)]
    assert arithmetic(long[:2], long[2:]).norm().item() == pytest.approx(30, rel=0.1), "as long as a sample"


def test_the_kinds_of_directions_are_those_that_are_named():
    assert tuple(DIRECTIONS) == get_args(DirectionsName)
