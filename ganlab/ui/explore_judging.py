"""How good a generator is, asked for on the Explore page: at the snapshot that is shown, or at all of its run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import Response

from ganlab.data import Dataset
from ganlab.errors import ConfigError, SnapshotError
from ganlab.evaluation import (
    COUNT,
    FEATURE_NETWORKS,
    Evaluation,
    FeatureNetworkName,
    best_of,
    evaluate,
    reference_of,
    which_network,
)
from ganlab.explore import Loaded, WeightsName
from ganlab.explore.checks import check_one_of
from ganlab.metrics import SCORES, ScoreName
from ganlab.metrics.inception_weights import weights_are_here
from ganlab.ui.explore_requests import loaded_for, whole
from ganlab.ui.explore_sources import FILE
from ganlab.ui.explore_told import Doing
from ganlab.ui.explore_tools import read_for, told_response
from ganlab.ui.lab import Lab

_USUAL = "usual"


def judged(lab: Lab, request: Request, body: bytes) -> Response:
    """The scores of the generator that is shown, with intervals."""
    loaded, count, which = loaded_for(lab, request), whole(request, "count", COUNT), _network(request)

    def judge(doing: Doing) -> dict[str, Any]:
        data = _prepared(loaded, which, doing)
        found = evaluate(loaded, data, network=which, count=count, progress=doing(f"Judging {count:,} samples"))
        floor = {each.name: each.value for each in found.floor}
        rows = [
            _row(found, each.name)
            | {"value": each.value, "low": each.low, "high": each.high, "floor": floor.get(each.name)}
            for each in found.scores
        ]
        return _rests_on(found, data) | {"step": found.step, "rows": rows}

    return told_response(judge)


def judged_at_each(lab: Lab, request: Request, body: bytes) -> Response:
    """The scores of each snapshot of the run, without intervals, which would take ten times as long."""
    source = request.path_params["source"]
    if source.startswith(FILE):
        raise ConfigError("all snapshots are those of a run, and this is a file: open its run")
    loaded, count, which = loaded_for(lab, request), whole(request, "count", COUNT), _network(request)
    weights = cast("WeightsName", loaded.weights)

    def judge(doing: Doing) -> dict[str, Any]:
        data = _prepared(loaded, which, doing)
        steps, found, left_out = lab.explorer.snapshots(source), list[Evaluation](), list[int]()
        for number, step in enumerate(steps):
            told = doing(f"Judging step {step:,}, {number + 1} of {len(steps)}")

            def share(done: float, number: int = number, told: Any = told) -> None:
                told((number + done) / len(steps))

            try:
                some = lab.explorer.load(source, step, weights=weights)
            except SnapshotError:
                left_out.append(step)
                continue
            found.append(evaluate(some, data, network=which, count=count, interval=False, progress=share))
        if not found:
            raise SnapshotError(f"run {source!r} has no snapshot that can be read: train it on")
        return _rests_on(found[0], data) | {
            "steps": [each.step for each in found],
            "left_out": left_out,
            "rows": [_curve(found, each.name) for each in found[0].scores],
        }

    return told_response(judge)


def _network(request: Request) -> FeatureNetworkName | None:
    name = request.query_params.get("network", _USUAL)
    check_one_of("network", name, (_USUAL, *FEATURE_NETWORKS))
    return None if name == _USUAL else cast("FeatureNetworkName", name)


def _prepared(loaded: Loaded, which: FeatureNetworkName | None, doing: Doing) -> Dataset:
    """The data, once its network is there and has looked at real images."""
    data = read_for(loaded, doing)
    reference_of(data, which=which, progress=lambda label, share: doing(label)(share or 0.0))
    return data


def _rests_on(found: Evaluation, data: Dataset) -> dict[str, Any]:
    """What the scores rest on, and how to get more of them where only patches were compared."""
    more = ""
    if len(data.shape) == 3 and which_network(data) == "none" and not found.network:
        size = "" if weights_are_here() else ", whose 96 MB are downloaded once"
        more = f"Only patches were compared, since there are no classes to tell apart: choose the FID network{size}."
    if all(math.isnan(each.value) for each in found.scores):
        more = "The generator makes values that are no numbers, so it has no scores: take another snapshot."
    return {
        "reference": found.reference,
        "network": f"{found.network} ({found.network_key})" if found.network else "",
        "count": found.scores[0].count,
        "floor_count": found.floor[0].count if found.floor else 0,
        "more": more,
    }


def _row(found: Evaluation, name: ScoreName) -> dict[str, Any]:
    """The network's name stands above all of them."""
    row = SCORES[name]
    title = found.title_of(name).removesuffix(f" ({found.network})")
    better = f"{row.better.capitalize()} is better."
    return {"name": name, "title": title, "unit": row.unit, "about": f"{row.explanation} {better}"}


def _curve(found: Sequence[Evaluation], name: ScoreName) -> dict[str, Any]:
    counts = [each.count for each in (*found[0].scores, *found[0].floor) if each.name == name]
    alike = len(set(counts)) == 1 or not SCORES[name].by_count  # else the line would be that of another N
    floor = next((each.value for each in found[0].floor if each.name == name and alike), None)
    values = [value if math.isfinite(value := each.value_of(name)) else None for each in found]
    best = best_of(found, name).step if any(value is not None for value in values) else None
    return _row(found[0], name) | {"values": values, "floor": floor, "best": best}
