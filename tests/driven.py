"""What the tests of driven runs share: how far they drive, and what nothing may change."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import torch
from tiny import differing, fresh, joined, run_through

from ganlab.config import TrainConfig
from ganlab.runs import History, Run, drive


def drive_to(run: Run, last: int, **options: Any) -> None:
    """Drive until step `last` is reported, then close, which is how a run is stopped."""
    ticks = drive(run, tick_s=0, **options)
    for _, tick in ticks:
        if tick.step == last:
            break
    ticks.close()


def series_of(history: History) -> dict[str, np.ndarray]:
    return {name: np.concatenate([series[name] for _, _, series in history.ticks]) for name in history.ticks[0][2]}


def uninterrupted(config: TrainConfig) -> tuple[dict[str, np.ndarray], dict[str, torch.Tensor]]:
    data, state = fresh(config)
    return joined(run_through(data, state)), state.to_tensors()


def kinds(run: Run) -> list[str]:
    return [orjson.loads(line)["type"] for line in (run.path / "history.jsonl").read_bytes().splitlines()]


def same_as_uninterrupted(run: Run) -> None:
    """The fold and the last snapshot are bit for bit those of the run that nothing ended."""
    history = run.history()
    assert (history.step, history.ending) == (run.now.max_steps, "finish")
    assert history.curves().steps == run.now.max_steps
    series, tensors = uninterrupted(run.now)
    assert not differing(series_of(history), series)
    assert not differing(run.load_snapshot(run.now.max_steps), tensors)
