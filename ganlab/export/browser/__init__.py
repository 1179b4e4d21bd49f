"""The browser's runtime of generators, and how the package's JavaScript is handed out."""

from __future__ import annotations

from ganlab.export.browser.modules import modules, one_script

__all__ = ["commas", "modules", "one_script", "runtime"]


def runtime() -> str:
    """A script that defines `PageGenerator` and `SeededLatents`, without anything to fetch."""
    return one_script("export/browser/page_generator.js", "export/browser/seeds.js")


def commas() -> str:
    """A script that keeps the number fields of a page from reading "1,5" as 15."""
    return one_script("export/browser/commas.js")
