"""Charts of scores: what they rest on, and what they take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tiny import tiny

from ganlab.runs import Runs
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
