"""The browser's modules: each import finds its module, each address finds its text, and one script holds them all."""

from __future__ import annotations

import posixpath
import re

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ganlab.export.browser import modules, one_script
from ganlab.ui import browser
from ganlab.ui.routes import routes

IMPORT = re.compile(r'^import\s*\{([^}]*)\}\s*from\s*"([^"]+)";', re.MULTILINE)
DECLARED = r"(?:async )?(?:function|class|const|let)"
TOP = re.compile(rf"^(?:export )?{DECLARED} ([\w$]+)", re.MULTILINE)


@pytest.mark.parametrize("path", modules())
def test_each_import_names_what_its_module_exports(path: str):
    for names, relative in IMPORT.findall(modules()[path]):
        text = modules()[posixpath.normpath(posixpath.join(posixpath.dirname(path), relative))]
        for name in filter(None, (each.strip() for each in names.split(","))):
            assert re.search(rf"^export {DECLARED} {re.escape(name)}(?!\w)", text, re.MULTILINE)


@pytest.mark.parametrize("entries", [("export/page/page.js",), ("ui/browser/explore/explore.js",)])
def test_one_script_holds_each_name_once_and_neither_imports_nor_exports(entries: tuple[str, ...]):
    script = one_script(*entries)
    names = TOP.findall(script)
    # The worker's program is a function of its own, with names of its own.
    worker = set(TOP.findall(modules()["export/browser/worker.js"]))
    outside = [name for name in names if name not in worker]
    assert len(outside) == len(set(outside))
    assert not re.search(r"^(import|export) \{?", script.replace("export default", ""), re.MULTILINE)


def test_every_module_is_served_under_the_version_and_nothing_else_is():
    client = TestClient(Starlette(routes=routes()))
    base = f"/{browser.ROUTE}/{browser.version()}"
    for path, text in modules().items():
        answer = client.get(f"{base}/{path}")
        assert (answer.status_code, answer.text) == (200, text)
        assert "javascript" in answer.headers["content-type"]
        assert "immutable" in answer.headers["cache-control"]
    for path in ("ui/browser/__init__.py", "ui/browser/../routes.py", "config/model.py"):
        assert client.get(f"{base}/{path}").status_code == 404
    assert client.get(f"/{browser.ROUTE}/other/ui/browser/base/dom.js").status_code == 404


def test_the_version_is_that_of_all_modules(monkeypatch: pytest.MonkeyPatch):
    before = browser.version()
    changed = {**modules(), "ui/browser/base/dom.js": "// another"}
    monkeypatch.setattr(browser, "modules", lambda: changed)
    assert browser.version.__wrapped__() != before
