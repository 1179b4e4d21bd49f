"""Epochs are what D was really shown: every change of batch size and of D's updates counts from its step on."""

from __future__ import annotations

from pathlib import Path

from ganlab.config import TrainConfig
from ganlab.runs import Run, Runs
from ganlab.runs.epochs import Epochs, epochs_of


def new_run(checkpoints: Path) -> Run:
    run = Runs(checkpoints).create(TrainConfig(batch_size=10, d_steps=3))
    run.log("data", class_names=["a"], count=200, digest="")
    return run


def ticked(run: Run, step: int) -> None:
    run.log("tick", step=step, seconds=1.0, images=0, series={"loss_d": [0.0]})


def test_each_part_of_a_run_has_the_pace_of_its_settings(checkpoints: Path):
    run = new_run(checkpoints)
    assert epochs_of(run) == Epochs(200, ((0, 30),))
    ticked(run, 50)
    run.log("edit", step=50, changes={"batch_size": (10, 40), "lr_g": (1e-3, 1e-4)})
    run.log("edit", step=60, changes={"lr_g": (1e-4, 1e-3)})
    run.log("edit", step=70, changes={"d_steps": (3, 1)})
    assert epochs_of(run) == Epochs(200, ((0, 30), (50, 120), (70, 40)))
    run.log("undo", step=80, changes={"d_steps": (1, 3)})
    assert epochs_of(run) == Epochs(200, ((0, 30), (50, 120), (70, 40), (80, 120)))
    run.log("rewind", step=60, changes={})
    assert epochs_of(run) == Epochs(200, ((0, 30), (50, 120)))


def test_a_fork_counts_its_parents_steps_as_the_parent_made_them(checkpoints: Path):
    """Its config.json has what its parent's edits, and the fork itself, had come to."""
    run = new_run(checkpoints)
    run.log("edit", step=20, changes={"batch_size": (5, 8)}, parent="parent")
    run.log("fork", step=50, changes={"batch_size": (8, 10)}, parent="parent")
    assert epochs_of(run) == Epochs(200, ((0, 15), (20, 24), (50, 30)))


def test_a_run_that_does_not_say_how_much_data_it_has_has_no_epochs(checkpoints: Path):
    assert epochs_of(Runs(checkpoints).create(TrainConfig())) is None
