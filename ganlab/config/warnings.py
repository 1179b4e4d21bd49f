"""Sentences about combinations that are allowed and seldom wanted."""

from __future__ import annotations

from ganlab.config.model import TrainConfig
from ganlab.config.names import SLOPE_PENALTIES


def warnings_of(config: TrainConfig) -> tuple[str, ...]:
    """A sentence for each, with what to choose instead."""
    found = []
    if config.loss == "wasserstein" and config.penalty == "none" and config.norm_d != "spectral":
        found.append(
            "Loss 'wasserstein' with penalty 'none' has no lower bound, so the critic's loss runs away: "
            "choose penalty 'gradient' unless you want to see just that."
        )
    if config.loss == "wasserstein" and config.dropout > 0:
        found.append(
            f"Dropout {config.dropout:g} makes the critic a different function at each pass, "
            "so its loss no longer estimates a distance: set dropout to 0 for loss 'wasserstein'."
        )
    if config.norm_d == "batch" and config.penalty in SLOPE_PENALTIES:
        found.append(
            f"Penalty {config.penalty!r} measures the slope at each image, and batch normalisation in D makes an "
            "image's score depend on the others: choose norm_d 'layer', 'instance' or 'none'."
        )
    if config.penalty == "clip" and config.norm_d == "spectral":
        found.append(
            "Penalty 'clip' bounds the weights that spectral normalisation then rescales, so clipping does nothing: "
            "choose one of the two."
        )
    if config.loss == "relativistic" and config.penalty == "none":
        found.append(
            "Loss 'relativistic' without a penalty need not converge (Huang et al. 2024): choose penalty 'r1+r2'."
        )
    return tuple(found)
