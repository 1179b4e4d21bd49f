"""Penalties: per sample, at the points they name, differentiable, and against numbers worked out by hand."""

from __future__ import annotations

import math
from functools import partial

import pytest
import torch
from torch import Tensor, nn

from ganlab.config import SETTINGS, SLOPE_PENALTIES, TrainConfig, parse_config
from ganlab.gan.penalties import PENALTIES, Draw, clip_weights, dragan, gradient_penalty, penalise, r1, r1_and_r2, r2

normal_gradient_penalty = partial(gradient_penalty, interpolation="normal")
#: Penalty → its value for a critic of one slope s everywhere.
OF_A_SLOPE = {
    gradient_penalty: lambda s: (s - 1) ** 2,
    normal_gradient_penalty: lambda s: (s - 1) ** 2,
    dragan: lambda s: (s - 1) ** 2,
    r1: lambda s: s**2 / 2,
    r2: lambda s: s**2 / 2,
    r1_and_r2: lambda s: s**2,
}
ADDED = [name for name, row in PENALTIES.items() if row.value is not None]


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
    assert tuple(PENALTIES) == SETTINGS["penalty"].choices


@pytest.mark.parametrize("penalty", OF_A_SLOPE)
@pytest.mark.parametrize("shape", [(2,), (1, 5, 5), (3, 4, 6), (4, 3, 3)])
@pytest.mark.parametrize("length", [0.5, 1.0, 5.0])
def test_penalty_of_a_linear_critic_depends_only_on_its_slope(penalty, shape: tuple[int, ...], length: float):
    slope = normal(*shape, seed=2)
    slope *= length / slope.norm()
    real, fake = normal(7, *shape, seed=3), normal(7, *shape, seed=4) * 3 + 1
    found = penalty(lambda x: (x * slope).flatten(1).sum(1) + 8, real=real, fake=fake, draw=Draw(rng()))
    assert found.shape == ()
    assert found.item() == pytest.approx(OF_A_SLOPE[penalty](length), abs=1e-12)


@pytest.mark.parametrize("penalty", OF_A_SLOPE)
def test_the_norm_is_per_sample(penalty):
    """Slopes 3, 1 and 0.2 give the mean of 4, 0 and 0.64; one norm over the batch would give (√10.04 − 1)² / …"""
    slopes = [3.0, 1.0, 0.2]
    steepness = torch.tensor(slopes, dtype=torch.float64)
    found = penalty(lambda x: x[:, 0] * steepness, real=normal(3, 2), fake=normal(3, 2, seed=5), draw=Draw(rng()))
    assert found.item() == pytest.approx(sum(OF_A_SLOPE[penalty](s) for s in slopes) / 3)


@pytest.mark.parametrize("penalty", OF_A_SLOPE)
def test_one_samples_slope_does_not_change_anothers_term(penalty):
    """d(penalty)/d(steepness of sample i) depends on sample i alone: its own term's derivative at 3, over N."""
    for other in (0.1, 40.0):
        steepness = torch.tensor([3.0, other], dtype=torch.float64, requires_grad=True)
        found = penalty(
            lambda x, s=steepness: x[:, 0] * s, real=normal(2, 4), fake=normal(2, 4, seed=6), draw=Draw(rng())
        )
        (slope,) = torch.autograd.grad(found, steepness)
        term = OF_A_SLOPE[penalty]
        assert slope[0].item() == pytest.approx((term(3 + 1e-6) - term(3 - 1e-6)) / 2e-6 / 2)


def quadratic(x: Tensor, w: Tensor) -> Tensor:
    """½ Σ w x²: its slope at x is w x, so that every penalty is a sum that can be written down."""
    return (x.square() @ w) / 2


REAL, FAKE = [[1.0, -2.0], [0.5, 3.0], [-1.25, 0.25]], [[-0.5, 1.0], [2.0, -0.75], [4.0, 1.5]]
WEIGHTS = [0.8, -1.3]


def half_mean_square(points: list[list[float]]) -> tuple[float, list[float]]:
    """½ mean |w x|² by hand, and its slope for each w: w mean x²."""
    value = sum((w * x) ** 2 for point in points for w, x in zip(WEIGHTS, point, strict=True)) / len(points) / 2
    slopes = [w * sum(point[i] ** 2 for point in points) / len(points) for i, w in enumerate(WEIGHTS)]
    return value, slopes


def mean_distance_from_one(points: list[list[float]]) -> tuple[float, list[float]]:
    """mean (|w x| − 1)² by hand, and its slope for each w: mean 2 (|w x| − 1) w x² / |w x|."""
    norms = [math.hypot(*(w * x for w, x in zip(WEIGHTS, point, strict=True))) for point in points]
    value = sum((norm - 1) ** 2 for norm in norms) / len(points)
    slopes = [
        sum(2 * (norm - 1) * w * point[i] ** 2 / norm for norm, point in zip(norms, points, strict=True)) / len(points)
        for i, w in enumerate(WEIGHTS)
    ]
    return value, slopes


