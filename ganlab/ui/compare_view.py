"""What the Compare page's charts and columns are told, as one JSON-ready value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ganlab.data import DATASETS
from ganlab.errors import ConfigError
from ganlab.gan.losses import LOSSES, SHARED_CHARTS
from ganlab.metrics.scores import SCORES
from ganlab.pictures import grid_columns
from ganlab.runs import PREFIX, Run
from ganlab.status import RunStatus
from ganlab.ui.lab import Lab
from ganlab.ui.live import clock_view

#: Runs that are shown at a time.
MOST_RUNS = 24
#: What is shown first, where it is there.
_FIRST = (f"{PREFIX}frechet", f"{PREFIX}sliced-wasserstein", f"{PREFIX}earth-mover", "energy_g", "loss_d")


def compare_view(lab: Lab, run_ids: Iterable[str], series: str) -> dict[str, Any]:
    """One series of each run, what others there are, and which steps have a grid. Raises RunError, ConfigError."""
    runs = [lab.runs.get(run_id) for run_id in run_ids]
    if not 1 <= len(runs) <= MOST_RUNS:
        raise ConfigError(f"{len(runs)} runs cannot be compared here: choose 1 to {MOST_RUNS}")
    parts = {run.id: lab.service.curves(run.id) for run in runs}
    names = list(dict.fromkeys(name for part in parts.values() for name in part.series))
    shown = series if series in names else next((name for name in _FIRST if name in names), next(iter(names), ""))
    statuses = {run.id: lab.service.status(run.id) for run in runs}
    return {
        "series": shown,
        "offered": [{"name": name, "label": label_of(name)} for name in names],
        "runs": {
            run.id: _told(run, statuses[run.id]) | _points(parts[run.id].series.get(shown), parts[run.id].bucket)
            for run in runs
        },
    }


def label_of(name: str) -> str:
    """A series as its chart calls it."""
    if name.startswith(PREFIX):
        row = SCORES.get(name.removeprefix(PREFIX))  # pyright: ignore[reportArgumentType, reportCallIssue]
        return name if row is None else f"{row.title} {row.unit}".strip()
    charts = (*SHARED_CHARTS, *(chart for loss in LOSSES.values() for chart in loss.charts))
    return next((each.label for chart in charts for each in chart.series if each.name == name), name)


def _told(run: Run, status: RunStatus) -> dict[str, Any]:
    config = status.config
    columns = grid_columns(config.preview_count) if DATASETS[config.dataset].has_images else 1
    return {
        "live": status.live or status.state in ("paused", "queued"),
        "state": status.state,
        "step": status.step,
        "samples": status.samples,
        "columns": columns,
        "images_per_step": config.batch_size * config.d_steps,
        "clock": clock_view(run),
    }


def _points(table: np.ndarray | None, bucket: int) -> dict[str, Any]:
    """Steps that have a value, and the mean there."""
    if table is None:
        return {"steps": [], "values": []}
    there = np.flatnonzero(np.isfinite(table[0]))
    return {"steps": there * bucket + 1 + (bucket - 1) // 2, "values": table[0][there]}
