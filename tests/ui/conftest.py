"""A lab of its own for each test of the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image

from ganlab.config import TrainConfig
from ganlab.ui.lab import Lab, lab


@pytest.fixture
def tiny() -> TrainConfig:
    """Trains in a blink: the smallest net on the built-in digits."""
    return TrainConfig(width=4, z_dim=8, batch_size=8, d_steps=1, max_steps=6, preview_every=2, preview_count=4)


@pytest.fixture
def fresh_lab(checkpoints: object) -> Iterator[Lab]:
    """The lab that pages and routes of this test see, on an empty checkpoints folder."""
    lab.cache_clear()
    yield lab()
    assert lab().service.close(), "the trainer did not end"
    lab.cache_clear()


@pytest.fixture
def finished(fresh_lab: Lab, tiny: TrainConfig) -> str:
    """A tiny run that has been trained to its end."""
    run_id = fresh_lab.service.start(tiny)
    assert fresh_lab.service.wait(run_id, "finished", "failed", timeout_s=60)
    assert fresh_lab.service.status(run_id).state == "finished"
    return run_id


@pytest.fixture(autouse=True)
def data_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory of this test, empty; what is prepared goes elsewhere, and nothing loaded before is seen."""
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path / "cache"))
    st.cache_resource.clear()
    return tmp_path / "data"


@pytest.fixture
def pictures(tmp_path: Path) -> Callable[..., Path]:
    """Makes folders of small PNGs, no two alike, in sub-folders where classes are named."""

    def make(name: str, *, count: int = 20, classes: Sequence[str] = ("",)) -> Path:
        rng = np.random.default_rng(count)
        for index in range(count):
            file = tmp_path / name / classes[index % len(classes)] / f"{index:03}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 256, (20, 30, 3), np.uint8)).save(file)
        return tmp_path / name

    return make
