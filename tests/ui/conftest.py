"""A lab of its own for each test of the screen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

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
