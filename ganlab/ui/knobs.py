"""What the live component is told once of the settings: how each is named, explained and entered."""

from __future__ import annotations

import functools
from typing import Any

from ganlab.config import (
    GROUPS,
    TrainConfig,
    field_choices,
    field_group,
    field_is_knob,
    field_kind,
    field_needs,
    field_unit,
)
from ganlab.ui.settings import help_of, limits_of, step_of

#: Numbers that are turned by factors rather than by steps.
_BY_FACTORS = ("lr_d", "lr_g", "penalty_weight", "clip_value")
#: Knobs that are turned most; they come first.
_FIRST = ("lr_d", "lr_g", "d_steps", "loss", "penalty", "penalty_weight")


@functools.cache
def settings_schema() -> tuple[dict[str, Any], ...]:
    """All settings, JSON-ready: those that are turned most, then the others by group, in the order of declaration."""
    names = [name for name in TrainConfig.model_fields if field_group(name)]
    names.sort(
        key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), GROUPS.index(field_group(name)))
    )
    return tuple(map(_declaration, names))


def _declaration(name: str) -> dict[str, Any]:
    kind, needs = field_kind(name), field_needs(name)
    is_number = kind in ("whole", "number")
    low, high = limits_of(name) if is_number else (None, None)
    return {
        "name": name,
        "title": TrainConfig.model_fields[name].title or name,
        "help": help_of(name),
        "unit": field_unit(name),
        "group": field_group(name),
        "kind": kind,
        "knob": field_is_knob(name),
        "choices": field_choices(name),
        "needs": needs,
        "low": low,
        "high": high,
        "step": step_of(name) if is_number else None,
        "by_factors": name in _BY_FACTORS,
    }
