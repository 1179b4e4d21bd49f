"""What is printed of runs and datasets, and pictures written to files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from calling import a_run, call, refusal
from PIL import Image

from ganlab.config import TrainConfig
from ganlab.data import DATASETS
from ganlab.explore import Explorer
from ganlab.pictures import enlarge, make_grid
from ganlab.recipes import RECIPES
from ganlab.runs import Runs


def pixels_of(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_the_list_of_runs_says_what_each_is_and_warns_of_what_cannot_be_read(checkpoints: Path):
    run = a_run(checkpoints)
    (checkpoints / "20260101-000000-torn").mkdir()
    for words in (["runs"], ["runs", "list"]):
        result = call(*words)
        header, line = result.stdout.splitlines()
        assert header.split() == ["RUN", "STATE", "STEP", "LOSS", "DATASET", "SIZE"]
        assert line.split()[:5] == [run.id, "stopped", "500/501", "wasserstein", "digits"]
        assert header.index("STATE") == line.index("stopped")
        assert result.stderr.startswith("Warning: ")
        assert "20260101-000000-torn" in result.stderr
        assert result.exit_code == 0


def test_an_empty_folder_says_how_to_begin(tmp_path: Path):
    result = call("runs", "--checkpoints", str(tmp_path / "none"))
    assert result.stdout.startswith(f"No runs in {tmp_path / 'none'} yet: start one with python -m ganlab train")


def test_the_folder_may_be_named_before_or_after_a_subcommand(tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    run = a_run(elsewhere)
    for words in (["--checkpoints", str(elsewhere), "show", run.id], ["show", run.id, "--checkpoints", str(elsewhere)]):
        assert call("runs", *words).stdout.startswith(f"run: {run.id}\n")


def test_show_tells_everything_of_a_run(checkpoints: Path):
    run = a_run(checkpoints)
    lines = call("runs", "show", run.id).stdout.splitlines()
    for line in (f"run: {run.id}", "state: stopped", "step: 500 of 501", "snapshots: 500", "device: CPU"):
        assert line in lines
    assert "  loss_d: −3.25" in lines
    assert {f"  {name}: {value}" for name, value in run.config.model_dump().items() if value != ""} <= set(lines)
    assert len(TrainConfig.model_fields) > 20


def test_slim_asks_first_and_a_no_changes_nothing(checkpoints: Path):
    run = a_run(checkpoints)
    size = run.size_bytes()
    result = call("runs", "slim", run.id, stdin="n\n")
    assert result.exit_code == 1
    assert "never resumed" in result.output
    assert run.size_bytes() == size


def test_a_slimmed_run_is_explored_as_before_and_not_resumed(checkpoints: Path):
    run = a_run(checkpoints)
    size, before = run.size_bytes(), Explorer(Runs(checkpoints)).walk(run.id, "last", seed=1)[0]
    result = call("runs", "slim", run.id, "--yes")
    assert result.exit_code == 0
    assert run.size_bytes() < size / 2
    assert np.array_equal(before, Explorer(Runs(checkpoints)).walk(run.id, "last", seed=1)[0])
    assert "slimmed" in refusal("resume", run.id, exit_code=1)


def test_recipes_are_listed_a_line_each():
    lines = call("recipes").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(RECIPES)
    assert all(row.summary in line for row, line in zip(RECIPES.values(), lines, strict=True))


def test_datasets_are_listed_with_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path))
    _, digits, mnist = call("data").stdout.splitlines()
    assert digits.split()[0] == "digits"
    assert digits.endswith("built in")
    assert mnist.endswith(f"not here yet, will be downloaded to {tmp_path / 'mnist'}")
    for name in DATASETS["mnist"].files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert call("data", "list").stdout.rstrip().endswith(f"in {tmp_path / 'mnist'}")


def test_fetching_says_what_there_is(made_up_data: None):
    result = call("data", "fetch", "digits")
    assert result.exit_code == 0
    assert result.stdout == "digits is ready: 23 images to train on and 23 to test with\n"


def test_sample_writes_the_grid_that_the_explorer_draws(checkpoints: Path, tmp_path: Path):
    run, target = a_run(checkpoints), tmp_path / "grid.png"
    result = call("sample", run.id, "--seed", "7", "--count", "6", "--scale", "2", "--out", str(target))
    assert result.stdout == f"Wrote {target}: 6 images of step 500\n"
    images, _ = Explorer(Runs(checkpoints)).walk(run.id, 500, seed=7, count=6)
    assert np.array_equal(pixels_of(target), enlarge(make_grid(images), 2)[..., 0])


def test_sample_writes_a_strip_between_two_seeds(checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    run = a_run(checkpoints)
    result = call("sample", run.id, "--seed", "7", "--to", "8", "--frames", "3", "--path", "lerp", "--scale", "1")
    assert result.exit_code == 0
    images, _ = Explorer(Runs(checkpoints)).strip(run.id, 500, seed=7, to=8, frames=3, path="lerp")
    written = pixels_of(tmp_path / f"{run.id}-step500-seed7-8.png")
    assert np.array_equal(written, make_grid(images, columns=3)[..., 0])


def test_a_file_is_overwritten_only_when_forced(checkpoints: Path, tmp_path: Path):
    run, target = a_run(checkpoints), tmp_path / "grid.png"
    target.write_text("precious")
    sentence = refusal("sample", run.id, "--out", str(target), exit_code=1)
    assert sentence == f"{target} exists already: name another file with --out, or overwrite it with --force"
    assert target.read_text() == "precious"
    assert call("sample", run.id, "--out", str(target), "--force").exit_code == 0
    assert target.read_bytes().startswith(b"\x89PNG")


def test_a_folder_that_is_not_there_is_named(checkpoints: Path, tmp_path: Path):
    run = a_run(checkpoints)
    sentence = refusal("sample", run.id, "--out", str(tmp_path / "no" / "grid.png"), exit_code=1)
    assert "grid.png cannot be written (No such file or directory)" in sentence
