"""What the live component is told of a run, as one JSON-ready value."""

from __future__ import annotations

import math
from typing import Any

from ganlab.curves import CurvesPart
from ganlab.data import DATASETS
from ganlab.gan.losses import LOSSES, Chart
from ganlab.gan.penalties import PENALTIES
from ganlab.pictures import grid_columns
from ganlab.runs import Run
from ganlab.ui.lab import Lab


def live_view(lab: Lab, run_id: str, *, bucket: int, start: int) -> dict[str, Any]:
    """The run now, and of its curves what a reader lacks that has `start` buckets of size `bucket`. Raises RunError."""
    run = lab.runs.get(run_id)
    # Curves before state: the last points of a run that ends in between then come with the next answer.
    curves = lab.service.curves(run_id, bucket=bucket, start=start)
    status = lab.service.status(run_id)
    penalised = PENALTIES[run.config.penalty].value is not None
    return {
        "id": run.id,
        "title": run.title,
        "state": status.state,
        "live": status.live,
        "message": status.message,
        "progress": None if status.progress is None else dict(zip(("label", "fraction"), status.progress, strict=True)),
        "step": status.step,
        "max_steps": status.max_steps,
        "steps_per_s": status.steps_per_s,
        "images_per_s": status.images_per_s,
        "elapsed_s": status.elapsed_s,
        "left_s": status.left_s,
        "device": status.device,
        "actions": status.actions,
        "samples": status.samples,
        "grid": _grid(run),
        "charts": [_chart(chart, penalised) for chart in LOSSES[run.config.loss].charts],
        "curves": _curves(curves),
    }


def _grid(run: Run) -> dict[str, int]:
    if not DATASETS[run.config.dataset].has_images:  # points share one picture
        return {"columns": 1, "rows": 1}
    columns = grid_columns(run.config.preview_count)
    rows = math.ceil(run.config.preview_count / columns)
    return {"columns": columns, "rows": rows}


def _chart(chart: Chart, penalised: bool) -> dict[str, Any]:
    return {
        "title": chart.title,
        "unit": chart.unit,
        "healthy": chart.healthy,
        "lines": [{"y": y, "label": label} for y, label in chart.lines],
        "series": [
            {"name": series.name, "label": series.label, "meaning": series.meaning}
            for series in chart.series
            if penalised or series.name != "penalty"
        ],
    }


def _curves(part: CurvesPart) -> dict[str, Any]:
    return {
        "bucket": part.bucket,
        "start": part.start,
        "count": part.count,
        "series": {name: dict(zip(("mean", "low", "high"), table, strict=True)) for name, table in part.series.items()},
    }
