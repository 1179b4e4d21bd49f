"""What lies in a folder: the same as a fresh look would find, and looked for only when something has changed."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tiny import tiny

from ganlab.runs import Runs, listing
from ganlab.runs.listing import Listing, Remembered
from ganlab.status import status_on_disk


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that were listed, in order."""
    seen: list[str] = []

    def listdir(folder: Path) -> list[str]:
        seen.append(folder.name)
        return os.listdir(folder)

    monkeypatch.setattr(listing, "os", SimpleNamespace(listdir=listdir))
    return seen


def leave_alone(folder: Path) -> None:
    """Let the last change to a folder be long ago."""
    old = time.time() - 100
    os.utime(folder, (old, old))


def test_a_folder_that_was_left_alone_is_listed_once(checkpoints: Path, looks: list[str]):
    (checkpoints / "000010.webp").touch()
    leave_alone(checkpoints)
    asked = Listing(checkpoints)
    assert [asked.names() for _ in range(5)] == [{"000010.webp"}] * 5
    assert len(looks) == 1


def test_no_change_is_missed_though_the_clock_of_the_disk_stands_still(checkpoints: Path):
    asked, now = Listing(checkpoints), time.time()
    for number in range(20):
        (checkpoints / f"{number}").touch()
        os.utime(checkpoints, (now, now))
        assert len(asked.names()) == number + 1


def test_a_folder_that_goes_and_comes_is_empty_between(tmp_path: Path):
    folder = tmp_path / "samples"
    asked = Listing(folder)
    assert asked.names() == frozenset()
    folder.mkdir()
    (folder / "1").touch()
    assert asked.names() == {"1"}
    (folder / "1").unlink()
    folder.rmdir()
    assert asked.names() == frozenset()


def test_what_was_made_is_remembered_until_a_part_is_another_object():
    made: list[list[int]] = []

    def add(one: list[int], other: list[int]) -> list[int]:
        made.append([*one, *other])
        return made[-1]

    remembered, one, other = Remembered(add), [1], [2]
    assert remembered.of(one, other) is remembered.of(one, other)
    assert (remembered.of(one, [3]), len(made)) == ([1, 3], 2)


def test_a_status_looks_at_the_grids_of_a_run_at_rest_once_and_sees_new_ones(checkpoints: Path, looks: list[str]):
    run = Runs(checkpoints).create(tiny(max_steps=100))
    run.log("start", time=0.0, step=0, device="CPU")
    run.log("tick", step=40, seconds=1.0, images=5, series={"loss_d": [0.5] * 40})
    for step in (0, 20, 40):
        run.save_sample(step, np.zeros((1, 16, 16, 1), np.uint8))
    for folder in ("samples", "snapshots"):
        leave_alone(run.path / folder)
    assert [status_on_disk(run).samples for _ in range(5)] == [((0, 40, 20),)] * 5
    assert looks.count("samples") == 1
    run.save_sample(50, np.zeros((1, 16, 16, 1), np.uint8))
    run.log("tick", step=50, seconds=1.0, images=5, series={"loss_d": [0.5] * 10})
    assert status_on_disk(run).sample_steps == (0, 20, 40, 50)
    run.log("rewind", time=0.0, step=20, changes={})
    assert status_on_disk(run).sample_steps == (0, 20)
    run.sample_path(0).unlink()
    assert status_on_disk(run).sample_steps == (20,)
