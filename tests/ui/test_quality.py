"""Charts of scores: what they rest on, and what they take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tiny import tiny

from ganlab.metrics.scores import FID_NETWORK, SCORES
from ganlab.runs import PREFIX, Runs
from ganlab.ui.quality import score_charts

RECORD: dict[str, Any] = {
    "values": {"frechet": 3.0},
    "floor": {"frechet": 1.25},
    "network": "digits classifier, 98.9 %",
    "reference": "1,618 training images of digits",
    "count": 500,
}


@pytest.mark.parametrize(
    ("more", "unit"),
    [
        ({"seconds": 0.0514}, "digits classifier, 98.9 % · 500 samples · takes 0.05 s"),
        ({}, "digits classifier, 98.9 % · 500 samples"),
        ({"seconds": "long"}, "digits classifier, 98.9 % · 500 samples"),
    ],
)
def test_a_chart_says_what_its_scores_rest_on_and_take(tmp_path: Path, more: dict[str, Any], unit: str):
    run = Runs(tmp_path).create(tiny())
    run.log("score", step=0, **RECORD, **more)
    (chart,) = score_charts(["score_frechet"], run.history())
    assert chart.unit == unit
    assert chart.lines == ((1.25, "held out: 1.25"),)


def test_each_score_has_a_chart_and_by_the_fid_network_alone_it_is_called_fid(tmp_path: Path):
    run = Runs(tmp_path).create(tiny())
    run.log("score", step=0, **RECORD | {"network": FID_NETWORK}, seconds=1.0)
    charts = score_charts([PREFIX + name for name in SCORES], run.history())
    assert {series.name for chart in charts for series in chart.series} == {PREFIX + name for name in SCORES}
    titles = {chart.title for chart in charts}
    assert {"FID", "Inception score (FID network) and classes in use", "Sliced Wasserstein distance"} <= titles
