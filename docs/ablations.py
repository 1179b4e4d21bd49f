"""Judge runs as the tables of docs/recipes.md do: `python docs/ablations.py RUNS [PICTURES]`.

RUNS: a folder of runs on one dataset, some seeds of each recipe, perhaps with changed settings. A row for each, a cell
for each value: its mean over the seeds, lowest to highest in brackets. PICTURES: a folder for samples of first seeds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

import click
import numpy as np
import torch
from torch import Tensor

from ganlab.config import SETTINGS
from ganlab.data import Dataset, load_dataset, load_for
from ganlab.explore import Explorer, Loaded, draw, samples
from ganlab.metrics import legibility, train_classifier
from ganlab.pictures import encode, make_grid
from ganlab.recipes import RECIPES
from ganlab.runs import Run, Runs

COUNT = 1000
#: Samples of a picture, and how many of them side by side.
DRAWN, COLUMNS = 32, 8
#: D's readings are means over so many steps, the last ones.
LAST = 100
READINGS = ("d_real", "d_fake", "loss_d")

Judge = Callable[[Tensor], dict[str, float]]


def main(runs: str, pictures: str = "") -> None:
    explorer = Explorer(Runs(Path(runs)))
    found = sorted(explorer.runs.all(), key=lambda run: (name_of(run), run.config.seed))
    judge = judge_of(load_dataset(found[0].config.dataset), found[0].config.classes)
    say("held out", [judge(as_images(load_for(found[0].config, split="test")))])
    for name, group in groupby(found, name_of):
        seeds = list(group)
        averaged = [explorer.load(run.id) for run in seeds]
        raw = [explorer.load(run.id, weights="generator") for run in seeds]
        judged = [judge(some(one)) | readings(run) for run, one in zip(seeds, averaged, strict=True)]
        say(name, judged)
        say(f"{name}, not averaged", [judge(some(one)) for one in raw])
        if pictures:
            drawn = draw(averaged[0], averaged[0].space.of_seed(0, DRAWN))
            (Path(pictures) / f"{name}.webp").write_bytes(encode(make_grid(drawn, COLUMNS), "webp"))


def name_of(run: Run) -> str:
    """The recipe, and which of its settings are others; how long and how a run was trained is none of the name."""
    ours, others = run.config.model_dump(), RECIPES[run.config.recipe].config.model_dump()
    changed = [name for name, each in SETTINGS.items() if ours[name] != others[name] and each.group != "Run"]
    return "-".join([run.config.recipe, *(f"{name}-{ours[name]}" for name in changed)])


def judge_of(data: Dataset, classes: Sequence[str]) -> Judge:
    """Images (N, C, H, W) → percent that a classifier of all classes is sure of, and that it rejects; of the others
    the percent of each class; the mean distance between two.

    classes: those that were trained on; where it was all, the rarest stands for them.
    """
    classifier = train_classifier(data, seed=0)

    def judge(images: Tensor) -> dict[str, float]:
        seen = legibility(classifier, images)
        shares = dict(zip(data.class_names, seen.class_shares, strict=True))
        named = {name: 100 * shares[name] for name in classes} or {"rarest": 100 * min(shares.values())}
        distance = torch.pdist(images.flatten(1)).mean().item()
        return {"sure": 100 * seen.confident, "rejected": 100 * seen.rejected, **named, "spread": distance}

    return judge


def some(loaded: Loaded) -> Tensor:
    return samples(loaded, loaded.space.of_seed(0, COUNT))


def as_images(data: Dataset) -> Tensor:
    return data.examples[:COUNT].float() / 127.5 - 1


def readings(run: Run) -> dict[str, float]:
    """Those that the run's loss has."""
    ticks = [series for _, _, series in run.ticks()]
    return {
        name: float(np.concatenate([series[name] for series in ticks])[-LAST:].mean())
        for name in READINGS
        if name in ticks[0]
    }


def say(name: str, judged: Sequence[dict[str, float]]) -> None:
    cells = [f"{key} {spanned([one[key] for one in judged])}" for key in judged[0]]
    click.echo(" | ".join([f"{name} ({len(judged)})", *cells]))


def spanned(values: Sequence[float]) -> str:
    mean, low, high = (f"{value:.3g}" for value in (np.mean(values), min(values), max(values)))
    return mean if low == high else f"{mean} ({low} to {high})"


if __name__ == "__main__":
    main(*sys.argv[1:])
