"""The JavaScript of the package: ES modules for the app's pages, or one script for a page that must work alone."""

from __future__ import annotations

import base64
import functools
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson

_PACKAGE = Path(__file__).parents[2]
#: Folders with modules, in the package. Modules import one another by relative path.
_FOLDERS = ("export/browser", "export/page", "ui/browser")
#: The worker's program and its kernels as text, since a page opened from a file has nothing to load them from.
_WORKER = "export/browser/worker.js"
#: The fastest first.
_KERNELS = ("fma", "simd")
_IMPORT = re.compile(r'^import\s*\{[^}]*\}\s*from\s*"([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async |function|class|const|let))", re.MULTILINE)


@functools.cache
def modules() -> Mapping[str, str]:
    """The text of each module by its path in the package, such as `ui/browser/train/live.js`."""
    written = {
        path.relative_to(_PACKAGE).as_posix(): path.read_text(encoding="utf-8")
        for folder in _FOLDERS
        for path in sorted((_PACKAGE / folder).rglob("*.js"))
    }
    return written | {_WORKER: _worker(written)}


def one_script(*paths: str) -> str:
    """These modules and all that they import as one classic script, each after what it imports. Names must differ."""
    return _joined(modules(), paths)


def _joined(texts: Mapping[str, str], paths: tuple[str, ...]) -> str:
    order = dict.fromkeys(path for entry in paths for path in _imported_first(texts, entry, ()))
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", texts[path])) for path in order)


def _imported_first(texts: Mapping[str, str], path: str, within: tuple[str, ...]) -> Iterator[str]:
    """The modules that `path` needs, then itself; one that imports itself in a circle stands where it was met first."""
    if path in within:
        return
    for relative in _IMPORT.findall(texts[path]):
        imported = posixpath.normpath(posixpath.join(posixpath.dirname(path), relative))
        yield from _imported_first(texts, imported, (*within, path))
    yield path


def _worker(texts: Mapping[str, str]) -> str:
    """The worker as a module: its kernels as base64 text, and its program as a function whose text starts a worker."""
    folder = Path(__file__).parent
    kernels = [
        {"name": name, "base64": base64.b64encode((folder / f"kernel-{name}.wasm").read_bytes()).decode()}
        for name in _KERNELS
    ]
    program = _joined(texts, ("export/browser/machine.js",))
    return (
        f"export const GANLAB_KERNELS = {orjson.dumps(kernels).decode()};\n"
        f'export function ganlabMachine() {{\n"use strict";\n{program}\nreturn answerer();\n}}\n'
    )
