"""What the live component is told once of the settings: how each is named, explained and entered."""

from __future__ import annotations

import functools
from typing import Any

from ganlab.config import GROUPS, SETTINGS, Setting
from ganlab.ui.settings import help_of, limits_of, step_of

#: Numbers that are turned by factors rather than by steps.
_BY_FACTORS = ("lr_d", "lr_g", "penalty_weight", "clip_value")
#: Knobs that are turned most; they come first.
_FIRST = ("lr_d", "lr_g", "d_steps", "loss", "penalty", "penalty_weight")
#: Knobs that are turned beside the picture of the plane.
_BESIDE_PLANE = ("lr_d", "lr_g", "d_steps", "penalty", "penalty_weight")


@functools.cache
def settings_schema() -> tuple[dict[str, Any], ...]:
    """All settings but drawn points, JSON-ready: those that are turned most, then the others by group, as declared."""
    return tuple(map(_declaration, sorted((each for each in SETTINGS.values() if each.name != "points"), key=_place)))


def plane_schema() -> tuple[dict[str, Any], ...]:
    """Of the knobs beside the picture of the plane."""
    return tuple(each for each in settings_schema() if each["name"] in _BESIDE_PLANE)


def _place(setting: Setting) -> tuple[int, int]:
    first = _FIRST.index(setting.name) if setting.name in _FIRST else len(_FIRST)
    return first, GROUPS.index(setting.group)


def _declaration(setting: Setting) -> dict[str, Any]:
    said = ("name", "title", "unit", "group", "kind", "knob", "choices", "needs")
    is_number = setting.kind in ("whole", "number")
    low, high = limits_of(setting) if is_number else (None, None)
    return {name: getattr(setting, name) for name in said} | {
        "help": help_of(setting),
        "low": low,
        "high": high,
        "step": step_of(setting) if is_number else None,
        "by_factors": setting.name in _BY_FACTORS,
    }
