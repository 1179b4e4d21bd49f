"""How a setting is declared: its title, meaning, range, unit and group, and how what is typed becomes its value."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

#: Headings of the settings on screen and in `--help`, in order.
GROUPS = ("Data", "Method", "Networks", "Optimisers", "Run")

#: Another setting and those of its values with which a setting has an effect.
Needs = tuple[str, tuple[str, ...]]


def _split(value: Any) -> Any:
    """'3, 5' → ('3', '5'), so that a list can be typed; a number is a name as well."""
    if isinstance(value, str | int):
        value = str(value).split(",")
    return tuple(str(part).strip() for part in value if str(part).strip()) if isinstance(value, list | tuple) else value


def whole(value: Any) -> Any:
    """'64' → 64, since choices of numbers are typed like any number."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]


def field(
    default: Any,
    group: str,
    title: str,
    description: str,
    *,
    unit: str = "",
    needs: Needs | None = None,
    knob: bool = False,
    **limits: Any,
) -> Any:
    """A setting. needs: without this it has no effect; knob: it may change while the run trains."""
    extra: dict[str, Any] = {"group": group, "unit": unit, "needs": needs, "knob": knob}
    return Field(default, title=title, description=description, json_schema_extra=extra, **limits)
