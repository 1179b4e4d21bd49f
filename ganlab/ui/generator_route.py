"""Answers with a generator itself: as a program for the page to run, or as a file to take away.

For the table of `explore_routes`: both take what `loaded_for` gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from starlette.responses import Response

from ganlab.errors import ConfigError
from ganlab.explore import Loaded, classes_of
from ganlab.export.compile import program_of
from ganlab.export.files import FORMS, Options, take_away
from ganlab.export.names import FormName
from ganlab.export.program import work

_NEVER = {"Cache-Control": "no-store"}
_WHOLE = ("seed", "count", "scale")


def program_response(loaded: Loaded) -> Response:
    """The program and its weights, as `PageGenerator.open` reads them.

    Little-endian: the length of the JSON in bytes, uint32; the JSON, filled up with blanks to a multiple of four
    bytes; the weights, float32. X-Ganlab-Step: of the weights; X-Ganlab-Products: multiplications for one picture.
    """
    program = program_of(loaded.generator)
    text = program.to_json()
    text += b" " * (-len(text) % 4)
    told = {"X-Ganlab-Step": str(loaded.step), "X-Ganlab-Products": str(work(program))}
    content = len(text).to_bytes(4, "little") + text + program.blob()
    return Response(content, media_type="application/octet-stream", headers=_NEVER | told)


def file_response(loaded: Loaded, query: Mapping[str, str]) -> Response:
    """A file to take away. query: `form`, and the names of Options. Raises ConfigError, GanlabError."""
    form = query.get("form", "html")
    options: dict[str, Any] = {name: query[name] for name in ("precision",) if name in query}
    for name in query.keys() & set(_WHOLE):
        if not query[name].removeprefix("-").isdecimal():
            raise ConfigError(f"{name} must be a whole number, got {query[name]!r}")
        options[name] = int(query[name])
    if "label" in query:
        options["label"] = classes_of(loaded, query["label"])
    content = take_away(loaded, cast(FormName, form), Options(**options))
    name = f"generator-step{loaded.step}{FORMS[cast(FormName, form)].suffix}"
    told = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/octet-stream", headers=_NEVER | told)
