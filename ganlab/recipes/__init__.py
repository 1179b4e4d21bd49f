"""Recipes: named, complete configs with where they come from and what to expect of them."""

from __future__ import annotations

from ganlab.config import suggest
from ganlab.errors import ConfigError
from ganlab.recipes import dcgan_mnist, dcgan_tensorflow, folder, loss_race, modern, quick, wgan_gp
from ganlab.recipes.recipe import Recipe

__all__ = ["RECIPES", "Recipe", "recipe"]

#: At the head of the menu: they run anywhere. The Train page begins with the first.
_FIRST = ("quick-digits", "quick-mnist", "wgan-gp", "wgan-gp-mnist", "dcgan-mnist")
_ROWS = (
    *quick.ROWS,
    *wgan_gp.ROWS,
    *folder.ROWS,
    *dcgan_mnist.ROWS,
    *dcgan_tensorflow.ROWS,
    *loss_race.ROWS,
    *modern.ROWS,
)

RECIPES: dict[str, Recipe] = {row.name: row for row in sorted(_ROWS, key=lambda row: row.name not in _FIRST)}


def recipe(name: str) -> Recipe:
    """The row called `name`. Raises ConfigError with the nearest name."""
    if name not in RECIPES:
        raise ConfigError(f"unknown recipe {name!r}: {suggest(name, list(RECIPES))}")
    return RECIPES[name]
