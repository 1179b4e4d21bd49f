"""What the live component is told of a run, as one JSON-ready value."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from ganlab.alarms import as_record
from ganlab.config import LossName, TrainConfig
from ganlab.curves import CurvesPart
from ganlab.data import DATASETS
from ganlab.gan.losses import LOSSES, SHARED_CHARTS, Chart, with_values
from ganlab.gan.penalties import PENALTIES
from ganlab.pictures import grid_columns
from ganlab.runs import History, Run
from ganlab.runs.epochs import epochs_of
from ganlab.status import RunStatus
from ganlab.steps import ranges_of
from ganlab.ui.lab import Lab
from ganlab.ui.quality import best_view, score_charts
from ganlab.ui.sentences import as_sentence

#: Edits that are told, the last ones: what is said at a beat stays small, however often a run was edited.
_MOST_EDITS = 100
#: Losses whose D gives the probability of being real.
_PROBABLE: tuple[LossName, ...] = ("non-saturating", "saturating")
#: Points of the clock of a run.
_CLOCK = 100
#: Single updates that are told, the last ones.
_MOST_REPORTS = 8


def live_view(lab: Lab, run_id: str, *, bucket: int, start: int, timeline: int | None = None) -> dict[str, Any]:
    """The run now, and of its curves what a reader lacks that has `start` buckets of size `bucket` of a timeline.

    Raises RunError.
    """
    run = lab.runs.get(run_id)
    # Curves before state: the last points of a run that ends in between then come with the next answer.
    curves = lab.service.curves(run_id, bucket=bucket, start=start, timeline=timeline)
    if timeline == curves.timeline:
        curves = _without_what_is_known(curves, bucket, start)
    status = lab.service.status(run_id)
    return {
        "id": run.id,
        "title": run.title,
        "state": status.state,
        "live": status.live,
        "message": as_sentence(status.message) if status.state == "failed" else status.message,
        "progress": None if status.progress is None else dict(zip(("label", "fraction"), status.progress, strict=True)),
        "step": status.step,
        "max_steps": status.max_steps,
        "steps_per_s": status.steps_per_s,
        "images_per_s": status.images_per_s,
        "elapsed_s": status.elapsed_s,
        "left_s": status.left_s,
        "device": status.device,
        "communication": status.communication,
        "actions": status.actions,
        "waits_for": _waits_for(lab, status.waits_for),
        "samples": status.samples,
        "grid": _grid(run, status),
        "charts": [_chart(chart) for chart in _charts(status, curves.series.keys(), run.history())],
        "best": best_view(run.history()),
        "curves": _curves(curves),
        "epochs": epochs_view(run),
        "clock": clock_view(run),
        **steering_view(status),
    }


def epochs_view(run: Run) -> dict[str, Any] | None:
    """What turns the run's steps into passes over its data; None where that is not known."""
    found = epochs_of(run)
    return None if found is None else asdict(found)


def clock_view(run: Run) -> dict[str, Any]:
    """Where the run was after so many seconds of training, at evenly spread ticks."""
    ticks = run.history().ticks
    steps, seconds = ticks.steps, ticks.running_seconds()
    chosen = np.unique(np.linspace(0, len(steps) - 1, min(_CLOCK, len(steps))).astype(int)) if len(steps) else []
    return {"steps": [0, *steps[chosen].tolist()], "seconds": [0.0, *seconds[chosen].round(3).tolist()]}


def _waits_for(lab: Lab, run_id: str) -> dict[str, Any] | None:
    """What a queued run is told of the one that it waits for, and what may be done to that one to end the wait."""
    if not run_id:
        return None
    status = lab.service.status(run_id)
    actions = [action for action in status.actions if action != "pause"]
    return {"id": run_id, "title": lab.runs.get(run_id).title, "state": status.state, "actions": actions}


