"""Every field of TrainConfig changes what it claims to change, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tiny import differing, fresh, tiny, weights_of

from ganlab.config import SETTINGS, TrainConfig, has_effect
from ganlab.data import DATASETS, Dataset, load_for
from ganlab.training import TrainState, new_state, train
from ganlab.training.batches import Batches

LEARNS = {"weights", "average", "pictures"}
#: A folder of pictures that are no squares; "@red" stands for its place.
PICTURES = {"dataset": "folder", "folder": "@red", "image_size": 16}
HEAPS = {"dataset": "gaussians-ring", "network": "mlp"}
OWN = {"dataset": "own-points", "network": "mlp", "points": "-0.5,-0.5\n0.5,0.5\n-0.5,0.5"}

#: field → (what else is set for both, another value, what changes: see `outcome`).
KNOBS: dict[str, tuple[dict[str, Any], Any, set[str]]] = {
    "recipe": ({}, "another", set()),
    "dataset": ({"network": "mlp"}, "mnist", {"begin", "data"} | LEARNS),
    "folder": (PICTURES, "@blue", {"data"} | LEARNS),
    "image_size": ({}, 32, {"begin", "data"} | LEARNS),
    "crop": (PICTURES, "letterbox", {"data"} | LEARNS),
    "points": (OWN, "0,0\n0.5,0\n0,0.5\n0.5,0.5", {"data"} | LEARNS),
    "formula": ({"dataset": "formula", "network": "mlp"}, "u, v", {"data"} | LEARNS),
    "modes": (HEAPS, 3, {"data"} | LEARNS),
    "spread": (HEAPS, 0.2, {"data"} | LEARNS),
    "imbalance": (HEAPS, 50.0, {"data"} | LEARNS),
    "classes": ({}, ("3", "5", "8"), {"data"} | LEARNS),
    "max_images": ({}, 9, {"data"} | LEARNS),
    "flip": ({}, True, {"data"} | LEARNS),
    "replacement": ({}, True, {"data"} | LEARNS),
    "batch_size": ({}, 6, {"data"} | LEARNS),
    "loss": ({}, "non-saturating", LEARNS),
    "label_smoothing": ({"loss": "non-saturating", "penalty": "none"}, 0.1, LEARNS),
    "penalty": ({}, "none", LEARNS),
    "penalty_weight": ({}, 3.0, LEARNS),
    "interpolation": ({}, "normal", LEARNS),
    "clip_value": ({"penalty": "clip"}, 0.05, LEARNS),
    "d_steps": ({}, 1, {"data"} | LEARNS),
    "d_update": ({}, "apart", LEARNS),
    "network": ({"dataset": "mnist"}, "dcgan-article", {"begin"} | LEARNS),
    "width": ({}, 5, {"begin"} | LEARNS),
    "depth": ({"network": "mlp"}, 1, {"begin"} | LEARNS),
    "norm_g": ({}, "layer", {"begin"} | LEARNS),
    "norm_d": ({}, "layer", {"begin"} | LEARNS),
    "head": ({}, "pool", {"begin"} | LEARNS),
    "head_width": ({}, 6, {"begin"} | LEARNS),
    "dropout": ({}, 0.5, LEARNS),
    "slope": ({}, 0.0, LEARNS),
    "upsample": ({}, "resize", {"begin"} | LEARNS),
    "conditional": ({}, True, {"begin", "data"} | LEARNS),
    "z_dim": ({}, 4, {"begin"} | LEARNS),
    "prior": ({}, "uniform", LEARNS),
    "prior_half_width": ({"prior": "uniform"}, 0.2, LEARNS),
    "init": ({}, "xavier", {"begin"} | LEARNS),
    "lr_d": ({}, 3e-3, LEARNS),
    "lr_g": ({}, 3e-3, LEARNS),
    "beta1": ({}, 0.1, LEARNS),
    "beta2": ({}, 0.5, LEARNS),
    "adam_eps": ({}, 1e-3, LEARNS),
    "weight_decay_d": ({}, 0.1, LEARNS),
    "weight_decay_g": ({}, 0.1, LEARNS),
    "ema_decay": ({}, 0.0, {"average", "pictures"}),
    "max_steps": ({}, 4, {"steps", "previews"} | LEARNS),
    "seed": ({}, 1, {"begin", "data"} | LEARNS),
    "preview_every": ({}, 2, {"previews"}),
    "preview_count": ({}, 3, {"pictures"}),
    "score_count": ({}, 0, set()),
    "scores": ({}, "all", set()),
    "score_share": ({}, 0.01, set()),
    "snapshot_every": ({}, 2, {"snapshots"}),
    "snapshot_space_mb": ({}, 2, set()),
    "device": ({}, "auto", set()),
    "precision": ({}, "bfloat16", LEARNS),
}

#: For a setting that needs another: what to set that other to, so that it has no effect (and what then fits).
WITHOUT: dict[str, dict[str, Any]] = {
    "folder": {"dataset": "digits"},
    "crop": {"dataset": "digits"},
    **{name: {"dataset": "digits"} for name in ("points", "formula", "modes", "spread", "imbalance")},
    "label_smoothing": {"loss": "hinge"},
    "penalty_weight": {"penalty": "clip"},
    "interpolation": {"penalty": "r1"},
    "clip_value": {"penalty": "gradient"},
    "d_update": {"loss": "relativistic"},
    "width": {"network": "dcgan-article", "dataset": "mnist"},
    "depth": {"network": "dcgan"},
    "head": {"network": "mlp"},
    "upsample": {"network": "mlp"},
    "prior_half_width": {"prior": "normal"},
}

Outcome = dict[str, dict[str, Any]]

#: Large enough steps that three of them show in 8-bit pictures.
BASE: dict[str, Any] = {"max_steps": 3, "preview_every": 100, "lr_d": 1e-2, "lr_g": 1e-2}


def started(config: TrainConfig) -> tuple[Dataset, TrainState]:
    """With made-up images, but real points: settings say what these are."""
    if DATASETS[config.dataset].has_images:
        return fresh(config)
    data = load_for(config)
    return data, new_state(config, data)


def outcome(config: TrainConfig) -> Outcome:
    data, state = started(config)
    begin = weights_of(state.generator) | weights_of(state.discriminator)
    ticks = list(train(data, state))
    _, untouched = started(config)
    batch = Batches(data, untouched).next()
    previews = [tick.preview for tick in ticks if tick.preview]
    return {
        "begin": begin,
        "data": {"first batch": batch.real, "labels": batch.labels, "seen": state.images_seen / state.step},
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


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two folders of pictures, "red" and "blue"."""
    place = tmp_path_factory.mktemp("folders")
    for channel, name in ((0, "red"), (2, "blue")):
        (place / name).mkdir()
        for number in range(18):
            image = np.zeros((20, 30, 3), np.uint8)
            image[number : number + 3, number : number + 9, channel] = 255
            Image.fromarray(image).save(place / name / f"{number}.png")
    return place


