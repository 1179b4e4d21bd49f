"""Make the pictures on the cards of recipes from runs of them: `python docs/thumbnails.py checkpoints …`."""

from __future__ import annotations

import sys
from pathlib import Path

from ganlab.data import DATASETS
from ganlab.pictures import grid_columns, thumbnail
from ganlab.recipes import RECIPES
from ganlab.runs import Runs

CARDS = Path(__file__).parents[1] / "ganlab" / "ui" / "cards"


def main(folders: list[str]) -> None:
    """A corner of the last grid of each run, under the name of its recipe; the first run of a recipe counts."""
    runs = {run.config.recipe: run for folder in reversed(folders) for run in Runs(Path(folder)).all()}
    for name, run in runs.items():
        steps = sorted(int(file.stem) for file in (run.path / "samples").glob("*.webp"))
        if name in RECIPES and steps:
            columns = grid_columns(run.config.preview_count) if DATASETS[run.config.dataset].has_images else 1
            (CARDS / f"{name}.webp").write_bytes(thumbnail(run.sample(steps[-1]), columns))


if __name__ == "__main__":
    main(sys.argv[1:] or ["checkpoints"])
