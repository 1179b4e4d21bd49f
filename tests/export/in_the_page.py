"""A page of the browser that reads files of the tests from the disk: large ones pass no other way in good time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

READ = """
const file = (name) => [...document.getElementById("files").files].find((each) => each.name === name).arrayBuffer();
"""


@dataclass(frozen=True)
class RuntimePage:
    """A page with the runtime, and files that it reads from the disk as `await file(name)`."""

    page: Page
    folder: Path

    def evaluate(self, script: str, argument: Any = None, *, files: Mapping[str, bytes] | None = None) -> Any:
        paths = [self.folder / name for name in files or {}]
        for path, content in zip(paths, (files or {}).values(), strict=True):
            path.write_bytes(content)
        self.page.set_input_files("#files", paths)
        return self.page.evaluate(script, argument)