def _without_what_is_known(part: CurvesPart, bucket: int, start: int) -> CurvesPart:
    """Where neighbours were merged since, the reader can merge its own: it lacks only what came after them.

    Exact for what has a value at each step; a mean of what has one now and then may be off by what their number in
    the two differs.
    """
    known = start * bucket // part.bucket
    if part.start or not bucket or part.bucket <= bucket or part.bucket % bucket or not 0 < known < part.count:
        return part
    return replace(part, start=known, series={name: table[:, known:] for name, table in part.series.items()})


def steering_view(status: RunStatus) -> dict[str, Any]:
    """What was done to the run, what is wrong with it, and how it can be turned. Drawn points are left out."""
    return {
        "settings": status.config.model_dump(mode="json", exclude={"points"}),
        "edits": [asdict(edit) for edit in status.edits[-_MOST_EDITS:]],
        "alarms": [as_record(alarm) for alarm in status.alarms],
        "explore_only": status.slimmed,
        "snapshots": ranges_of(status.snapshots),
        "reports": [asdict(replace(report, plane=None)) for report in status.reports[-_MOST_REPORTS:]],
        "slow_s": status.slow_s,
        "pending": status.pending,
        "notice": status.notice,
    }


def plane_words(config: TrainConfig) -> dict[str, Any]:
    """What a picture of the plane must know of a run to say what D's values are."""
    return {"probability": config.loss in _PROBABLE, "d_title": LOSSES[config.loss].d_title}


def _grid(run: Run, status: RunStatus) -> dict[str, Any]:
    """Columns and rows of samples in a picture; plane: of a run on points that has looks, which are drawn instead."""
    config = status.config
    if not DATASETS[config.dataset].has_images:  # points share one picture
        return {"columns": 1, "rows": 1, "plane": plane_words(config) if run.has_plane() else None}
    columns = grid_columns(config.preview_count)
    return {"columns": columns, "rows": math.ceil(config.preview_count / columns)}


def _charts(status: RunStatus, names: Collection[str], history: History) -> tuple[Chart, ...]:
    """The charts of the loss as it stands, of scores, those that every run has, and what losses before it have left."""
    own = LOSSES[status.config.loss].charts
    known = with_values((*own, *SHARED_CHARTS), names)
    place = sum(chart.title in {each.title for each in own} for chart in known)
    charts = (*known[:place], *score_charts(names, history), *known[place:])
    if PENALTIES[status.config.penalty].value is None and "penalty" not in names:
        charts = _without(charts, {"penalty"})
    shown = {series.name for chart in charts for series in chart.series}
    return (*charts, *_left_over(status, names, shown))


def _left_over(status: RunStatus, names: Collection[str], shown: set[str]) -> Iterator[Chart]:
    """Curves that only an earlier loss has, which end where it did."""
    earlier = {edit.changes["loss"][0]: edit.step for edit in status.edits if "loss" in edit.changes}
    for loss, step in earlier.items():
        for chart in _without(with_values(LOSSES[loss].charts, names), shown):
            shown |= {series.name for series in chart.series}
            yield replace(chart, title=f"{chart.title} ({loss} loss, until step {step:,})")


def _without(charts: tuple[Chart, ...], names: Collection[str]) -> tuple[Chart, ...]:
    kept = (
        replace(chart, series=tuple(series for series in chart.series if series.name not in names)) for chart in charts
    )
    return tuple(chart for chart in kept if chart.series)


def _chart(chart: Chart) -> dict[str, Any]:
    return {
        "title": chart.title,
        "unit": chart.unit,
        "healthy": chart.healthy,
        "lines": [{"y": y, "label": label} for y, label in chart.lines],
        "series": [asdict(series) for series in chart.series],
    }


def _curves(part: CurvesPart) -> dict[str, Any]:
    return {
        "timeline": part.timeline,
        "bucket": part.bucket,
        "start": part.start,
        "count": part.count,
        "series": {name: dict(zip(("mean", "low", "high"), table, strict=True)) for name, table in part.series.items()},
    }
