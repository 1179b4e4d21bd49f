"""Answers with a generator itself: as a program for the page to run, or as a file to take away.

For the table of `explore_routes`: both take what `loaded_for` gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from starlette.responses import Response

from ganlab.explore import Loaded, classes_of
from ganlab.explore.checks import check_one_of
from ganlab.export.compile import program_of
from ganlab.export.files import FORMS, Options, take_away
from ganlab.export.names import FormName
from ganlab.export.program import work
from ganlab.runs.directions import KeptDirection
from ganlab.ui.explore_requests import as_whole

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


def file_response(
    loaded: Loaded, query: Mapping[str, str], kept: Callable[[], tuple[KeptDirection, ...]] = tuple
) -> Response:
    """A file to take away. query: `form`, and the names of Options; kept: named directions, for a form that has them.

    Raises ConfigError, GanlabError.
    """
    form = cast(FormName, query.get("form", "html"))  # checked below
    options: dict[str, Any] = {name: query[name] for name in ("precision", "directions") if name in query}
    for name in query.keys() & set(_WHOLE):
        options[name] = as_whole(name, query[name])
    if "label" in query:
        options["label"] = classes_of(loaded, query["label"])
    check_one_of("form", form, tuple(FORMS))
    row = FORMS[form]
    if "kept" in row.fields:
        options["kept"] = kept()
    content = take_away(loaded, form, Options(**options))
    name = f"generator-step{loaded.step}{row.suffix}"
    told = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/octet-stream", headers=_NEVER | told)
