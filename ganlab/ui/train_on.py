"""From the Data page to the Train page, with settings that fit the data."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ganlab.config import TrainConfig
from ganlab.data import DatasetSpec, shape_for
from ganlab.data.folder import Prepared
from ganlab.recipes import RECIPES
from ganlab.ui.places import go_to
from ganlab.ui.prepared import name_of
from ganlab.ui.settings import choose_recipe

#: From this size on, the larger of the two recipes for folders.
_LARGE = 128


def recipe_for(spec: DatasetSpec) -> tuple[str, dict[str, Any]] | None:
    """A recipe for this dataset and what of it must change: its own, else one for data of the same shape, else
    the one for the largest images that its own can be made into. None when there is none at all.
    """
    single = {name: recipe.config for name, recipe in RECIPES.items() if not recipe.rivals}
    own = [name for name, config in single.items() if config.dataset == spec.name]
    alike = [name for name, config in single.items() if shape_for(config) == spec.shape]
    if own or alike:
        return (own or alike)[0], {"dataset": spec.name}
    smaller = {name: shape for name, config in single.items() if _can_shrink_to(spec, shape := shape_for(config))}
    if not smaller:
        return None
    name = max(smaller, key=lambda name: smaller[name][-1])
    return name, {"dataset": spec.name, "image_size": smaller[name][-1]}


def _can_shrink_to(spec: DatasetSpec, shape: tuple[int, ...]) -> bool:
    return spec.has_images and len(shape) == 3 and shape[0] == spec.shape[0] and shape[-1] <= spec.shape[-1]


def draw_train_button(spec: DatasetSpec) -> None:
    """Nothing where no recipe would fit."""
    found = recipe_for(spec)
    if found is None:
        return
    name, changes = found
    help_text = f"Opens the Train page with recipe {name} and this dataset; everything can still be changed there."
    if st.button("Train on this", icon=":material/play_arrow:", help=help_text):
        _go(name, **changes)


def draw_folder_button(prepared: Prepared) -> None:
    name = "folder-dcgan-256" if prepared.size >= _LARGE else "folder-dcgan-64"
    help_text = f"Opens the Train page with recipe {name} and these pictures; everything can still be changed there."
    if st.button("Train on these", type="primary", icon=":material/play_arrow:", help=help_text):
        _go(name, **folder_settings(RECIPES[name].config, prepared))


def folder_settings(config: TrainConfig, prepared: Prepared) -> dict[str, Any]:
    """What of a recipe's config must change for these pictures: a batch holds no picture twice."""
    return {
        "dataset": "folder",
        "folder": name_of(prepared.folder),
        "image_size": prepared.size,
        "crop": prepared.crop,
        "batch_size": min(config.batch_size, prepared.count - prepared.held_out),
    }


def _go(recipe: str, **changes: Any) -> None:
    choose_recipe(recipe, RECIPES[recipe].config, **changes)
    go_to("Train")
