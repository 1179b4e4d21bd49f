"""How a setting is declared, what it then says of itself, and how what is typed becomes its value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, Field
from pydantic.fields import FieldInfo

#: Headings of the settings on screen and in `--help`, in order.
GROUPS = ("Data", "Method", "Networks", "Optimisers", "Run")

#: Another setting and those of its values with which a setting has an effect.
Needs = tuple[str, tuple[str, ...]]

#: How a value is entered: one of some, yes or no, a number, several names, free text.
Kind = Literal["choice", "flag", "whole", "number", "names", "text"]
_KINDS: dict[object, Kind] = {bool: "flag", int: "whole", float: "number", str: "text"}


@dataclass(frozen=True)
class Setting:
    """What a setting says of itself, for whoever draws a widget or an option from it.

    unit: what the number counts, or empty; needs: without this it has no effect; knob: it may change while the run
    trains; limits: those of a number, as pydantic names them (ge, gt, le, lt); choices: none where it is no choice.
    """

    name: str
    title: str
    description: str
    kind: Kind
    default: Any
    choices: tuple[Any, ...]
    group: str
    unit: str
    needs: Needs | None
    knob: bool
    limits: Mapping[str, Any]


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
    """A field of a model that is a setting, with what `Setting` says of these."""
    extra: dict[str, Any] = {"group": group, "unit": unit, "needs": needs, "knob": knob, "limits": limits}
    return Field(default, title=title, description=description, json_schema_extra=extra, **limits)


def settings_of(model: type[BaseModel]) -> dict[str, Setting]:
    """Those that a model declares, in their order."""
    return {name: _setting(name, info) for name, info in model.model_fields.items() if info.json_schema_extra}


def _setting(name: str, info: FieldInfo) -> Setting:
    choices = get_args(info.annotation) if get_origin(info.annotation) is Literal else ()
    kind = "choice" if choices else _KINDS.get(info.annotation, "names")
    extra = cast("dict[str, Any]", info.json_schema_extra)
    return Setting(name, info.title or name, info.description or "", kind, info.default, choices, **extra)
