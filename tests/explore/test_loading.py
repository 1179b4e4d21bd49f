"""A snapshot file from anywhere is drawn from as the run it came from, and whatever else it is says so."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn import TINY, make_run, pictures, weights
from safetensors.torch import save_file

from ganlab.errors import SnapshotError
from ganlab.explore import Explorer, draw, load_file
from ganlab.runs import Run, Runs


@pytest.fixture
def run(checkpoints: Path) -> Run:
    return make_run(Runs(checkpoints), 500)


def dropped(run: Run, tmp_path: Path) -> Path:
    return Path(shutil.copy(run.snapshot_path(500), tmp_path / "from a friend.safetensors"))


def test_a_file_from_anywhere_draws_what_its_run_draws(run: Run, tmp_path: Path, checkpoints: Path):
    loaded = load_file(dropped(run, tmp_path))
    assert (loaded.source, loaded.step, loaded.config) == ("file 'from a friend.safetensors'", 500, run.config)
    expected = pictures(Explorer(Runs(checkpoints)), run.id, 500, seed=3, count=2)
    assert np.array_equal(draw(loaded, loaded.space.of_seed(3, 2)), expected)


def test_a_damaged_file_says_so_and_runs_nothing(run: Run, tmp_path: Path):
    path = dropped(run, tmp_path)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(SnapshotError, match=r"from a friend.safetensors is damaged or no safetensors file .*: choose"):
        load_file(path)
    (tmp_path / "x.safetensors").write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    with pytest.raises(SnapshotError, match=r"no safetensors file .* nothing in it was run"):
        load_file(tmp_path / "x.safetensors")
    with pytest.raises(SnapshotError, match=r"there is no file .*nowhere"):
        load_file(tmp_path / "nowhere.safetensors")
    with pytest.raises(SnapshotError, match=r"cannot be read \(Is a directory\): check its rights"):
        load_file(tmp_path)


@pytest.mark.parametrize("metadata", [None, {"config": "["}, {"config": "[]"}, {"config": '{"width": -3}'}])
def test_a_file_of_another_kind_says_so(tmp_path: Path, metadata: dict[str, str] | None):
    save_file({"average.first.weight": torch.zeros(2, 2)}, tmp_path / "other.safetensors", metadata)
    with pytest.raises(SnapshotError, match=r"other\.safetensors is no snapshot of ganlab"):
        load_file(tmp_path / "other.safetensors")


def test_a_file_whose_weights_are_not_those_of_its_config_says_so(tmp_path: Path):
    save_file(weights(TINY.with_changes(width=8), 1), tmp_path / "w.safetensors", {"config": TINY.model_dump_json()})
    with pytest.raises(SnapshotError, match="holds another network than its config says"):
        load_file(tmp_path / "w.safetensors")


def test_a_file_of_an_earlier_version_says_so(tmp_path: Path):
    """It had a bias before the norm behind the first layer."""
    had = weights(TINY, 1)
    had["average.first.bias"] = torch.zeros(len(had["average.first.weight"]))
    save_file(had, tmp_path / "w.safetensors", {"config": TINY.model_dump_json()})
    with pytest.raises(SnapshotError, match="was written by an earlier version of ganlab: choose another"):
        load_file(tmp_path / "w.safetensors")


def test_a_file_without_the_weights_asked_for_says_so(run: Run, tmp_path: Path):
    with pytest.raises(SnapshotError, match="has no generator weights"):
        load_file(dropped(run, tmp_path), weights="generator")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 3e38])
def test_weights_that_are_not_finite_name_the_snapshot_and_an_earlier_one(checkpoints: Path, value: float):
    run = make_run(Runs(checkpoints), 300, 400)
    tensors = weights(TINY, 1)
    tensors["average.first.weight"][0] = value
    run.save_snapshot(500, tensors)
    with pytest.raises(SnapshotError, match=rf"step 500 of run '{run.id}' holds weights that .* of step 400$"):
        Explorer(Runs(checkpoints)).load(run.id)
    with pytest.raises(SnapshotError, match=r"step 500 of file .* holds weights that are not .*: choose another one$"):
        load_file(dropped(run, checkpoints))
    assert Explorer(Runs(checkpoints)).load(run.id, 400).step == 400