def value_and_slopes(penalty, **options) -> tuple[float, list[float], list[list[float]]]:
    """On the quadratic critic: value, slopes for its weights, and the points where it was asked last."""
    w = torch.tensor(WEIGHTS, dtype=torch.float64, requires_grad=True)
    critic = Watched(lambda x: quadratic(x, w))
    real, fake = torch.tensor(REAL, dtype=torch.float64), torch.tensor(FAKE, dtype=torch.float64)
    found = penalty(critic, real=real, fake=fake, draw=Draw(rng(5)), **options)
    return found.item(), torch.autograd.grad(found, w)[0].tolist(), critic.asked.tolist()


@pytest.mark.parametrize(("penalty", "points"), [(r1, [REAL]), (r2, [FAKE]), (r1_and_r2, [REAL, FAKE])])
def test_penalties_around_zero_by_hand(penalty, points: list[list[list[float]]]):
    value, slopes, _ = value_and_slopes(penalty)
    terms = [half_mean_square(each) for each in points]
    assert value == pytest.approx(sum(term[0] for term in terms), rel=1e-10)
    assert slopes == pytest.approx([sum(term[1][i] for term in terms) for i in range(2)], rel=1e-10)


@pytest.mark.parametrize("penalty", [gradient_penalty, normal_gradient_penalty, dragan])
def test_penalties_around_one_by_hand(penalty):
    value, slopes, points = value_and_slopes(penalty)
    expected = mean_distance_from_one(points)
    assert value == pytest.approx(expected[0], rel=1e-10)
    assert slopes == pytest.approx(expected[1], rel=1e-10)


def test_the_articles_weights_are_normal_and_leave_the_segments():
    count = 4000
    real, fake = torch.zeros(count, 2, dtype=torch.float64), torch.ones(count, 2, dtype=torch.float64)
    critic = Watched(lambda x: x.sum(1))
    normal_gradient_penalty(critic, real=real, fake=fake, draw=Draw(rng()))
    weights = critic.asked
    assert torch.equal(weights[:, 0], weights[:, 1]), "one weight for all of a sample"
    ordered = weights[:, 0].sort().values
    below = torch.tensor([(1 + math.erf(x / math.sqrt(2))) / 2 for x in ordered.tolist()], dtype=torch.float64)
    assert (below - torch.linspace(0, 1, count, dtype=torch.float64)).abs().max() < 0.03
    inside = ((ordered >= 0) & (ordered <= 1)).double().mean()
    assert 0.30 < inside < 0.38, "a third, as N(0, 1) has between 0 and 1"


@pytest.mark.parametrize("shape", [(2,), (3, 4, 4)])
def test_dragan_looks_around_reals_half_a_deviation_of_the_batch_away(shape: tuple[int, ...]):
    real = normal(2000, *shape) * 3 + 5
    critic = Watched(lambda x: x.flatten(1).sum(1))
    dragan(critic, real=real, fake=real * math.nan, draw=Draw(rng()))
    noise = (critic.asked - real).flatten()
    values = real.flatten().tolist()
    centre = math.fsum(values) / len(values)
    deviation = math.sqrt(math.fsum((x - centre) ** 2 for x in values) / len(values))
    assert noise.mean().item() == pytest.approx(0, abs=0.1)
    assert noise.std().item() == pytest.approx(deviation / 2, rel=0.03)
    assert len(noise.unique()) == len(noise), "every number of every sample has its own"


@pytest.mark.parametrize(("penalty", "unused"), [(r1, "fake"), (r2, "real")])
def test_r1_sees_reals_alone_and_r2_fakes(penalty, unused: str):
    seen = {"real": normal(4, 3), "fake": normal(4, 3, seed=2)}
    found = penalty(lambda x: x.pow(3).sum(1), **(seen | {unused: torch.full((4, 3), math.nan)}), draw=Draw(rng()))
    assert found.isfinite()
    assert found.item() == penalty(lambda x: x.pow(3).sum(1), **seen, draw=Draw(rng())).item()


@pytest.mark.parametrize("penalty", OF_A_SLOPE)
def test_a_flat_critic_has_a_finite_penalty_and_slope(penalty):
    weight = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    found = penalty(lambda x: x @ weight, real=normal(4, 3), fake=normal(4, 3, seed=2), draw=Draw(rng()))
    (slope,) = torch.autograd.grad(found, weight)
    assert found.item() == OF_A_SLOPE[penalty](0)
    assert slope.isfinite().all()


@pytest.mark.parametrize("shape", [(1,), (2, 3, 3)])
def test_points_lie_on_the_segments_one_uniform_weight_per_sample(shape: tuple[int, ...]):
    count = 4000
    real, fake = torch.zeros(count, *shape, dtype=torch.float64), torch.ones(count, *shape, dtype=torch.float64)
    critic = Watched(lambda x: x.flatten(1).sum(1))
    gradient_penalty(critic, real=real, fake=fake, draw=Draw(rng()))
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
    gradient_penalty(critic, real=real, fake=fake, draw=Draw(rng()))
    weight = (critic.asked - real) / (fake - real)
    assert weight[:, 0].tolist() == pytest.approx(weight[:, 1].tolist())
    assert (weight >= 0).all() and (weight <= 1).all()


