"""Runs as the service meets them: tick by tick, with a look at the alarms after each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganlab.alarms import Alarm, Watch, look
from ganlab.config import TrainConfig, parse_config

_TICK = 3  # steps; what a slow computer does in a quarter of a second


@dataclass(frozen=True)
class Replayable:
    """Series name → (steps,), and what was measured at which step."""

    config: TrainConfig
    series: dict[str, np.ndarray]
    measures: dict[int, dict[str, float]]

    @property
    def steps(self) -> int:
        return max(map(len, self.series.values()))


def replayable(table: dict[str, np.ndarray]) -> Replayable:
    """What `record` gave, or the file that it was written to."""
    parts = {
        kind: {name.partition("/")[2]: table[name] for name in table if name.startswith(f"{kind}/")}
        for kind in ("series", "measures")
    }
    looks = parts["measures"]
    measures = {
        int(step): {name: float(looks[name][row]) for name in looks if name != "step" and np.isfinite(looks[name][row])}
        for row, step in enumerate(looks["step"])
    }
    return Replayable(parse_config(json.loads(str(table["config"]))), parts["series"], measures)


def recorded(path: Path) -> Replayable:
    with np.load(path) as file:
        return replayable({name: file[name] for name in file.files})


def logged(folder: Path) -> Replayable:
    """A run's history, with what was measured where its log holds that."""
    config = json.loads(folder.joinpath("config.json").read_text(encoding="utf-8"))["config"]
    lines = [json.loads(line) for line in folder.joinpath("history.jsonl").read_text(encoding="utf-8").splitlines()]
    ticks = [line["series"] for line in lines if line["type"] == "tick"]
    series = {name: np.concatenate([np.array(tick[name], np.float32) for tick in ticks]) for name in ticks[0]}
    measures = {line["step"]: line["values"] for line in lines if line["type"] == "measures"}
    return Replayable(parse_config(config), series, measures)


def replay(run: Replayable) -> Iterator[tuple[int, tuple[Alarm, ...]]]:
    """The step and the alarms after each tick; a snapshot lies at every 50 steps."""
    watch = Watch()
    if 0 in run.measures:
        watch.take_measures(0, run.measures[0])
    begin = 0
    for step in range(1, run.steps + 1):
        measures = run.measures.get(step)
        if step % _TICK and measures is None and step < run.steps:
            continue
        watch.take({name: values[begin:step] for name, values in run.series.items()}, step)
        if measures is not None:
            watch.take_measures(step, measures)
        begin = step
        yield step, look(watch.recent(run.config, snapshots=tuple(range(0, step + 1, 50))))


def first_seen(run: Replayable) -> dict[str, tuple[int, Alarm]]:
    """Name of each alarm → the step at which it was there first, and what it said."""
    found: dict[str, tuple[int, Alarm]] = {}
    for step, alarms in replay(run):
        for alarm in alarms:
            found.setdefault(alarm.name, (step, alarm))
    return found
