"""Runs of the real engine for the tests of the alarms to replay: healthy ones, and provoked failures.

By hand, in the root of the checkout: `python tests/alarms/record.py [NAME …]` makes `recorded/NAME.npz` anew, all of
them without a name. A digits run takes seconds to minutes on one core; healthy-dcgan-mnist wants the files of MNIST.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ganlab.config import TrainConfig
from ganlab.data import load_for
from ganlab.errors import TrainingError
from ganlab.recipes import RECIPES
from ganlab.training import new_state, train

FOLDER = Path(__file__).parent / "recorded"
_KEPT_BITS = np.uint32(0xFFFF_F000)


@dataclass(frozen=True)
class Planned:
    """A recipe, for how many steps, what is changed of it, and the alarms that must ring; a healthy run has none."""

    recipe: str
    steps: int
    changes: Mapping[str, Any] = field(default_factory=dict)
    expected: tuple[str, ...] = ()


_LOG = {"loss": "non-saturating", "penalty": "none", "d_steps": 1, "lr_d": 5e-4, "lr_g": 5e-4, "beta1": 0.5}
_RING = {"batch_size": 64, "penalty": "none", "d_steps": 1, "lr_d": 5e-3, "lr_g": 5e-3, "beta1": 0.9}
_TWO = {"max_images": 2, "batch_size": 2}
_SPECTRAL = {"norm_d": "spectral"}

RUNS: dict[str, Planned] = {
    "healthy-wgan-gp": Planned("wgan-gp", 2000),
    "healthy-wgan-gp-article": Planned("wgan-gp-article", 1000),
    "healthy-wgan": Planned("wgan", 700),
    "healthy-dcgan-mnist": Planned("dcgan-mnist", 300, {"preview_every": 20}),
    "healthy-hinge": Planned("wgan-gp", 800, _LOG | _SPECTRAL | {"loss": "hinge"}),
    "healthy-log": Planned("wgan-gp", 800, _LOG | _SPECTRAL),
    "healthy-lsgan": Planned("lsgan", 1000),
    "healthy-r3gan": Planned("r3gan-digits", 600),
    "healthy-ring": Planned("ring-wgan-gp", 800, {"batch_size": 128}),
    "lr-times-100-wgan-gp": Planned("wgan-gp", 200, {"lr_d": 0.1, "lr_g": 0.1}, ("runaway",)),
    "lr-times-100-log": Planned("wgan-gp", 200, _LOG | {"lr_d": 0.05, "lr_g": 0.05}, ("runaway",)),
    "d-steps-20-log": Planned("wgan-gp", 200, _LOG | {"d_steps": 20}, ("d-wins",)),
    "d-steps-20-saturating": Planned("wgan-gp", 200, _LOG | {"d_steps": 20, "loss": "saturating"}, ("d-wins",)),
    "d-steps-20-hinge": Planned("wgan-gp", 200, _LOG | {"d_steps": 20, "loss": "hinge"}, ("d-wins",)),
    "d-steps-20-least-squares": Planned("lsgan", 200, {"d_steps": 20}, ("d-wins",)),
    "d-steps-20-relativistic": Planned("r3gan-digits", 200, {"d_steps": 20, "penalty": "none"}, ("d-wins",)),
    "two-images-wgan-gp": Planned("wgan-gp", 200, _TWO, ("few-images", "critic-over-fits")),
    "two-images-log": Planned("wgan-gp", 200, _LOG | _TWO, ("few-images", "critic-over-fits", "d-wins")),
    "batch-norm-wgan-gp": Planned("wgan-gp", 100, {"norm_d": "batch"}, ("batch-norm-in-critic",)),
    "no-penalty-wgan": Planned("wgan-gp", 200, {"penalty": "none"}, ("runaway",)),
    "slow-d-log": Planned("wgan-gp", 300, _LOG | {"lr_d": 1e-6}, ("d-loses", "mode-collapse")),
    "momentum-ring-log": Planned("ring-wgan-gp", 400, _RING | {"loss": "non-saturating"}, ("mode-collapse",)),
    "momentum-ring-hinge": Planned("ring-wgan-gp", 400, _RING | {"loss": "hinge"}, ("mode-collapse", "oscillation")),
}


def config_of(planned: Planned) -> TrainConfig:
    fixed = {"max_steps": planned.steps, "device": "cpu", "precision": "float32"}
    return RECIPES[planned.recipe].config.with_changes(**fixed | dict(planned.changes))


def record(config: TrainConfig) -> dict[str, np.ndarray]:
    """Series per step, and measures per look: name → array; a run that ends in a TrainingError is kept up to there."""
    data = load_for(config)
    rows: dict[str, list[float]] = {}
    looks: list[dict[str, float]] = []
    with suppress(TrainingError):
        for tick in train(data, new_state(config, data)):
            for name, values in tick.series.items():
                rows.setdefault(name, []).extend(values)
            if tick.preview is not None and tick.preview.measures is not None:
                looks.append({"step": tick.step} | dict(tick.preview.measures.values))
    names = sorted({name for look in looks for name in look})
    table = {f"series/{name}": compact(values) for name, values in sorted(rows.items())}
    table |= {f"measures/{name}": compact([look.get(name, np.nan) for look in looks]) for name in names}
    return {"config": np.array(config.model_dump_json())} | table


def compact(values: list[float]) -> np.ndarray:
    """To 11 bits of mantissa, which leave a file small."""
    return (np.array(values, np.float32).view(np.uint32) & _KEPT_BITS).view(np.float32)


def main(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in names or list(RUNS):
        np.savez_compressed(FOLDER / f"{name}.npz", **record(config_of(RUNS[name])))  # pyright: ignore
        sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
