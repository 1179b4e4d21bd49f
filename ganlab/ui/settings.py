"""Widgets for the settings of a run, drawn from the declarations in TrainConfig."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from typing import Any

import streamlit as st

from ganlab.config import GROUPS, SETTINGS, Setting, TrainConfig, has_effect
from ganlab.data import DATASETS
from ganlab.ui.prepared import class_names_of, folder_names

#: The key of the box that recipes are chosen in.
RECIPE_BOX = "recipe"

#: Where the recipe is remembered that was chosen elsewhere and waits for its Start.
READY = "recipe that is ready"

#: Settings that stand above the Start button; all others are folded away under their group.
FIRST = ("dataset", "folder", "loss")

#: A usual value, where neither the default nor the range tells one; it sets the step of the widget.
_USUAL = {"max_images": 10_000, "weight_decay_d": 1e-4, "weight_decay_g": 1e-4, "seed": 10}

#: Settings of pictures alone, and of data with classes alone.
_PICTURES_ONLY = ("image_size", "flip")
_CLASSES_ONLY = ("classes", "conditional")

Values = dict[str, Any]


def draw_first(recipe: str, defaults: TrainConfig, *, decided: Collection[str] = ()) -> Values:
    """The settings that everyone chooses; `decided` ones are not drawn, since the recipe varies them itself."""
    values = _remembered(recipe, defaults)
    for name in FIRST:
        if name not in decided and is_shown(name, values):
            _draw(recipe, name, values)
    return values


def draw_groups(recipe: str, values: Values, *, decided: Collection[str] = ()) -> Values:
    """All other settings, a folder per group; `values` is completed and remembered until the session ends."""
    for group in GROUPS:
        names = [name for name, setting in SETTINGS.items() if setting.group == group and name not in FIRST]
        with st.expander(group):
            for name in names:
                if name not in decided and is_shown(name, values):
                    _draw(recipe, name, values)
    st.session_state[_memory(recipe)] = values
    return values


def is_shown(name: str, values: Values) -> bool:
    """Whether a setting can matter beside the others as they stand.

    One that the data cannot follow (classes of a dataset without any) stays while it asks for something, so that
    what is refused can be taken back.
    """
    if not has_effect(name, values):
        return False
    if values[name]:
        return True
    if name in _PICTURES_ONLY:
        return DATASETS[values["dataset"]].has_images
    return name not in _CLASSES_ONLY or values["dataset"] == "folder" or bool(class_names_of(values))


def choose_recipe(recipe: str, defaults: TrainConfig, **changes: Any) -> None:
    """Let this be the recipe, and its settings its own with `changes`, when the Train page is next drawn."""
    forget(recipe)
    st.session_state[_memory(recipe)] = defaults.model_dump() | changes
    st.session_state[RECIPE_BOX] = st.session_state[READY] = recipe


def forget(recipe: str) -> None:
    """Put a recipe's settings back to its own."""
    st.session_state.pop(_memory(recipe), None)
    for key in [key for key in st.session_state if str(key).startswith(_key(recipe, ""))]:
        del st.session_state[key]


def _remembered(recipe: str, defaults: TrainConfig) -> Values:
    """Streamlit forgets widgets that are not drawn; the session keeps what was set."""
    return defaults.model_dump() | st.session_state.get(_memory(recipe), {})


def _memory(recipe: str) -> str:
    return f"settings of {recipe}"


def _key(recipe: str, name: str) -> str:
    return f"{recipe}.{name}"


def _draw(recipe: str, name: str, values: Values) -> None:
    """One widget, by the kind of value; `values` takes what it says."""
    setting = SETTINGS[name]
    options: dict[str, Any] = {"label": setting.title, "key": _key(recipe, name), "help": help_of(setting)}
    draw = _OWN.get(name) or _WIDGETS[setting.kind]
    values[name] = draw(setting, values, options)


