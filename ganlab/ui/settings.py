"""Widgets for the settings of a run, drawn from the declarations in TrainConfig."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st
from pydantic.fields import FieldInfo

from ganlab.config import GROUPS, TrainConfig, field_choices, field_group, field_needs, has_effect

#: Settings that stand above the Start button; all others are folded away under their group.
FIRST = ("dataset", "loss")

Values = dict[str, Any]


def draw_first(recipe: str, defaults: TrainConfig) -> Values:
    """The settings that everyone chooses."""
    values = _remembered(recipe, defaults)
    for name in FIRST:
        _draw(recipe, name, values)
    return values


def draw_groups(recipe: str, values: Values) -> Values:
    """All other settings, a folder per group; `values` is completed and remembered until the session ends."""
    for group in GROUPS:
        names = [name for name in TrainConfig.model_fields if field_group(name) == group and name not in FIRST]
        with st.expander(group):
            for name in names:
                _draw(recipe, name, values)
    st.session_state[_memory(recipe)] = values
    return values


def forget(recipe: str) -> None:
    """Put a recipe's settings back to its own."""
    st.session_state.pop(_memory(recipe), None)
    for name in TrainConfig.model_fields:
        st.session_state.pop(_key(recipe, name), None)


def _remembered(recipe: str, defaults: TrainConfig) -> Values:
    """Streamlit forgets widgets while another page is shown; the session keeps what was set."""
    return defaults.model_dump() | st.session_state.get(_memory(recipe), {})


def _memory(recipe: str) -> str:
    return f"settings of {recipe}"


def _key(recipe: str, name: str) -> str:
    return f"{recipe}.{name}"


def _draw(recipe: str, name: str, values: Values) -> None:
    field = TrainConfig.model_fields[name]
    title, key = field.title or name, _key(recipe, name)
    idle = not has_effect(name, values)
    help_text = _help(field, values, name)
    choices = field_choices(name)
    if choices:
        values[name] = st.selectbox(
            title, choices, index=choices.index(values[name]), key=key, help=help_text, disabled=idle
        )
    else:
        whole = field.annotation is int
        low, high = _limits(field)
        values[name] = st.number_input(
            title,
            value=values[name],
            min_value=low,
            max_value=high,
            step=_step(field.default or (high or 1) / 10, whole),
            format=None if whole else "%g",
            key=key,
            help=help_text,
            disabled=idle,
        )


def _help(field: FieldInfo, values: Values, name: str) -> str:
    extra = field.json_schema_extra
    unit = extra.get("unit") if isinstance(extra, dict) else None
    needs = field_needs(name)
    parts = [
        field.description or "",
        f"In {unit}." if unit else "",
        f"Used only with {TrainConfig.model_fields[needs[0]].title} = {' or '.join(needs[1])}." if needs else "",
    ]
    return " ".join(part for part in parts if part)


def _limits(field: FieldInfo) -> tuple[Any, Any]:
    """Closed ends only: the config itself refuses an open end, with a sentence."""
    low = next((limit.ge for limit in field.metadata if hasattr(limit, "ge")), None)
    high = next((limit.le for limit in field.metadata if hasattr(limit, "le")), None)
    kind = float if field.annotation is float else int
    return (None if low is None else kind(low)), (None if high is None else kind(high))


def _step(value: float, whole: bool) -> Any:
    """A step of the order of magnitude of a usual value; for whole numbers a tenth of that, but at least 1.

    Of a usual value, not of the present one: a widget whose step changes is another widget and loses the focus.
    """
    magnitude = math.floor(math.log10(abs(value)))
    return max(1, 10 ** (magnitude - 1)) if whole else 10.0**magnitude
