"""What a field of TrainConfig says of itself, for whoever draws a widget or an option from it."""

from __future__ import annotations

from typing import Literal, cast

from ganlab.config.declare import Needs
from ganlab.config.model import TrainConfig, field_choices

FieldKind = Literal["choice", "flag", "whole", "number", "names", "text"]

_KINDS: dict[object, FieldKind] = {bool: "flag", int: "whole", float: "number", str: "text"}


def field_kind(name: str) -> FieldKind:
    """How a value is entered: one of some, yes or no, a number, several names, free text."""
    if field_choices(name):
        return "choice"
    return _KINDS.get(TrainConfig.model_fields[name].annotation, "names")


def field_group(name: str) -> str:
    """The heading a field stands under; empty for fields that are not settings."""
    return str(_extra(name).get("group", ""))


def field_unit(name: str) -> str:
    """What the number counts; empty where there is nothing to say."""
    return str(_extra(name).get("unit", ""))


def field_needs(name: str) -> Needs | None:
    """(other field, its values) without which a setting has no effect; None when it always has one."""
    return cast("Needs | None", _extra(name).get("needs"))


def field_is_knob(name: str) -> bool:
    """Whether a setting may change while the run trains."""
    return bool(_extra(name).get("knob"))


def has_effect(name: str, values: dict[str, object]) -> bool:
    """Whether a setting does anything beside the others as they stand; a setting that needs an idle one is idle."""
    needs = field_needs(name)
    return needs is None or (values[needs[0]] in needs[1] and has_effect(needs[0], values))


def _extra(name: str) -> dict[str, object]:
    extra = TrainConfig.model_fields[name].json_schema_extra
    return cast("dict[str, object]", extra) if isinstance(extra, dict) else {}
