"""Runs side by side: what differs between their settings, and how they score."""

from __future__ import annotations

import csv
import io
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ganlab.config import SETTINGS, TrainConfig, has_effect
from ganlab.data import Dataset, load_for
from ganlab.evaluation import evaluate, reference_of, watched
from ganlab.experiments.verdict import Held, Moment, verdict
from ganlab.explore import Explorer
from ganlab.metrics.scores import DECIDING, SCORES, ScoreName
from ganlab.runs import Run

#: Scores of snapshots beside those that are cheap enough to be taken while a run trains.
_BESIDE_THEM: tuple[ScoreName, ...] = ("precision", "recall")
#: Settings in which runs may differ without being compared for it.
_BESIDE = ("recipe", "seed", "device", "precision", "preview_every", "preview_count", "snapshot_every")


@dataclass(frozen=True)
class Compared:
    """A run among others. arm: what it stands for, its title where it is of no experiment; step: that was judged."""

    run: Run
    arm: str
    seed: int
    step: int
    values: Mapping[ScoreName, float]


def differing_settings(configs: Sequence[TrainConfig]) -> dict[str, tuple[Any, ...]]:
    """Setting → its value in each config, of those that are not the same in all and have an effect in some."""
    dumped = [config.model_dump() for config in configs]
    names = [name for name in SETTINGS if name not in _BESIDE and any(has_effect(name, each) for each in dumped)]
    table = {name: tuple(each[name] for each in dumped) for name in names}
    return {name: values for name, values in table.items() if len(set(map(repr, values))) > 1}


def of_logged(run: Run, moment: Moment) -> tuple[int, dict[ScoreName, float]] | None:
    """Step and scores as the log has them, the last ones or the best by the first that decides; None without any."""
    scores = run.history().comparable()
    known: dict[int, dict[ScoreName, float]] = {
        step: {name: values[name] for name in SCORES if name in values} for step, values in scores.items()
    }
    steps = [step for step, values in known.items() if values]
    if not steps:
        return None
    step = max(steps)
    if moment == "best":
        by: ScoreName = next(name for name in (*DECIDING, *SCORES) if name in known[step])
        sign = 1 if SCORES[by].better == "lower" else -1
        step = min(steps, key=lambda each: sign * known[each].get(by, sign * math.inf))
    return step, known[step]


def of_snapshots(
    explorer: Explorer,
    run: Run,
    names: Sequence[ScoreName],
    *,
    count: int,
    progress: Callable[[float], object] = lambda share: None,
) -> tuple[int, dict[ScoreName, float]]:
    """Step and scores of the last snapshot, from `count` samples; the usual ones where none is named.

    Raises SnapshotError, ConfigError.
    """
    loaded, data = explorer.load(run.id), load_for(run.config)
    found = evaluate(loaded, data, names=names or _usual(data), count=count, interval=False, progress=progress)
    return loaded.step, {each.name: each.value for each in found.scores}


def _usual(data: Dataset) -> tuple[ScoreName, ...]:
    real = reference_of(data).real
    return (*watched(real), *(_BESIDE_THEM if real.features is not None else ()))


def compared(rows: Sequence[Compared], name: ScoreName) -> dict[str, dict[int, float]]:
    """Arm → seed → value of a score; what is no number is left out."""
    found: dict[str, dict[int, float]] = {}
    for row in rows:
        value = row.values.get(name, math.nan)
        if math.isfinite(value):
            found.setdefault(row.arm, {})[row.seed] = value
    return found


def on_one_scale(rows: Sequence[Compared]) -> bool:
    """Whether the runs learn one dataset; else their scores cannot be compared."""
    return len({row.run.config.dataset for row in rows}) <= 1


def verdicts(rows: Sequence[Compared], name: ScoreName) -> tuple[Held, ...]:
    """The best arm held against each other one; nothing where the runs are not `on_one_scale`."""
    return verdict(name, compared(rows, name)) if on_one_scale(rows) else ()


def scores_csv(rows: Sequence[Compared], scores: Sequence[ScoreName]) -> str:
    """A line a run: its id, what it stands for, seed and step, then its scores; empty where it has none."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("run", "arm", "seed", "step", *scores))
    for row in rows:
        writer.writerow((row.run.id, row.arm, row.seed, row.step, *(row.values.get(name, "") for name in scores)))
    return buffer.getvalue()


def mean_and_spread(values: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation over seeds; the latter is not a number for one alone."""
    return statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else math.nan
