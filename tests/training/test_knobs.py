"""Every field of TrainConfig changes what it claims to change, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from tiny import differing, fresh, tiny, weights_of

from ganlab.config import TrainConfig, field_needs
from ganlab.training import train
from ganlab.training.batches import Batches

LEARNS = {"weights", "average", "pictures"}

#: field → (what else is set for both, another value, what changes: see `outcome`).
KNOBS: dict[str, tuple[dict[str, Any], Any, set[str]]] = {
    "recipe": ({}, "another", set()),
    "dataset": ({}, "mnist", {"begin", "data"} | LEARNS),
    "batch_size": ({}, 6, {"data"} | LEARNS),
    "loss": ({}, "non-saturating", LEARNS),
    "penalty": ({}, "none", LEARNS),
    "penalty_weight": ({}, 3.0, LEARNS),
    "d_steps": ({}, 1, {"data"} | LEARNS),
    "network": ({"dataset": "mnist"}, "dcgan-article", {"begin"} | LEARNS),
    "width": ({}, 5, {"begin"} | LEARNS),
    "head_width": ({}, 6, {"begin"} | LEARNS),
    "z_dim": ({}, 4, {"begin"} | LEARNS),
    "prior": ({}, "uniform", LEARNS),
    "prior_half_width": ({"prior": "uniform"}, 0.2, LEARNS),
    "dropout": ({}, 0.5, LEARNS),
    "init": ({}, "xavier", {"begin"} | LEARNS),
    "lr_d": ({}, 3e-3, LEARNS),
    "lr_g": ({}, 3e-3, LEARNS),
    "beta1": ({}, 0.1, LEARNS),
    "beta2": ({}, 0.5, LEARNS),
    "ema_decay": ({}, 0.0, {"average", "pictures"}),
    "max_steps": ({}, 4, {"steps", "previews"} | LEARNS),
    "seed": ({}, 1, {"begin", "data"} | LEARNS),
    "preview_every": ({}, 2, {"previews"}),
    "preview_count": ({}, 3, {"pictures"}),
    "snapshot_every": ({}, 2, {"snapshots"}),
    "device": ({}, "auto", set()),
}

#: Large enough steps that three of them show in 8-bit pictures.
BASE: dict[str, Any] = {"max_steps": 3, "preview_every": 100, "lr_d": 1e-2, "lr_g": 1e-2}


def outcome(config: TrainConfig) -> dict[str, dict[str, Any]]:
    data, state = fresh(config)
    begin = weights_of(state.generator) | weights_of(state.discriminator)
    ticks = list(train(data, state))
    _, untouched = fresh(config)
    previews = [tick.preview for tick in ticks if tick.preview]
    return {
        "begin": begin,
        "data": {"first batch": Batches(data.examples, untouched).next(), "seen": state.images_seen / state.step},
        "weights": {f"g.{name}": value for name, value in weights_of(state.generator).items()}
        | {f"d.{name}": value for name, value in weights_of(state.discriminator).items()},
        "average": weights_of(state.average),
        "pictures": {"last": previews[-1].images, "count": previews[-1].images.shape},
        "steps": {"done": state.step},
        "previews": {"at": np.array([preview.step for preview in previews])},
        "snapshots": {"at": np.array([tick.step for tick in ticks if tick.snapshot_due])},
    }


def test_every_field_has_an_entry_here():
    assert list(KNOBS) == list(TrainConfig.model_fields)


@pytest.mark.parametrize("field", KNOBS)
def test_a_knob_changes_what_it_claims_and_nothing_else(field: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    also, value, expected = KNOBS[field]
    config = tiny(**(BASE | also))
    changed = config.with_changes(**{field: value})
    assert getattr(config, field) != value
    before, after = outcome(config), outcome(changed)
    assert {aspect for aspect in before if differing(before[aspect], after[aspect])} == expected


@pytest.mark.parametrize("field", [name for name in KNOBS if field_needs(name)])
def test_a_knob_that_needs_another_setting_does_nothing_without_it(field: str):
    """Else the page would hide a setting that matters."""
    needed, wanted = field_needs(field) or ("", "")
    without: dict[str, dict[str, Any]] = {
        "penalty": {"penalty": "none"},
        "network": {"network": "dcgan-article", "dataset": "mnist"},
        "prior": {"prior": "normal"},
    }
    config = tiny(**(BASE | without[needed]))
    assert getattr(config, needed) != wanted
    before, after = outcome(config), outcome(config.with_changes(**{field: KNOBS[field][1]}))
    assert not {aspect for aspect in before if differing(before[aspect], after[aspect])}
