"""Losses against numbers worked out by hand, gradients included."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from ganlab.config import field_choices
from ganlab.gan.losses import LOSSES, d_log, d_wasserstein, g_non_saturating, g_wasserstein

REAL, FAKE = [2.0, -1.0, 0.5], [0.3, -4.0, 1.0]


def scores(values: list[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def slope(loss: Tensor, at: Tensor) -> list[float]:
    return torch.autograd.grad(loss, at)[0].tolist()


def approx(expected: float | list[float]):
    return pytest.approx(expected, rel=1e-10, abs=1e-10)


def test_the_table_has_the_rows_that_the_config_names():
    assert tuple(LOSSES) == field_choices("loss")


def test_wasserstein_by_hand():
    real, fake = scores(REAL), scores(FAKE)
    loss = d_wasserstein(real=real, fake=fake)
    assert loss.item() == approx(-0.9 - 0.5)
    assert slope(d_wasserstein(real=real, fake=fake), real) == approx([-1 / 3] * 3)
    assert slope(loss, fake) == approx([1 / 3] * 3)
    assert g_wasserstein(fake=fake).item() == approx(0.9)
    assert slope(g_wasserstein(fake=fake), fake) == approx([-1 / 3] * 3)


def test_the_discriminators_log_loss_by_hand():
    real, fake = scores(REAL), scores(FAKE)
    by_hand = -sum(math.log(sigmoid(x)) for x in REAL) / 3 - sum(math.log(1 - sigmoid(x)) for x in FAKE) / 3
    assert d_log(real=real, fake=fake).item() == approx(by_hand)
    assert slope(d_log(real=real, fake=fake), real) == approx([-sigmoid(-x) / 3 for x in REAL])
    assert slope(d_log(real=real, fake=fake), fake) == approx([sigmoid(x) / 3 for x in FAKE])


def test_a_blind_discriminator_loses_2_log_2():
    nothing = scores([0.0, 0.0])
    assert d_log(real=nothing, fake=nothing).item() == approx(2 * math.log(2))
    assert g_non_saturating(fake=nothing).item() == approx(math.log(2))


def test_the_non_saturating_loss_by_hand():
    fake = scores(FAKE)
    assert g_non_saturating(fake=fake).item() == approx(-sum(math.log(sigmoid(x)) for x in FAKE) / 3)


def test_the_non_saturating_slope_per_score_is_minus_sigma_of_minus_the_score():
    fake = scores(FAKE)
    found = slope(g_non_saturating(fake=fake), fake)
    assert found == approx([-sigmoid(-x) / 3 for x in FAKE])
    saturating = [-sigmoid(x) / 3 for x in FAKE]
    assert all(abs(a - b) > 0.01 for a, b in zip(found, saturating, strict=True)), "these scores tell the two apart"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_non_saturating_loss_does_not_saturate_far_out(dtype: torch.dtype):
    fake = torch.tensor([-120.0], dtype=dtype, requires_grad=True)
    loss = g_non_saturating(fake=fake)
    assert loss.item() == pytest.approx(120)
    assert slope(loss, fake) == pytest.approx([-1], rel=1e-6)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("extreme", [-120.0, 120.0])
def test_far_out_scores_give_finite_losses_and_slopes(name, extreme: float):
    loss = LOSSES[name]
    real = torch.tensor([extreme, 1.0], requires_grad=True)
    fake = torch.tensor([-extreme, 2.0], requires_grad=True)
    for value, at in ((loss.d(real=real, fake=fake), real), (loss.g(fake=fake), fake)):
        assert value.isfinite()
        assert torch.autograd.grad(value, at)[0].isfinite().all()


@pytest.mark.parametrize("name", LOSSES)
def test_scores_cannot_be_swapped_by_position(name):
    with pytest.raises(TypeError, match="positional"):
        LOSSES[name].d(torch.zeros(2), torch.ones(2))
    with pytest.raises(TypeError, match="positional"):
        LOSSES[name].g(torch.zeros(2))


@pytest.mark.parametrize("name", LOSSES)
def test_each_side_gains_by_what_it_wants(name):
    """D: real up, fake down. G: fake up."""
    loss = LOSSES[name]
    low, high = torch.tensor([-1.0, 0.0]), torch.tensor([0.5, 2.0])
    assert loss.d(real=high, fake=low) < loss.d(real=low, fake=low) < loss.d(real=low, fake=high)
    assert loss.g(fake=high) < loss.g(fake=low)


@pytest.mark.parametrize("name", LOSSES)
def test_a_row_names_its_series_once_and_says_what_is_healthy(name):
    loss = LOSSES[name]
    named = [series.name for chart in loss.charts for series in chart.series]
    assert len(named) == len(set(named))
    assert {"loss_d", "loss_g"} <= set(named)
    assert all(chart.healthy and chart.unit for chart in loss.charts)
    assert all(series.meaning.endswith((".", ")")) for chart in loss.charts for series in chart.series)
    assert loss.d_title == ("critic" if name == "wasserstein" else "discriminator")
