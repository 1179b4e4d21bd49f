"""The grid as trained is what G itself makes of the fixed latents while it trains; a look at it changes nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ganlab.config import TrainConfig
from ganlab.data import load_dataset
from ganlab.errors import SnapshotError
from ganlab.explore import Explorer, as_trained
from ganlab.runs import Runs
from ganlab.training import new_state, to_pictures, train

CONFIG = TrainConfig(width=4, batch_size=8, preview_count=9, max_steps=3, norm_g="batch")


def test_it_is_gs_own_batch_of_the_fixed_latents(checkpoints: Path):
    data = load_dataset("digits")
    state = new_state(CONFIG, data)
    shown = [tick.preview for tick in train(data, state, tick_s=0) if tick.preview is not None]
    run = Runs(checkpoints).create(CONFIG)
    run.save_snapshot(3, state.to_tensors())
    explorer = Explorer(Runs(checkpoints))
    before = explorer.load(run.id, 3, weights="generator").generator
    kept = [value.clone() for value in before.state_dict().values()]
    step, pictures = as_trained(explorer, run.id, "live")
    with torch.no_grad():
        expected = to_pictures(state.generator(state.fixed_z, state.fixed_labels))
    assert step == 3
    assert np.abs(pictures.astype(int) - expected).max() <= 1
    assert not np.array_equal(pictures, shown[-1].images), "the average draws others"
    assert not before.training
    assert all(torch.equal(one, other) for one, other in zip(kept, before.state_dict().values(), strict=True))


def test_a_slimmed_run_has_none(checkpoints: Path):
    run = Runs(checkpoints).create(CONFIG)
    run.save_snapshot(3, new_state(CONFIG, load_dataset("digits")).to_tensors())
    run.slim()
    with pytest.raises(SnapshotError, match="has no generator weights at step 3"):
        as_trained(Explorer(Runs(checkpoints)), run.id, 3)
