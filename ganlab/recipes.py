"""Recipes: named, complete configs with what to expect of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ganlab.config import TrainConfig, parse_config, suggest
from ganlab.errors import ConfigError


@dataclass(frozen=True)
class Recipe:
    """A row of the table: the config, one line about it, and what the page says before Start."""

    config: TrainConfig
    summary: str
    expect: str


def _recipe(name: str, summary: str, expect: str, **settings: Any) -> Recipe:
    return Recipe(parse_config({"recipe": name} | settings), summary, expect)


RECIPES: dict[str, Recipe] = {
    "wgan-gp": _recipe(
        "wgan-gp",
        "WGAN-GP on the built-in digits: readable within a minute on a laptop, no download.",
        "Digits within a minute on two CPU cores. The critic's loss falls for the first seconds, "
        "then rises towards zero as the samples get better.",
        width=16,
        head_width=512,
        z_dim=32,
        lr_d=1e-3,
        lr_g=1e-3,
        beta1=0.0,
        ema_decay=0.995,
        preview_every=20,
    ),
    "wgan-gp-mnist": _recipe(
        "wgan-gp-mnist",
        "WGAN-GP on MNIST, 28×28.",
        "Strokes after some hundred steps, digits after two thousand: about ten minutes on two CPU cores; "
        "all 5,000 steps take about 25.",
        dataset="mnist",
        width=24,
        head_width=256,
        lr_d=5e-4,
        lr_g=5e-4,
        beta1=0.0,
        ema_decay=0.995,
        max_steps=5000,
        preview_every=100,
    ),
    "dcgan-mnist": _recipe(
        "dcgan-mnist",
        "The DCGAN of the MNIST article: its networks, dropout, Xavier weights and 3,001 steps.",
        "Digits after about a thousand steps; all 3,001 take about 40 minutes on two CPU cores. "
        "D(x) and D(G(z)) stay on either side of 0.5; "
        "the losses hover and say little about quality.",
        dataset="mnist",
        loss="non-saturating",
        penalty="none",
        d_steps=1,
        network="dcgan-article",
        dropout=0.25,
        init="xavier",
        z_dim=100,
        batch_size=128,
        beta1=0.2,
        beta2=0.999,
        max_steps=3001,
        preview_every=100,
        preview_count=256,
        snapshot_every=1000,
    ),
}


def recipe(name: str) -> Recipe:
    """The row called `name`. Raises ConfigError with the nearest name."""
    if name not in RECIPES:
        raise ConfigError(f"unknown recipe {name!r}: {suggest(name, list(RECIPES))}")
    return RECIPES[name]
