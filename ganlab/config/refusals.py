"""What is wrong with a setting, in words: name, value and way out."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from ganlab.config.declare import Setting
from ganlab.words import shortened

#: What a field wants, where pydantic's own words do not follow "must be".
_WISHES = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of fewer digits",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list of names with commas between",
    "string_type": "text",
    "string_too_long": "shorter text",
    "string_pattern_mismatch": "at most 64 letters, digits, dots, dashes and underscores",
}
#: Characters of a value that is told.
_LONGEST = 200


def sentence_of(detail: Any, settings: Mapping[str, Setting]) -> str:
    """One pydantic error in words."""
    if not detail["loc"]:
        return str(detail["ctx"]["error"])
    name, value = str(detail["loc"][0]), detail["input"]
    if detail["type"] == "extra_forbidden":
        return f"unknown setting {name!r}: {suggest(name, list(settings))}"
    if detail["type"] == "literal_error":
        return f"{name} cannot be {value!r}: {_suggest_one(value, settings[name].choices)}"
    wish = _WISHES.get(detail["type"], detail["msg"].removeprefix("Input should be "))
    return f"{name} must be {wish}, got {shortened(repr(value), _LONGEST)}"


def _suggest_one(value: object, known: tuple[Any, ...]) -> str:
    """For a number all of them: one that looks alike is another size."""
    words = [str(choice) for choice in known]
    return suggest(value, words) if isinstance(value, str) else f"choose one of {', '.join(words)}"


def suggest(name: str, known: list[str]) -> str:
    """' Did you mean …?' or the list of what is known, to end a sentence about an unknown name."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"choose one of {', '.join(known)}"
