"""The gradient penalty: per sample, at uniform points between real and fake, and differentiable."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from ganlab.config import field_choices
from ganlab.gan.penalties import PENALTIES, gradient_penalty


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(*shape: int, seed: int = 1, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(*shape, generator=rng(seed), dtype=dtype)


class Watched:
    """A critic that remembers where it was asked."""

    def __init__(self, critic) -> None:
        self.critic = critic
        self.asked = torch.empty(0)

    def __call__(self, images: Tensor) -> Tensor:
        self.asked = images.detach()
        return self.critic(images)


def test_the_table_has_the_rows_that_the_config_names():
    assert tuple(PENALTIES) == field_choices("penalty")


@pytest.mark.parametrize("shape", [(2,), (1, 5, 5), (3, 4, 6), (4, 3, 3)])
@pytest.mark.parametrize("length", [0.5, 1.0, 5.0])
def test_penalty_of_a_linear_critic_depends_only_on_its_slope(shape: tuple[int, ...], length: float):
    slope = normal(*shape, seed=2)
    slope *= length / slope.norm()
    real, fake = normal(7, *shape, seed=3), normal(7, *shape, seed=4) * 3 + 1
    found = gradient_penalty(lambda x: (x * slope).flatten(1).sum(1) + 8, real=real, fake=fake, rng=rng())
    assert found.shape == ()
    assert found.item() == pytest.approx((length - 1) ** 2, abs=1e-12)


def test_the_norm_is_per_sample():
    """Slopes 3, 1 and 0.2 give the mean of 4, 0 and 0.64; one norm over the batch would give (√10.04 − 1)² / …"""
    steepness = torch.tensor([3.0, 1.0, 0.2], dtype=torch.float64)
    found = gradient_penalty(lambda x: x[:, 0] * steepness, real=normal(3, 2), fake=normal(3, 2, seed=5), rng=rng())
    assert found.item() == pytest.approx((4 + 0 + 0.64) / 3)


def test_one_samples_slope_does_not_change_anothers_term():
    """d(penalty)/d(steepness of sample i) depends on sample i alone: 2 (s − 1) / N."""
    for other in (0.1, 40.0):
        steepness = torch.tensor([3.0, other], dtype=torch.float64, requires_grad=True)
        found = gradient_penalty(
            lambda x, s=steepness: x[:, 0] * s, real=normal(2, 4), fake=normal(2, 4, seed=6), rng=rng()
        )
        (slope,) = torch.autograd.grad(found, steepness)
        assert slope[0].item() == pytest.approx(2 * (3 - 1) / 2)


@pytest.mark.parametrize("shape", [(1,), (2, 3, 3)])
def test_points_lie_on_the_segments_one_uniform_weight_per_sample(shape: tuple[int, ...]):
    count = 4000
    real, fake = torch.zeros(count, *shape, dtype=torch.float64), torch.ones(count, *shape, dtype=torch.float64)
    critic = Watched(lambda x: x.flatten(1).sum(1))
    gradient_penalty(critic, real=real, fake=fake, rng=rng())
    weights = critic.asked.flatten(1)
    assert torch.equal(weights, weights[:, :1].expand_as(weights)), "one weight for all pixels of a sample"
    ordered = weights[:, 0].sort().values
    assert ordered[0] >= 0 and ordered[-1] <= 1
    assert len(ordered.unique()) > count * 0.99
    # Kolmogorov-Smirnov: at this size a uniform sample exceeds 0.03 once in 700 draws, and the seed is fixed.
    assert (ordered - torch.linspace(0, 1, count, dtype=torch.float64)).abs().max() < 0.03


def test_points_are_between_each_fake_and_its_own_real():
    real, fake = normal(6, 2, seed=7), normal(6, 2, seed=8) + 5
    critic = Watched(lambda x: x.sum(1))
    gradient_penalty(critic, real=real, fake=fake, rng=rng())
    weight = (critic.asked - real) / (fake - real)
    assert weight[:, 0].tolist() == pytest.approx(weight[:, 1].tolist())
    assert (weight >= 0).all() and (weight <= 1).all()


def test_the_points_follow_the_given_generator():
    real, fake = normal(5, 2), normal(5, 2, seed=9)

    def found(seed: int) -> float:
        return gradient_penalty(lambda x: x.pow(3).sum(1), real=real, fake=fake, rng=rng(seed)).item()

    assert found(1) == found(1) != found(2)


def test_the_gradient_for_the_critics_weights_is_that_of_finite_differences():
    weight = normal(3, 4, seed=10) * 0.7
    head = normal(4, seed=11)
    real, fake = normal(5, 3, seed=12), normal(5, 3, seed=13)

    def penalty(w: Tensor) -> Tensor:
        return gradient_penalty(lambda x: torch.tanh(x @ w) @ head, real=real, fake=fake, rng=rng(3))

    w = weight.clone().requires_grad_()
    (slope,) = torch.autograd.grad(penalty(w), w)
    step = 1e-6
    for row in range(3):
        for column in range(4):
            ahead, behind = weight.clone(), weight.clone()
            ahead[row, column] += step
            behind[row, column] -= step
            expected = (penalty(ahead) - penalty(behind)).item() / (2 * step)
            assert slope[row, column].item() == pytest.approx(expected, rel=1e-5, abs=1e-8)


def test_no_gradient_reaches_the_images():
    real, fake = normal(3, 2).requires_grad_(), normal(3, 2, seed=14).requires_grad_()
    weight = normal(2, seed=15).requires_grad_()
    found = gradient_penalty(lambda x: (x * x) @ weight, real=real, fake=fake, rng=rng())
    slopes = torch.autograd.grad(found, [real, fake, weight], allow_unused=True)
    assert slopes[0] is None and slopes[1] is None
    assert slopes[2] is not None and slopes[2].abs().sum() > 0


@pytest.mark.parametrize("name", [name for name, penalty in PENALTIES.items() if penalty is not None])
def test_real_and_fake_cannot_be_swapped_by_position(name):
    penalty = PENALTIES[name]
    assert penalty is not None
    with pytest.raises(TypeError, match="positional"):
        penalty(lambda x: x.sum(1), torch.zeros(2, 2), torch.ones(2, 2), rng=rng())
