"""Whether what a step of a lesson asks for has come to pass in its run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ganlab.curves import Curves
from ganlab.runs import History

#: Values of a curve that a mean is taken of, at its end.
_AMONG = 20


def seen(check: Mapping[str, Any], history: History, curves: Curves) -> bool:
    """check: of a step, see `CHECKS`; history, curves: of the lesson's run."""
    if "read" in check:
        return True
    if "step" in check:
        return history.step >= check["step"]
    if "edited" in check:
        return any(check["edited"] in edit.changes for edit in history.edits)
    if "score" in check:
        values = [scores[check["score"]] for _, scores in sorted(history.scores.items()) if check["score"] in scores]
        return bool(values) and _within(values[-1], check.get("at_least"), check.get("at_most"))
    table = curves.part().series.get(check["series"])
    found = [] if table is None else table[0][np.isfinite(table[0])]
    return len(found) >= _AMONG and _within(float(np.mean(found[-_AMONG:])), check.get("above"), check.get("below"))


def _within(value: float, least: float | None, most: float | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)