@pytest.fixture(scope="module")
def plain() -> Outcome:
    """What most knobs are compared with."""
    return outcome(tiny(**BASE))


def placed(settings: dict[str, Any], folders: Path) -> dict[str, Any]:
    """Settings with "@red" and "@blue" as the paths of the two folders."""
    at = {name: str(folders / name) for name in ("red", "blue")}
    return {name: at.get(str(value).removeprefix("@"), value) for name, value in settings.items()}


@pytest.mark.parametrize("field", KNOBS)
def test_a_knob_changes_what_it_claims_and_nothing_else(field: str, folders: Path, plain: Outcome):
    also, value, expected = KNOBS[field]
    config = tiny(**placed(BASE | also, folders))
    changed = config.with_changes(**placed({field: value}, folders))
    assert getattr(config, field) != getattr(changed, field)
    before, after = outcome(config) if also else plain, outcome(changed)
    assert {aspect for aspect in before if differing(before[aspect], after[aspect])} == expected


def test_every_field_that_needs_another_is_tried_without_it():
    assert set(WITHOUT) == {name for name, setting in SETTINGS.items() if setting.needs}


@pytest.mark.parametrize("field", WITHOUT)
def test_a_knob_that_needs_another_setting_does_nothing_without_it(field: str, folders: Path):
    """Else the page would hide a setting that matters."""
    config = tiny(**placed(BASE | WITHOUT[field], folders))
    assert not has_effect(field, config.model_dump())
    changed = config.with_changes(**placed({field: KNOBS[field][1]}, folders))
    before, after = outcome(config), outcome(changed)
    assert not {aspect for aspect in before if differing(before[aspect], after[aspect])}
