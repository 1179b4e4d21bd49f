"""A run whose data or files are others than it left is not gone on with unless that is meant."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from driven import drive_to
from PIL import Image
from tiny import tiny

from ganlab.errors import ChangedError
from ganlab.runs import Run, Runs, drive, fork, rewind_at_rest
from ganlab.service import Service
from ganlab.status import status_on_disk


def draw(folder: Path, count: int = 9, *, seed: int) -> None:
    """Pictures that differ in nothing but their pixels: the files are of one size and have the same names."""
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (count, 16, 16, 3), dtype=np.uint8)
    for number, picture in enumerate(pixels):
        Image.fromarray(picture).save(folder / f"{number}.bmp")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    draw(tmp_path / "pets" / "cat", seed=1)
    draw(tmp_path / "pets" / "dog", seed=2)
    return tmp_path / "pets"


@pytest.fixture
def runs(checkpoints: Path) -> Runs:
    return Runs(checkpoints)


def trained(runs: Runs, folder: Path, **changes: Any) -> Run:
    """A run on pictures that was stopped at step 3 of 4, with a snapshot of step 2 as well."""
    settings = {"dataset": "folder", "folder": str(folder), "image_size": 16, "snapshot_every": 2, "conditional": True}
    run = runs.create(tiny(**(settings | changes)))
    drive_to(run, 3)
    return run


def to_zcat(folder: Path) -> None:
    (folder / "cat").rename(folder / "zcat")


def replace_the_dogs(folder: Path) -> None:
    draw(folder / "dog", seed=3)


def take_one(folder: Path) -> None:
    (folder / "dog" / "0.bmp").unlink()


def touch_and_add_words(folder: Path) -> None:
    """Nothing that training would meet: other times, and a file that is no picture."""
    shutil.copytree(folder, away := folder.with_name("away"), copy_function=shutil.copyfile)
    shutil.rmtree(folder)
    away.rename(folder)
    (folder / "read me.txt").write_text("words")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (to_zcat, "class 'cat' is gone and class 'zcat' is new and the pictures or their labels are others: put"),
        (replace_the_dogs, "since the pictures or their labels are others: put"),
        (take_one, "since there are 17 pictures instead of 18: put"),
    ],
)
@pytest.mark.parametrize("way", ["resume", "rewind", "fork"])
def test_other_data_are_refused_with_what_differs_until_it_is_meant(
    runs: Runs, folder: Path, change: Callable[[Path], None], sentence: str, way: str
):
    run = trained(runs, folder)
    change(folder)
    if way == "rewind":
        rewind_at_rest(run, 2)
    if way == "fork":
        run = fork(runs, run, 2, {})
    files = {path: path.read_bytes() for name in ("snapshots", "samples") for path in (run.path / name).iterdir()}
    with pytest.raises(ChangedError, match=rf"the data of run '{run.id}' .*{sentence}"):
        list(drive(run, tick_s=0))
    assert {path: path.read_bytes() for path in files} == files
    assert "resume_anyway" in status_on_disk(run).actions
    list(drive(run, tick_s=0, anyway=True))
    assert (run.history().ending, run.history().changed) == ("finish", False)
    rewind_at_rest(run, 2)
    list(drive(run, tick_s=0))  # what was meant is what is known from then on


def test_pictures_of_no_class_that_were_replaced_are_told(runs: Runs, tmp_path: Path):
    draw(tmp_path / "loose", 20, seed=1)
    run = trained(runs, tmp_path / "loose", conditional=False)
    draw(tmp_path / "loose", 20, seed=2)
    with pytest.raises(ChangedError, match="the pictures or their labels are others"):
        list(drive(run, tick_s=0))


@pytest.mark.parametrize("changes", [{}, {"classes": ("dog", "cat"), "max_images": 17}])
def test_the_same_pictures_in_other_files_are_the_same_data(runs: Runs, folder: Path, changes: dict[str, Any]):
    run = trained(runs, folder, **changes)
    touch_and_add_words(folder)
    list(drive(run, tick_s=0))
    assert run.history().ending == "finish"


def test_a_run_of_before_goes_on_and_a_fork_to_other_data_as_well(runs: Runs, folder: Path):
    run = trained(runs, folder)
    known = run.history().data
    log = run.path / "history.jsonl"
    log.write_bytes(b"".join(line for line in log.read_bytes().splitlines(True) if b'"type":"data"' not in line))
    assert run.history().data is None
    list(drive(run, tick_s=0))
    assert run.history().data == known
    child = fork(runs, run, 2, {"max_images": 16})
    list(drive(child, tick_s=0))
    assert (child.history().ending, child.history().data.count) == ("finish", 16)  # pyright: ignore[reportOptionalMemberAccess]


def empty_log(run: Run) -> None:
    (run.path / "history.jsonl").write_bytes(b"")


def empty_snapshots(run: Run) -> None:
    for path in (run.path / "snapshots").iterdir():
        path.unlink()


def no_snapshots_folder(run: Run) -> None:
    shutil.rmtree(run.path / "snapshots")


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (empty_log, "the log of run '{}' is empty, though there are 2 snapshots and 2 grids of samples: .* at step 0"),
        (empty_snapshots, "the snapshots of run '{}' are gone, of which the last was of step 3: .* at step 0"),
        (no_snapshots_folder, "the snapshots of run '{}' are gone, of which the last was of step 3: .* at step 0"),
    ],
)
@pytest.mark.usefixtures("made_up_data")
def test_what_is_lost_is_said_before_anything_is_written_over_it(
    runs: Runs, damage: Callable[[Run], None], sentence: str
):
    run = runs.create(tiny(snapshot_every=2))
    drive_to(run, 3)
    damage(run)
    run = Runs(runs.root).get(run.id)
    with closing(Service(Runs(runs.root))) as service:
        service.resume(run.id)
        assert service.wait(run.id, "failed", timeout_s=30)
        status = service.status(run.id)
        assert status.actions == ("resume", "resume_anyway")
        with pytest.raises(ChangedError, match=sentence.format(run.id)):
            list(drive(run, tick_s=0))
        assert sorted(path.name for path in (run.path / "samples").glob("*.webp")) == ["000000.webp", "000003.webp"]
        service.act(run.id, "resume_anyway")
        assert service.wait(run.id, "finished", timeout_s=30)
    assert run.snapshot_steps() == (2, 4)
    assert run.curves().steps == 4


@pytest.mark.usefixtures("made_up_data")
def test_folders_that_are_missing_are_made(runs: Runs):
    run = runs.create(tiny(snapshot_every=2))
    shutil.rmtree(run.path / "samples")
    shutil.rmtree(run.path / "snapshots")
    list(drive(run, tick_s=0))
    assert (run.snapshot_steps(), run.sample_steps()) == ((2, 4), (0, 3, 4))
