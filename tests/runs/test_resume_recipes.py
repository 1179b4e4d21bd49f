"""Stop and resume at any step of any recipe ≡ going on, bit for bit, on the reference path."""

from __future__ import annotations

import random
from importlib import import_module
from pathlib import Path

import pytest
from tiny import differing, small_recipe

from ganlab.recipes import RECIPES
from ganlab.runs import Run, Runs, driving

STEPS = 6


def trained(run: Run, *stops: int) -> Run:
    """Stopped at these steps on the way to the end."""
    for last in (*stops, STEPS):
        with driving(run, tick_s=0) as driver:
            while driver.state.step < last:
                driver.tick()
    return run


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES)
def test_resuming_is_exact_for_every_recipe(name: str, checkpoints: Path, monkeypatch: pytest.MonkeyPatch):
    small = {"max_steps": STEPS, "preview_every": 2, "snapshot_every": 2, "precision": "float32"}
    config, data = small_recipe(name, **small)
    monkeypatch.setattr(import_module("ganlab.runs.drive"), "load_for", lambda *config, **progress: data)
    runs = Runs(checkpoints)
    stop = random.Random(name).randint(1, STEPS - 1)
    whole, parts = trained(runs.create(config)), trained(runs.create(config), stop)
    series = [{**run.curves().part(bucket=1).series} for run in (whole, parts)]
    assert whole.history().step == STEPS
    assert not differing(*series), f"stopped at step {stop}"
    assert not differing(parts.load_snapshot(STEPS), whole.load_snapshot(STEPS)), f"stopped at step {stop}"
