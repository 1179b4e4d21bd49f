"""Which charts a run has, and which of them are shown."""

from __future__ import annotations

import math

import pytest

from ganlab.gan.losses import LOSSES, SHARED_CHARTS, Chart, with_values


def names(charts: tuple[Chart, ...]) -> set[str]:
    return {series.name for chart in charts for series in chart.series}


@pytest.mark.parametrize("name", LOSSES)
def test_no_series_is_shown_twice(name):
    charts = LOSSES[name].charts + SHARED_CHARTS
    assert len(names(charts)) == sum(len(chart.series) for chart in charts)
    assert len({chart.title for chart in charts}) == len(charts)


def test_charts_of_the_log_losses_have_the_lines_of_the_theory():
    lines = {series.name: dict(chart.lines) for chart in LOSSES["saturating"].charts for series in chart.series}
    assert 0.5 in lines["d_real"] and 0.5 in lines["d_fake"]
    assert sorted(lines["jsd"]) == [0, pytest.approx(math.log(2), rel=1e-3)]


def test_a_chart_without_a_value_is_left_out_and_so_is_a_series():
    charts = LOSSES["non-saturating"].charts + SHARED_CHARTS
    old = {"loss_d", "loss_g", "d_real", "d_fake"}
    assert names(with_values(charts, old)) == old, "a run of an older version"
    assert names(with_values(charts, [*old, "jsd", "moved"])) == {*old, "jsd", "moved"}
    assert [chart.title for chart in with_values(charts, ["moved", "loss_g"])] == ["Losses", "Movement of samples"]


def test_before_the_first_step_the_charts_of_steps_are_announced():
    charts = LOSSES["wasserstein"].charts + SHARED_CHARTS
    steps = names(LOSSES["wasserstein"].charts) | {"penalty", "grad_norm_d", "grad_norm_g"}
    assert names(with_values(charts, ())) == steps
    assert names(with_values(charts, ["diversity"])) == {*steps, "diversity"}, "samples come before the first step"
