"""A generator as one page: a file that opens offline with a double-click."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from ganlab.export.browser import one_script
from ganlab.export.program import Precision, Program
from ganlab.gan.latent import Space
from ganlab.gan.priors import PRIORS

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Slider:
    """A direction by its name. share: of variance, None where it is not known; move: one standard deviation of it."""

    name: str
    share: float | None
    move: list[float]


def to_page(
    program: Program,
    space: Space,
    sliders: Sequence[Slider],
    *,
    title: str,
    class_names: Sequence[str] = (),
    shares: Sequence[float] = (),
    seed: int = 0,
    precision: Precision = "float32",
) -> bytes:
    """The text of the file: program, weights, runtime and controls.

    sliders: those that move z. seed, shares (of every class): what it shows first.
    It fetches nothing, and forbids itself to.
    """
    about = {
        "title": title,
        "seed": seed,
        "prior": space.prior,
        "halfWidth": space.half_width,
        "reach": PRIORS[space.prior].spread(space.half_width),
        "classNames": list(class_names),
        "shares": list(shares),
        "directions": [asdict(slider) for slider in sliders],
    }
    parts = {
        "title": html.escape(title),
        "style": _text("page.css"),
        "program": _for_script(orjson.loads(program.to_json(precision))),
        "about": _for_script(about),
        "weights": base64.b64encode(program.blob(precision)).decode(),
        "script": one_script("export/browser/commas.js", "export/page/page.js"),
    }
    return re.sub(r"\{\{ (\w+) \}\}", lambda place: parts[place[1]], _text("page.html")).encode()


def _for_script(content: Any) -> str:
    """JSON that cannot end the script element that it stands in."""
    return orjson.dumps(content).decode().replace("<", "\\u003c")


def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
