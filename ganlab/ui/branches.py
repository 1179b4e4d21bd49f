"""Where a run comes from and what branched off it, for the live component."""

from __future__ import annotations

from typing import Any

import numpy as np

from ganlab.errors import RunError
from ganlab.runs import Run
from ganlab.runs.fork import children, parent_of
from ganlab.ui.lab import Lab
from ganlab.ui.live import clock_view, epochs_view

#: Curves of a branch that are drawn over its parent's.
_DRAWN = ("loss_d", "loss_g")
#: Branches that are drawn, the newest; more would hide the run itself.
_MOST = 5
#: Points that a branch is drawn with.
_POINTS = 200


def branches_view(lab: Lab, run_id: str) -> dict[str, Any]:
    """The parent, if it is a fork, and the newest forks of it with their losses. Raises RunError."""
    run = lab.runs.get(run_id)
    found = children(lab.runs, run)
    return {
        "parent": _parent(lab, run),
        "count": len(found),
        "children": [_child(lab, child, step) for child, step in found[:_MOST]],
    }


def _parent(lab: Lab, run: Run) -> dict[str, Any] | None:
    parent = parent_of(run)
    if parent is None:
        return None
    try:
        title = lab.runs.get(parent[0]).title
    except RunError:
        title = None  # deleted since
    return {"id": parent[0], "step": parent[1], "title": title}


def _child(lab: Lab, run_id: str, step: int) -> dict[str, Any]:
    """Of its curves the means from the fork on, thinned to some points; NaN where a series has no value."""
    run, part = lab.runs.get(run_id), lab.service.curves(run_id)
    first = step // part.bucket
    every = max(1, -(-(part.count - first) // _POINTS))
    places = np.arange(first, part.count, every)
    return {
        "id": run_id,
        "step": step,
        "changes": next((edit.changes for edit in reversed(run.history().edits) if edit.kind == "fork"), {}),
        "live": lab.service.status(run_id).live,
        "epochs": epochs_view(run),
        "clock": clock_view(run),
        "steps": np.minimum(places * part.bucket + 1 + (part.bucket - 1) // 2, part.count * part.bucket),
        "series": {name: part.series[name][0, places] for name in _DRAWN if name in part.series},
    }
