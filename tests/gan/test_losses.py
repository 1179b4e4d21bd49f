"""Losses against numbers worked out by hand, gradients included."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import get_args

import pytest
import torch
from torch import Tensor

from ganlab.config import SETTINGS, LossName, TrainConfig, parse_config
from ganlab.config.names import UnpairedLossName
from ganlab.gan.losses import LOSSES, SHARED_CHARTS, Loss, loss_d, loss_g
from ganlab.gan.losses.functions import (
    d_hinge,
    d_least_squares,
    d_log,
    d_relativistic,
    d_wasserstein,
    g_hinge,
    g_least_squares,
    g_non_saturating,
    g_relativistic,
    g_saturating,
    g_wasserstein,
)
from ganlab.gan.losses.readings import jsd_estimate

#: Asymmetric, on both sides of every border and margin (0, 0.5, 1, −1), none on one.
REAL, FAKE = [2.0, -1.5, 0.25, 0.75], [0.3, -4.0, 1.25, -0.5]
COUNT = len(REAL)
MEANS = {"score_real": 0.375, "score_fake": -2.95 / 4}

SMOOTHED = [name for name, loss in LOSSES.items() if "label_smoothing" in loss.options]


def scores(values: list[float], dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.tensor(values, dtype=dtype, requires_grad=True)


def read_after(name: LossName) -> dict[str, Tensor]:
    loss = LOSSES[name]
    return loss.read_after(real=scores(REAL) if loss.paired else None, fake=scores(FAKE))


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def log_sigmoid(x: float) -> float:
    return -math.log1p(math.exp(-x))


def mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def slope(loss: Tensor, at: Tensor) -> list[float]:
    return torch.autograd.grad(loss, at, retain_graph=True)[0].tolist()


def approx(expected: float | list[float]):
    return pytest.approx(expected, rel=1e-10, abs=1e-10)


def g_of(loss: Loss, *, real: Tensor, fake: Tensor) -> Tensor:
    return loss.g(real=real, fake=fake) if loss.paired else loss.g(fake=fake)


def test_the_table_has_the_rows_that_the_config_names():
    assert tuple(LOSSES) == SETTINGS["loss"].choices


def test_wasserstein_by_hand():
    real, fake = scores(REAL), scores(FAKE)
    loss = d_wasserstein(real=real, fake=fake)
    assert loss.item() == approx((0.3 - 4 + 1.25 - 0.5) / 4 - (2 - 1.5 + 0.25 + 0.75) / 4)
    assert slope(loss, real) == approx([-0.25] * 4)
    assert slope(loss, fake) == approx([0.25] * 4)
    assert g_wasserstein(fake=fake).item() == approx(2.95 / 4)
    assert slope(g_wasserstein(fake=fake), fake) == approx([-0.25] * 4)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.45])
def test_the_discriminators_log_loss_by_hand(smoothing: float):
    """Cross-entropy with target 1 − s for reals and 0 for fakes."""
    real, fake = scores(REAL), scores(FAKE)
    loss = d_log(real=real, fake=fake, label_smoothing=smoothing)
    kept = 1 - smoothing
    on_real = [-kept * math.log(sigmoid(x)) - smoothing * math.log(1 - sigmoid(x)) for x in REAL]
    on_fake = [-math.log(1 - sigmoid(x)) for x in FAKE]
    assert loss.item() == approx(mean(on_real) + mean(on_fake))
    assert slope(loss, real) == approx([(sigmoid(x) - kept) / COUNT for x in REAL])
    assert slope(loss, fake) == approx([sigmoid(x) / COUNT for x in FAKE])


def test_a_blind_discriminator_loses_what_the_charts_lines_say():
    """Scores that say nothing: 0, or half-way between the targets of least squares."""
    nothing, halfway = scores([0.0, 0.0]), scores([0.5, 0.5])
    assert d_log(real=nothing, fake=nothing).item() == approx(2 * math.log(2))
    assert d_log(real=nothing, fake=nothing, label_smoothing=0.3).item() == approx(2 * math.log(2))
    assert g_non_saturating(fake=nothing).item() == approx(math.log(2))
    assert g_saturating(fake=nothing).item() == approx(-math.log(2))
    assert d_hinge(real=nothing, fake=nothing).item() == approx(2)
    assert d_least_squares(real=halfway, fake=halfway).item() == approx(1 / 4)
    assert g_least_squares(fake=halfway).item() == approx(1 / 8)
    assert d_relativistic(real=nothing, fake=nothing).item() == approx(math.log(2))


def test_the_two_generators_losses_by_hand():
    fake = scores(FAKE)
    assert g_saturating(fake=fake).item() == approx(mean([math.log(1 - sigmoid(x)) for x in FAKE]))
    assert g_non_saturating(fake=fake).item() == approx(-mean([math.log(sigmoid(x)) for x in FAKE]))


def test_the_slopes_per_logit_are_minus_sigma_of_the_score_and_of_its_negative():
    fake = scores(FAKE)
    saturating, non_saturating = slope(g_saturating(fake=fake), fake), slope(g_non_saturating(fake=fake), fake)
    assert saturating == approx([-sigmoid(x) / COUNT for x in FAKE])
    assert non_saturating == approx([-sigmoid(-x) / COUNT for x in FAKE])
    assert all(abs(a - b) > 0.01 for a, b in zip(saturating, non_saturating, strict=True)), "these tell the two apart"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_where_d_rejects_one_generator_loss_saturates_and_the_other_does_not(dtype: torch.dtype):
    fake = scores([-120.0], dtype)
    loss = g_non_saturating(fake=fake)
    assert loss.item() == pytest.approx(120)
    assert slope(loss, fake) == pytest.approx([-1], rel=1e-6)
    assert slope(g_saturating(fake=fake), fake) == pytest.approx([0], abs=1e-50)


def test_hinge_by_hand():
    """Inside the margin: 0.25, 0.75 and −1.5 of the reals; 0.3, 1.25 and −0.5 of the fakes."""
    real, fake = scores(REAL), scores(FAKE)
    loss = d_hinge(real=real, fake=fake)
    assert loss.item() == approx((0 + 2.5 + 0.75 + 0.25) / 4 + (1.3 + 0 + 2.25 + 0.5) / 4)
    assert slope(loss, real) == approx([0, -0.25, -0.25, -0.25])
    assert slope(loss, fake) == approx([0.25, 0, 0.25, 0.25])
    assert g_hinge(fake=fake).item() == approx(2.95 / 4)
    assert slope(g_hinge(fake=fake), fake) == approx([-0.25] * 4)


def test_hinge_has_no_slope_beyond_the_margin_and_a_full_one_inside():
    real, fake = scores([1.001, 40.0, 0.999]), scores([-1.001, -40.0, -0.999])
    loss = d_hinge(real=real, fake=fake)
    assert slope(loss, real) == approx([0, 0, -1 / 3])
    assert slope(loss, fake) == approx([0, 0, 1 / 3])


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_least_squares_by_hand(smoothing: float):
    real, fake = scores(REAL), scores(FAKE)
    loss = d_least_squares(real=real, fake=fake, label_smoothing=smoothing)
    target = 1 - smoothing
    assert loss.item() == approx(mean([(x - target) ** 2 for x in REAL]) / 2 + mean([x**2 for x in FAKE]) / 2)
    assert slope(loss, real) == approx([(x - target) / COUNT for x in REAL])
    assert slope(loss, fake) == approx([x / COUNT for x in FAKE])
    assert g_least_squares(fake=fake).item() == approx((0.7**2 + 5**2 + 0.25**2 + 1.5**2) / 8)
    assert slope(g_least_squares(fake=fake), fake) == approx([(x - 1) / COUNT for x in FAKE])


def test_relativistic_by_hand():
    """Pairs differ by 1.7, 2.5, −1 and 1.25."""
    real, fake = scores(REAL), scores(FAKE)
    apart = [1.7, 2.5, -1.0, 1.25]
    d, g = d_relativistic(real=real, fake=fake), g_relativistic(real=real, fake=fake)
    assert d.item() == approx(-mean([math.log(sigmoid(x)) for x in apart]))
    assert g.item() == approx(-mean([math.log(sigmoid(-x)) for x in apart]))
    assert slope(d, real) == approx([-sigmoid(-x) / 4 for x in apart])
    assert slope(d, fake) == approx([sigmoid(-x) / 4 for x in apart])
    assert slope(g, fake) == approx([-sigmoid(x) / 4 for x in apart])
    assert slope(g, real) == approx([sigmoid(x) / 4 for x in apart])


@pytest.mark.parametrize("by", [-7.5, 1000.0])
def test_only_differences_count_for_the_relativistic_loss(by: float):
    real, fake = scores(REAL), scores(FAKE)
    for loss in (d_relativistic, g_relativistic):
        assert loss(real=real + by, fake=fake + by).item() == approx(loss(real=real, fake=fake).item())
    assert d_log(real=real + by, fake=fake + by).item() != approx(d_log(real=real, fake=fake).item())


def test_the_relativistic_losses_differ_by_the_distance_of_the_means():
    """log σ(a) − log σ(−a) = a: what the reading says of its two curves."""
    real, fake = scores(REAL), scores(FAKE)
    apart = g_relativistic(real=real, fake=fake) - d_relativistic(real=real, fake=fake)
    assert apart.item() == approx(mean(REAL) - mean(FAKE))


def test_relativistic_scores_of_different_number_are_no_pairs():
    with pytest.raises(AssertionError, match="pairs"):
        d_relativistic(real=torch.zeros(4), fake=torch.zeros(1))


def zero_of_the_slope(loss: Callable[[Tensor], Tensor]) -> float:
    """Where a convex loss of one score is lowest, by bisection of its slope."""
    low, high = -30.0, 30.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        at = scores([middle])
        low, high = (low, middle) if slope(loss(at), at)[0] > 0 else (middle, high)
    return low


@pytest.mark.parametrize("smoothing", [0.05, 0.1, 0.5])
@pytest.mark.parametrize("name", SMOOTHED)
def test_label_smoothing_moves_the_best_answer_to_one_minus_itself(name, smoothing: float):
    config = parse_config({"loss": name, "label_smoothing": smoothing})
    best = zero_of_the_slope(lambda real: loss_d(config, real=real, fake=torch.zeros(1)))
    read = best if name == "least-squares" else sigmoid(best)
    assert read == pytest.approx(1 - smoothing, abs=1e-9)


def test_label_smoothing_is_for_these_losses_and_reaches_the_real_side_of_d_alone():
    assert SETTINGS["label_smoothing"].needs == ("loss", tuple(SMOOTHED))
    real, fake = scores(REAL), scores(FAKE)
    for name in LOSSES:
        plain, smooth = parse_config({"loss": name}), parse_config({"loss": name, "label_smoothing": 0.3})
        values = [loss_d(config, real=real, fake=fake) for config in (plain, smooth)]
        assert (values[0].item() != values[1].item()) == (name in SMOOTHED)
        assert slope(values[0], fake) == slope(values[1], fake)
        generators = [loss_g(config, real=real, fake=fake).item() for config in (plain, smooth)]
        assert generators[0] == generators[1]


@pytest.mark.parametrize("name", LOSSES)
def test_a_config_finds_its_row(name):
    config, row = parse_config({"loss": name}), LOSSES[name]
    real, fake = scores(REAL), scores(FAKE)
    assert loss_d(config, real=real, fake=fake).item() == row.d(real=real, fake=fake).item()
    unpaired = None if not row.paired else real
    assert loss_g(config, real=unpaired, fake=fake).item() == g_of(row, real=real, fake=fake).item()
    assert row.paired == (name not in get_args(UnpairedLossName))
    assert set(row.options) <= set(TrainConfig.model_fields)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("extreme", [-120.0, 120.0])
def test_far_out_scores_give_finite_losses_and_slopes(name, extreme: float):
    config = parse_config({"loss": name, "label_smoothing": 0.1})
    real, fake = scores([extreme, 1.0], torch.float32), scores([-extreme, 2.0], torch.float32)
    for value, at in (
        (loss_d(config, real=real, fake=fake), real),
        (loss_d(config, real=real, fake=fake), fake),
        (loss_g(config, real=real, fake=fake), fake),
    ):
        assert value.isfinite()
        assert torch.autograd.grad(value, at)[0].isfinite().all()


@pytest.mark.parametrize("name", LOSSES)
def test_scores_cannot_be_swapped_by_position(name):
    with pytest.raises(TypeError, match="positional"):
        LOSSES[name].d(torch.zeros(2), torch.ones(2))
    with pytest.raises(TypeError, match="positional"):
        LOSSES[name].g(torch.zeros(2))
    with pytest.raises(TypeError, match="positional"):
        LOSSES[name].read(torch.zeros(2), torch.ones(2))


@pytest.mark.parametrize("name", LOSSES)
def test_each_side_gains_by_what_it_wants(name):
    """D: real up, fake down. G: fake up. Between the targets of least squares, so that it holds for all."""
    loss = LOSSES[name]
    low, high = torch.tensor([0.0, 0.1]), torch.tensor([0.6, 0.9])
    assert loss.d(real=high, fake=low) < loss.d(real=low, fake=low) < loss.d(real=low, fake=high)
    assert g_of(loss, real=low, fake=high) < g_of(loss, real=low, fake=low)


@pytest.mark.parametrize("name", LOSSES)
def test_what_a_row_reads_is_what_its_charts_show(name):
    loss = LOSSES[name]
    shown = [series.name for chart in loss.charts for series in chart.series]
    assert len(shown) == len(set(shown))
    read = {**loss.read(real=scores(REAL), fake=scores(FAKE)), **read_after(name)}
    assert {*read, "loss_d", "loss_g"} == set(shown)
    assert all(value.shape == () for value in read.values())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("wasserstein", {"wasserstein": 1.5 / 4 + 2.95 / 4}),
        (
            "non-saturating",
            {
                "d_real": mean([sigmoid(x) for x in REAL]),
                "d_fake": mean([sigmoid(x) for x in FAKE]),
                "accuracy_real": 0.75,
                "accuracy_fake": 0.5,
                "accuracy": 0.625,
                "jsd": math.log(2) + (mean([log_sigmoid(x) for x in REAL]) + mean([log_sigmoid(-x) for x in FAKE])) / 2,
            },
        ),
        (
            "hinge",
            {
                "score_real": 0.375,
                "score_fake": -2.95 / 4,
                "accuracy_real": 0.75,
                "accuracy_fake": 0.5,
                "accuracy": 0.625,
            },
        ),
        (
            "least-squares",
            {
                "score_real": 0.375,
                "score_fake": -2.95 / 4,
                "accuracy_real": 0.5,
                "accuracy_fake": 0.75,
                "accuracy": 0.625,
            },
        ),
        ("relativistic", MEANS | {"accuracy_pairs": 0.75}),
    ],
)
def test_readings_by_hand(name, expected: dict[str, float]):
    read = LOSSES[name].read(real=scores(REAL), fake=scores(FAKE))
    assert {key: value.item() for key, value in read.items()} == {
        key: pytest.approx(value, rel=1e-6) for key, value in expected.items()
    }


def test_the_two_log_losses_read_alike_and_after_ds_update_as_well():
    one, other = LOSSES["saturating"], LOSSES["non-saturating"]
    assert (one.d, one.read, one.read_after) == (other.d, other.read, other.read_after)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("wasserstein", {}),
        ("saturating", {"d_fake_after": mean([sigmoid(x) for x in FAKE]), "accuracy_g": 0.5}),
        ("hinge", {"accuracy_g": 0.5}),
        ("least-squares", {"accuracy_g": 0.25}),
        ("relativistic", {"accuracy_g": 0.25}),
    ],
)
def test_readings_after_ds_update_by_hand(name, expected: dict[str, float]):
    assert {key: value.item() for key, value in read_after(name).items()} == {
        key: approx(value) for key, value in expected.items()
    }


def test_the_best_d_proves_the_very_divergence():
    """p = (0.5, 0.3, 0.2) against q = (0.1, 0.3, 0.6) on three points, in samples of those shares."""
    p, q = torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.3, 0.6]], dtype=torch.float64)
    middle = (p + q) / 2
    divergence = ((p * (p / middle).log()).sum() + (q * (q / middle).log()).sum()) / 2
    best = (p / q).log()
    real, fake = (best.repeat_interleave((10 * share).round().long()) for share in (p, q))
    found = jsd_estimate(real=real, fake=fake)
    assert found.item() == approx(divergence.item())
    for worse in (0.5, 0.9, 1.1, 2.0):
        assert jsd_estimate(real=worse * real, fake=worse * fake) < found
    assert jsd_estimate(real=-real, fake=-fake) < 0, "a D that is wrong proves nothing"


def test_the_divergence_has_its_bounds_and_stands_large_scores():
    sure, unsure = torch.full((4,), 1e4).double(), torch.zeros(4).double()
    assert jsd_estimate(real=sure, fake=-sure).item() == approx(math.log(2))
    assert jsd_estimate(real=unsure, fake=unsure).item() == approx(0)
    assert jsd_estimate(real=-sure, fake=sure).item() == approx(math.log(2) - 1e4)


@pytest.mark.parametrize("name", LOSSES)
def test_a_row_is_complete_and_says_what_is_healthy(name):
    loss = LOSSES[name]
    for text in (loss.title, loss.formula, loss.source, loss.explanation):
        assert text.strip()
    assert "L_D" in loss.formula and "L_G" in loss.formula
    assert "arXiv" in loss.source
    assert loss.explanation.endswith(".")
    for chart in loss.charts + SHARED_CHARTS:
        assert chart.unit and chart.title
        assert chart.healthy.startswith("Healthy: ") and chart.healthy.endswith(".")
        assert all(series.label and series.meaning.endswith((".", ")")) for series in chart.series)
    assert loss.d_title == ("critic" if name == "wasserstein" else "discriminator")