def _draw_choice(setting: Setting, values: Values, options: dict[str, Any]) -> Any:
    choices = setting.choices
    index = choices.index(values[setting.name])
    return st.selectbox(options=choices, index=index, format_func=_shown_choice, **options)


def _shown_choice(choice: Any) -> str:
    """0 among numbers stands for the dataset's own size."""
    if isinstance(choice, int):
        return f"{choice} × {choice}" if choice else "the dataset's own"
    return str(choice)


def _draw_flag(setting: Setting, values: Values, options: dict[str, Any]) -> bool:
    return st.toggle(value=values[setting.name], **options)


def _draw_number(setting: Setting, values: Values, options: dict[str, Any]) -> Any:
    low, high = limits_of(setting)
    return st.number_input(
        value=values[setting.name],
        min_value=low,
        max_value=high,
        step=step_of(setting),
        format=None if setting.kind == "whole" else "%g",
        **options,
    )


def _draw_names(setting: Setting, values: Values, options: dict[str, Any]) -> tuple[str, ...]:
    """Some of the dataset's classes; where they are not known yet, they can be typed."""
    known = class_names_of(values)
    chosen = [each for each in values[setting.name] if each in known or not known]
    options["key"] += f" of {values['dataset']}"  # another dataset has other classes
    return tuple(
        st.multiselect(
            options=known or chosen,
            default=chosen,
            accept_new_options=not known,
            placeholder="All of them" if known else "All of them, or type names",
            **options,
        )
    )


def _draw_folder(setting: Setting, values: Values, options: dict[str, Any]) -> str:
    """One of the folders that were prepared, or any path."""
    chosen = values[setting.name]
    known = list(dict.fromkeys([*([chosen] if chosen else []), *folder_names()]))
    picked = st.selectbox(
        options=known,
        index=known.index(chosen) if chosen else None,
        accept_new_options=True,
        placeholder="Choose one, or type a path",
        **options,
    )
    return str(picked or "").strip()


def _draw_text(setting: Setting, values: Values, options: dict[str, Any]) -> str:
    return str(st.text_input(value=values[setting.name], **options))


def _draw_points(setting: Setting, values: Values, options: dict[str, Any]) -> str:
    return str(st.text_area(value=values[setting.name], placeholder="0.1,0.2", height=120, **options))


#: Widgets of settings that are more than their kind.
_OWN = {"folder": _draw_folder, "points": _draw_points}
_WIDGETS: dict[str, Callable[[Setting, Values, dict[str, Any]], Any]] = {
    "choice": _draw_choice,
    "flag": _draw_flag,
    "whole": _draw_number,
    "number": _draw_number,
    "names": _draw_names,
    "text": _draw_text,
}


def help_of(setting: Setting) -> str:
    """What a setting means, what it counts, and when it is there at all."""
    unit, needs = setting.unit, setting.needs
    parts = [
        setting.description,
        f"In {unit}." if unit else "",
        f"Used only with {SETTINGS[needs[0]].title} = {' or '.join(needs[1])}." if needs else "",
    ]
    return " ".join(part for part in parts if part)


def limits_of(setting: Setting) -> tuple[Any, Any]:
    """Lowest and highest value of a number, None where there is none.

    Closed ends only: the config itself refuses an open end, with a sentence.
    """
    kind = int if setting.kind == "whole" else float
    low, high = (setting.limits.get(end) for end in ("ge", "le"))
    return (None if low is None else kind(low)), (None if high is None else kind(high))


def step_of(setting: Setting) -> Any:
    """A step of the order of magnitude of a usual value, at most a half; for whole numbers a tenth of that, at least 1.

    By its step a field is known to be of whole numbers, which a comma does not fit.

    Of a usual value, not of the present one: a widget whose step changes is another widget and loses the focus.
    """
    usual = _USUAL.get(setting.name) or setting.default or (limits_of(setting)[1] or 1) / 10
    magnitude = math.floor(math.log10(abs(usual)))
    return max(1, 10 ** (magnitude - 1)) if setting.kind == "whole" else min(10.0**magnitude, 0.5)