@pytest.mark.parametrize("penalty", OF_A_SLOPE)
def test_the_points_follow_the_given_generator_and_no_other(penalty):
    real, fake = normal(5, 2), normal(5, 2, seed=9)

    def found(seed: int) -> float:
        return penalty(lambda x: x.pow(3).sum(1), real=real, fake=fake, draw=Draw(rng(seed))).item()

    before = torch.get_rng_state()
    assert found(1) == found(1)
    assert (found(1) != found(2)) == (penalty in (gradient_penalty, normal_gradient_penalty, dragan))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("penalty", OF_A_SLOPE)
def test_the_gradient_for_the_critics_weights_is_that_of_finite_differences(penalty):
    weight = normal(3, 4, seed=10) * 0.7
    head = normal(4, seed=11)
    real, fake = normal(5, 3, seed=12), normal(5, 3, seed=13)

    def value(w: Tensor) -> Tensor:
        return penalty(lambda x: torch.tanh(x @ w) @ head, real=real, fake=fake, draw=Draw(rng(3)))

    w = weight.clone().requires_grad_()
    (slope,) = torch.autograd.grad(value(w), w)
    step = 1e-6
    for row in range(3):
        for column in range(4):
            ahead, behind = weight.clone(), weight.clone()
            ahead[row, column] += step
            behind[row, column] -= step
            expected = (value(ahead) - value(behind)).item() / (2 * step)
            assert slope[row, column].item() == pytest.approx(expected, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("penalty", OF_A_SLOPE)
def test_no_gradient_reaches_the_images(penalty):
    real, fake = normal(3, 2).requires_grad_(), normal(3, 2, seed=14).requires_grad_()
    weight = normal(2, seed=15).requires_grad_()
    found = penalty(lambda x: (x * x) @ weight, real=real, fake=fake, draw=Draw(rng()))
    slopes = torch.autograd.grad(found, [real, fake, weight], allow_unused=True)
    assert slopes[0] is None and slopes[1] is None
    assert slopes[2] is not None and slopes[2].abs().sum() > 0


@pytest.mark.parametrize("name", ADDED)
def test_real_and_fake_cannot_be_swapped_by_position(name):
    value = PENALTIES[name].value
    assert value is not None
    with pytest.raises(TypeError, match="positional"):
        value(lambda x: x.sum(1), torch.zeros(2, 2), torch.ones(2, 2), draw=Draw(rng()))


def test_clipping_bounds_every_weight_and_leaves_those_within():
    net = nn.Linear(2, 2)
    with torch.no_grad():
        net.weight.copy_(torch.tensor([[0.5, -0.03], [0.009, -7.0]]))
        net.bias.copy_(torch.tensor([-0.2, 0.01]))
    clip_weights(net, 0.04)
    assert [round(w, 6) for w in net.weight.flatten().tolist()] == [0.04, -0.03, 0.009, -0.04]
    assert [round(w, 6) for w in net.bias.tolist()] == [-0.04, 0.01]
    assert net.weight.requires_grad and net.weight.grad_fn is None


def test_only_clipping_clips_and_what_adds_nothing_is_none():
    assert [name for name, row in PENALTIES.items() if row.clips] == ["clip"]
    asked = {"real": normal(3, 2), "fake": normal(3, 2, seed=2), "draw": Draw(rng())}
    for name, row in PENALTIES.items():
        added = penalise(parse_config({"penalty": name}), lambda x: x.sum(1), **asked)
        assert (added is None) == (row.value is None) == (name not in SLOPE_PENALTIES)


def test_a_config_finds_its_row_with_the_options_it_takes():
    real, fake = normal(3, 2), normal(3, 2, seed=2)

    def cubic(x: Tensor) -> Tensor:
        return x.pow(3).sum(1)

    def found(**settings) -> Tensor:
        value = penalise(parse_config(settings), cubic, real=real, fake=fake, draw=Draw(rng()))
        assert value is not None
        return value

    uniform, apart = found(penalty="gradient"), found(penalty="gradient", interpolation="normal")
    assert uniform == gradient_penalty(cubic, real=real, fake=fake, draw=Draw(rng()))
    assert apart == normal_gradient_penalty(cubic, real=real, fake=fake, draw=Draw(rng()))
    assert uniform != apart
    assert found(penalty="gradient", penalty_weight=3) == uniform, "not weighted yet"
    assert found(penalty="r1+r2", interpolation="normal") == found(penalty="r1") + found(penalty="r2")


@pytest.mark.parametrize("name", PENALTIES)
def test_a_row_is_complete(name):
    row = PENALTIES[name]
    assert row.title and row.explanation.endswith(".")
    assert (name == "none") == (not row.formula) == (not row.source)
    assert set(row.options) <= set(TrainConfig.model_fields)
