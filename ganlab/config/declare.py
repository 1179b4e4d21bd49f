"""How a setting is declared: its title, meaning, range, unit and group, and how what is typed becomes its value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

#: Headings of the settings on screen and in `--help`, in order.
GROUPS = ("Data", "Method", "Networks", "Optimisers", "Run")

#: Another setting and those of its values with which a setting has an effect.
Needs = tuple[str, tuple[str, ...]]


_NAME = re.compile(r'\s*"((?:[^"]|"")*)"\s*(?:,|\Z)|([^,]*)(?:,|\Z)')


def _split(value: Any) -> Any:
    """'3, 5' → ('3', '5'), so that a list can be typed; a number is a name as well.

    A name in double quotes may hold commas, and quotes where they are doubled, as in a CSV file.
    """
    if isinstance(value, str | int):
        value = [quoted.replace('""', '"') or plain.strip() for quoted, plain in _NAME.findall(str(value))]
    return tuple(str(part) for part in value if str(part).strip()) if isinstance(value, list | tuple) else value


def listed(names: Iterable[str]) -> str:
    """('3', 'a,b') → '3,"a,b"': names as they are typed."""
    return ",".join(name if _split(name) == (name,) else '"' + name.replace('"', '""') + '"' for name in names)


def whole_of(text: str) -> int | None:
    """'64' → 64, '-3' → −3; None for all that is no whole number of at most 18 digits, which Python reads at once."""
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None


def whole(value: Any) -> Any:
    """'64' → 64, since choices of numbers are typed like any number."""
    number = whole_of(value) if isinstance(value, str) else None
    return value if number is None else number


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
