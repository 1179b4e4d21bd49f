"""The browser's runtime of generators, and how the package's JavaScript is handed out."""

from __future__ import annotations

from ganlab.export.browser.modules import modules, one_script

__all__ = ["modules", "one_script", "runtime"]


def runtime() -> str:
    """A script that defines `PageGenerator` and `SeededLatents`, without anything to fetch."""
    return one_script("export/browser/page_generator.js", "export/browser/seeds.js")
