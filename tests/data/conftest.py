"""Fixtures for tests of datasets."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that this test's prepared images land in; it is not there yet."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("GANLAB_CACHE", str(folder))
    return folder
