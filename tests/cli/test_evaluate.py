"""`evaluate` on the command line: one snapshot, all, the best, a folder, JSON, and what is refused."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from calling import a_run, call, refusal
from PIL import Image

FEW = ("--count", "12", "--with", "sliced-wasserstein")


def test_one_snapshot_is_a_table_with_held_out_images_beside_it(made_up_data: None, checkpoints: Path):
    run = a_run(checkpoints)
    said = call("evaluate", run.id, "--count", "12").stdout
    assert f"run '{run.id}', step" in said and "averaged: 12 samples against" in said
    assert "Sliced Wasserstein distance" in said and "lower" in said


def test_all_snapshots_and_the_best_of_them(made_up_data: None, checkpoints: Path):
    run = a_run(checkpoints)
    call("resume", run.id)
    steps = run.snapshot_steps()
    found = json.loads(call("evaluate", run.id, *FEW, "--at", "all", "--json").stdout)
    assert [each["step"] for each in found] == list(steps)
    best = call("evaluate", run.id, *FEW, "--at", "best")
    lowest = min(found, key=lambda each: each["scores"][0]["value"])["step"]
    assert f"The best of {len(steps)} snapshots by Sliced Wasserstein distance is that of step {lowest}" in best.stderr
    assert f"step {lowest:,}" in best.stdout


def test_a_damaged_snapshot_is_named_and_left_out(made_up_data: None, checkpoints: Path):
    run = a_run(checkpoints)
    call("resume", run.id)
    run.snapshot_path(500).write_bytes(b"x" * 50)
    result = call("evaluate", run.id, *FEW, "--at", "all", "--json")
    assert result.stderr == "Warning: the snapshot of step 500 is damaged and left out\n"
    assert [each["step"] for each in json.loads(result.stdout)] == [501]
    run.snapshot_path(501).write_bytes(b"x" * 50)
    assert "damaged" in call("evaluate", run.id, *FEW, "--at", "best").stderr


def test_a_folder_of_pictures_is_judged_against_a_dataset(checkpoints: Path, tmp_path: Path):
    folder = tmp_path / "made"
    folder.mkdir()
    for number in range(20):
        noise = np.random.default_rng(number).integers(0, 255, (30, 30, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / f"{number}.png")
    (found,) = json.loads(call("evaluate", "--folder", str(folder), "--dataset", "digits", "--json").stdout)
    assert (found["source"], found["step"]) == ("made", None)
    values = {each["name"]: each["value"] for each in found["scores"]}
    assert values["legible"] < 20


def test_pictures_of_all_sizes_and_kinds_are_judged_and_broken_ones_named(checkpoints: Path, tmp_path: Path):
    folder = tmp_path / "mixed"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(30):
        size = rng.integers(5, 60, 2)
        pixels = rng.integers(0, 255, (*size, 4) if number % 2 else size, dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    (folder / "broken.png").write_bytes(b"no picture")
    words = ("--dataset", "digits", "--count", "12", "--with", "precision", "--json")
    result = call("evaluate", "--folder", str(folder), *words)
    assert result.stderr.startswith("Warning: left out broken.png: ")
    (found,) = json.loads(result.stdout)
    assert found["scores"][0]["count"] == 12
    for path in list(folder.iterdir())[:25]:
        path.unlink()
    assert "at least 16 pictures are needed" in refusal("evaluate", "--folder", str(folder), *words, exit_code=1)


def test_a_generator_of_no_numbers_has_no_scores_and_it_is_said(
    made_up_data: None, checkpoints: Path, monkeypatch: pytest.MonkeyPatch
):
    run = a_run(checkpoints)
    broken = lambda loaded, z, progress: torch.full((len(z), 1, 16, 16), math.nan)  # noqa: E731
    monkeypatch.setattr(sys.modules["ganlab.evaluation.evaluate"], "samples", broken)
    said = call("evaluate", run.id, "--count", "12").stdout
    assert "makes values that are no numbers" in said and "nan" in said
    (found,) = json.loads(call("evaluate", run.id, "--count", "12", "--json").stdout)
    assert {each["value"] for each in found["scores"]} == {None}


def test_without_weights_and_network_fid_is_one_sentence(
    made_up_data: None, checkpoints: Path, closed_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ganlab.metrics.inception_weights.MIRRORS", (closed_url,))
    said = refusal("evaluate", a_run(checkpoints).id, "--network", "inception", "--quiet", exit_code=1)
    assert "could not download pt_inception" in said and "or put" in said


def test_where_only_patches_are_compared_it_says_how_to_get_more(made_up_data: None, checkpoints: Path):
    run = a_run(checkpoints)
    assert "--network inception judges by the FID network" in call("evaluate", run.id, *FEW).stdout


@pytest.mark.parametrize(
    ("words", "sentence", "code"),
    [
        (["RUN", "--with", "fid"], "--with cannot be 'fid'", 2),
        (["RUN", "--network", "vgg"], "--network cannot be 'vgg'", 2),
        (["RUN", "--at", "first"], "must be a step or 'last', got 'first'", 2),
        (["RUN", "--at", "77"], "has no snapshot of step 77", 1),
        (["RUN", "--count", "3"], "count must be a whole number from 10 to 50000, got 3", 2),
        ([], "give either a run or --folder", 2),
        (["RUN", "--folder", "x"], "give either a run or --folder", 2),
        (["--folder", "x"], "--folder needs --dataset", 2),
        (["--folder", "x", "--dataset", "folder"], "--dataset cannot be your own pictures", 2),
        (["--folder", "x", "--dataset", "digit"], "did you mean 'digits'?", 1),
        (["--folder", "x", "--dataset", "digits", "--at", "all"], "--at has no effect here", 2),
        (["RUN", "--dataset", "digits"], "--dataset has no effect here, since a run is held against its own data", 2),
        (["--folder", "/no such", "--dataset", "digits"], "there is no folder", 1),
        (["--folder", "x", "--dataset", "moons"], "points of the plane", 2),
        (["nope"], "there is no run 'nope'", 1),
        (["x.safetensors", "--at", "all"], "--at all needs a whole run", 2),
    ],
)
def test_what_cannot_be_is_one_sentence(
    words: list[str], sentence: str, code: int, made_up_data: None, checkpoints: Path
):
    run = a_run(checkpoints)
    assert sentence in refusal("evaluate", *(run.id if word == "RUN" else word for word in words), exit_code=code)
