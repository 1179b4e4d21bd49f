"""Experiments: one recipe trained with several settings and seeds, and what may be said of the difference."""

from ganlab.experiments.comparison import (
    Compared,
    compared,
    differing_settings,
    mean_and_spread,
    of_logged,
    of_snapshots,
    on_one_scale,
    scores_csv,
    verdicts,
)
from ganlab.experiments.experiment import Arm, Cell, Experiment, arms_of
from ganlab.experiments.on_ray import Cluster, Needs
from ganlab.experiments.report import report
from ganlab.experiments.shelf import Shelf
from ganlab.experiments.verdict import Difference, Moment, difference, sentence, verdict

__all__ = [
    "Arm",
    "Cell",
    "Cluster",
    "Compared",
    "Difference",
    "Experiment",
    "Moment",
    "Needs",
    "Shelf",
    "arms_of",
    "compared",
    "difference",
    "differing_settings",
    "mean_and_spread",
    "of_logged",
    "of_snapshots",
    "on_one_scale",
    "report",
    "scores_csv",
    "sentence",
    "verdict",
    "verdicts",
]
