"""The runtime of generators in a browser: a script for a page, without anything to fetch."""

from __future__ import annotations

import base64
import functools
from pathlib import Path

import orjson

_FOLDER = Path(__file__).parent
#: The fastest first.
_KERNELS = ("fma", "simd")
#: What runs in the worker; it becomes the body of one function, whose text the page hands to the worker.
_WORKER = ("kernel.js", "layers.js", "machine.js")
_PAGE = ("page_generator.js", "seeds.js")


@functools.cache
def runtime() -> str:
    """JavaScript that defines `PageGenerator` and `SeededLatents`, for a script or a module of a page.

    Everything is in it: the kernels as base64 text, the worker as a function.
    """
    kernels = [
        {"name": name, "base64": base64.b64encode((_FOLDER / f"kernel-{name}.wasm").read_bytes()).decode()}
        for name in _KERNELS
    ]
    worker = ["function ganlabMachine() {", '"use strict";', *map(_text, _WORKER), "return answerer();", "}"]
    return "\n".join([f"const GANLAB_KERNELS = {orjson.dumps(kernels).decode()};", *worker, *map(_text, _PAGE)])


def commas() -> str:
    """JavaScript that keeps number fields from reading "1,5" as 15, for a script of a page."""
    return _text("commas.js")


def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
