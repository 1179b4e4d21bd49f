"""Run folders: found, listed and refused by name; locked by one writer at a time."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson
import pytest
import torch
from PIL import Image
from tiny import tiny

from ganlab.errors import RunBusyError, RunError
from ganlab.runs import Run, Runs, default_root, folder


@pytest.fixture
def runs(checkpoints: Path) -> Runs:
    return Runs(checkpoints)


def test_the_root_is_the_environments_or_checkpoints_here(checkpoints: Path, monkeypatch: pytest.MonkeyPatch):
    assert default_root() == checkpoints == Runs().root
    monkeypatch.delenv("GANLAB_CHECKPOINTS")
    assert default_root() == Path("checkpoints")


def test_the_title_of_a_run_follows_its_settings(runs: Runs):
    assert runs.create(tiny(recipe="wgan-gp")).title == "wgan-gp on digits"
    saturating = tiny(recipe="wgan-gp", loss="saturating", penalty="none")
    assert runs.create(saturating).title == "saturating loss on digits"
    race = tiny(recipe="generator-loss-race-digits", loss="hinge", penalty="none")
    assert runs.create(race).title == "generator-loss-race-digits on digits", "one of its rivals"


def test_a_run_is_made_found_again_and_complete_in_its_folder(runs: Runs):
    config = tiny(lr_d=1 / 3, recipe="a-recipe")
    run = runs.create(config)
    assert run.id.endswith("-a-recipe") and run.title == "a-recipe on digits"
    assert {path.name for path in run.path.iterdir()} == {"config.json", "samples", "snapshots"}
    found = Runs(runs.root).get(run.id)
    assert (found.id, found.config) == (run.id, config)
    moved = runs.root.parent / "elsewhere"
    moved.mkdir()
    run.path.rename(moved / "copied")
    assert Runs(moved).get("copied").config == config
    with pytest.raises(RunError, match="there is no run"):
        runs.get(run.id)


def test_many_runs_in_one_second_have_names_of_their_own_and_the_newest_is_first(runs: Runs):
    made = [runs.create(tiny(seed=seed)) for seed in range(5)]
    assert len({run.id for run in made}) == 5
    for age, run in enumerate(made):
        os.utime(run.path / "config.json", (1000 - age, 1000 - age))
    assert [run.id for run in runs.all()] == [run.id for run in made]
    assert runs.problems() == []


def test_an_empty_and_a_missing_root_have_no_runs(tmp_path: Path):
    missing = Runs(tmp_path / "nothing" / "here")
    assert (missing.all(), missing.problems()) == ([], [])
    with pytest.raises(RunError, match=r"there is no run 'a' in .*: start one first"):
        missing.get("a")
    assert missing.create(tiny()).path.is_dir(), "made when there is something to put in it"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "it has no config.json"),
        (b"", "its config.json is damaged"),
        (b'{"config": {"width": 8', "its config.json is damaged"),
        (b"\xff\xfe\x00", "its config.json is damaged"),
        (b"[]", "its config.json is damaged"),
        (b"{}", "its config.json is damaged"),
        (b'{"config": null}', "its config.json is damaged"),
        (b'{"config": "x"}', "its config.json is damaged"),
        (b'{"config": {"width": 1}}', "width must be greater than or equal to 4, got 1"),
        (b'{"config": {"dept": 1}}', "unknown setting 'dept'"),
    ],
)
def test_a_folder_that_cannot_be_read_as_a_run_is_a_problem_and_the_others_stay(
    runs: Runs, content: bytes | None, reason: str
):
    good = runs.create(tiny())
    bad = runs.root / "bad"
    bad.mkdir()
    if content is not None:
        (bad / "config.json").write_bytes(content)
    assert [run.id for run in runs.all()] == [good.id]
    (problem,) = runs.problems()
    assert problem.startswith("'bad' in ") and reason in problem and problem.endswith("move the folder away")
    with pytest.raises(RunError, match=r"'bad' in .* cannot be used as a run"):
        runs.get("bad")
    assert runs.get(good.id).config == good.config


def test_a_byte_order_mark_that_an_editor_put_in_front_of_the_config_is_no_damage(runs: Runs):
    run = runs.create(tiny())
    file = run.path / "config.json"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert Runs(runs.root).get(run.id).config == run.config


@pytest.mark.parametrize("name", ["my run", "a\nb", "<b>", "é", "x" * 101, "-x"])
def test_a_run_whose_folder_has_another_name_than_runs_may_have_is_a_problem(runs: Runs, name: str):
    runs.create(tiny()).path.rename(runs.root / name)
    assert runs.all() == []
    (problem,) = runs.problems()
    assert problem.isprintable() and "rename it, take at most 100 letters" in problem
    (runs.root / "no run").mkdir()
    (runs.root / ".hidden").mkdir()
    assert len(runs.problems()) == 1


def test_a_config_that_is_a_folder_is_a_problem_too(runs: Runs):
    (runs.root / "bad" / "config.json").mkdir(parents=True)
    assert runs.all() == []
    assert "its config.json is no file" in runs.problems()[0]


def test_a_run_that_loses_its_config_while_we_look_becomes_a_problem(runs: Runs):
    kept, lost = runs.create(tiny()), runs.create(tiny())
    (lost.path / "config.json").unlink()
    assert [run.id for run in runs.all()] == [kept.id]
    assert [problem.split("'")[1] for problem in runs.problems()] == [lost.id]


@pytest.mark.parametrize(
    "run_id", ["../outside", "..", ".", "", "a/../../outside", "/etc", "outside\n", "a\0b", "..\\outside", "x" * 101]
)
def test_an_id_that_leads_elsewhere_is_refused(runs: Runs, run_id: str):
    outside = runs.root.parent / "outside"
    outside.mkdir()
    (outside / "config.json").write_text(json.dumps({"config": {}}))
    with pytest.raises(RunError, match="there is no run"):
        runs.get(run_id)


def test_an_unknown_id_is_answered_with_the_nearest(runs: Runs):
    run = runs.create(tiny())
    with pytest.raises(RunError, match=f"there is no run '{run.id}x' in .*: did you mean '{run.id}'"):
        runs.get(f"{run.id}x")


def test_a_root_that_is_a_file_or_below_one_is_refused_in_words(tmp_path: Path):
    (tmp_path / "file").write_text("mine")
    for root in (tmp_path / "file", tmp_path / "file" / "below"):
        runs = Runs(root)
        assert (runs.all(), runs.problems()) == ([], [])
        with pytest.raises(RunError, match=r"checkpoints folder '.*file.*' cannot be written .*set GANLAB_CHECKPOINTS"):
            runs.create(tiny())
    assert (tmp_path / "file").read_text() == "mine"


def test_a_root_that_may_not_be_written_is_refused_in_words(runs: Runs, monkeypatch: pytest.MonkeyPatch):
    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(RunError, match=r"cannot be written \(Permission denied\): make room or set GANLAB_CHECKPOINTS"):
        runs.create(tiny())


def test_only_one_holds_a_run_and_reading_stays_free(runs: Runs):
    run = runs.create(tiny())
    assert not run.held_elsewhere()
    with run.locked():
        other = Runs(runs.root).get(run.id)
        assert run.held_elsewhere() and other.held_elsewhere()
        busy = f"run '{run.id}' is being trained by another ganlab.*stop it there"
        with pytest.raises(RunBusyError, match=busy), other.locked():
            pytest.fail("two writers")
        assert other.history().step == 0
    assert not run.held_elsewhere()
    with other.locked():
        pass


def test_whoever_looks_whether_a_run_is_held_never_keeps_a_writer_out(runs: Runs):
    run = runs.create(tiny())
    done = threading.Event()

    def look() -> None:
        watcher = Runs(runs.root).get(run.id)
        while not done.is_set():
            watcher.held_elsewhere()

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for looker in lookers:
        looker.start()
    try:
        for _ in range(100):
            with run.locked():
                pass
    finally:
        done.set()
        for looker in lookers:
            looker.join()


def test_locking_tidies_what_a_killed_writer_left(runs: Runs):
    run = runs.create(tiny())
    run.log("start", step=0)
    with (run.path / "history.jsonl").open("ab") as log:
        log.write(b'{"type":"tick","st')
    (run.path / "snapshots" / ".writing-x").write_bytes(b"half")
    with run.locked():
        run.log("stop", step=0)
    lines = (run.path / "history.jsonl").read_bytes().splitlines()
    assert [orjson.loads(line)["type"] for line in lines] == ["start", "stop"]
    assert run.history().ending == "stop"
    assert list((run.path / "snapshots").iterdir()) == []


def test_the_history_follows_the_log(runs: Runs):
    run = runs.create(tiny())
    assert not run.history().begun
    run.log("start", step=0)
    first = run.history()
    assert first.begun and run.history() is first, "read once while nothing changes"
    run.log("tick", step=1, seconds=0.5, images=3, series={"loss_d": np.array([0.5], np.float32)})
    assert run.history().step == 1


def test_a_grid_is_kept_as_a_picture_of_its_step(runs: Runs):
    run = runs.create(tiny())
    images = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 1), dtype=np.uint8)
    for step in (100, 0, 1_000_000):
        run.save_sample(step, images)
    (run.path / "samples" / "notes.webp").touch()
    assert run.sample_steps() == (0, 100, 1_000_000)
    sheet = np.asarray(Image.open(run.sample_path(100)).convert("L"))
    assert sheet.shape == (33, 50)
    assert np.array_equal(sheet[:16, 17:33], images[1, ..., 0])


def test_a_grid_that_is_there_is_complete_wherever_the_writer_was_killed(runs: Runs, monkeypatch: pytest.MonkeyPatch):
    run = runs.create(tiny())
    images, scores = np.zeros((2, 16, 16, 1), np.uint8), {"low": 0.0, "high": 1.0, "counts": {}}
    real_write = folder.write_atomically
    for survives in range(3):
        left = iter([True] * survives + [False])

        def write(path: Path, content: bytes, left: Iterator[bool] = left) -> None:
            if not next(left):
                raise KeyboardInterrupt
            real_write(path, content)

        monkeypatch.setattr(folder, "write_atomically", write)
        with pytest.raises(KeyboardInterrupt):
            run.save_sample(survives, images, scores, {"d": torch.zeros(3)})
        assert run.sample_steps() == ()
    monkeypatch.setattr(folder, "write_atomically", real_write)
    run.save_sample(7, images, scores, {"d": torch.zeros(3)})
    assert run.sample_steps() == (7,) and run.scores(7) == scores and run.plane(7)


def test_the_size_of_a_run_is_that_of_its_files(runs: Runs):
    run = runs.create(tiny())
    before = run.size_bytes()
    (run.path / "samples" / "000000.webp").write_bytes(b"x" * 1000)
    assert run.size_bytes() == before + 1000


def test_a_run_elsewhere_is_not_slimmed_under_its_writer(runs: Runs):
    run: Run = runs.create(tiny())
    with run.locked(), pytest.raises(RunBusyError):
        Runs(runs.root).get(run.id).slim()


def test_ticks_measures_and_curves_are_those_that_still_stand(runs: Runs):
    run = runs.create(tiny())
    assert (list(run.ticks()), list(run.measures()), run.last_values(), run.curves().steps) == ([], [], None, 0)
    run.log("start", step=0)
    run.log("tick", step=2, seconds=0.5, images=3, series={"loss_d": [1.0, 2.0], "loss_g": [0.0, 0.5]})
    run.log("measures", step=2, values={"moved": 0.25})
    run.log("tick", step=4, seconds=0.5, images=3, series={"loss_d": [3.0, 4.0], "loss_g": [1.0, 1.5]})
    assert run.last_values() == (4, {"loss_d": 4.0, "loss_g": 1.5})
    run.log("rewind", step=3, changes={})
    assert [(step, series["loss_d"].tolist()) for step, _, series in run.ticks()] == [(2, [1, 2]), (3, [3])]
    assert [step for step, _, _ in run.ticks(until=2)] == [2]
    assert list(run.measures()) == [(2, {"moved": 0.25})] and list(run.measures(until=1)) == []
    assert run.last_values() == (3, {"loss_d": 3.0, "loss_g": 1.0})
    assert run.curves() is run.curves(), "shared by all who look"
    assert (run.curves().steps, run.curves_until(2).steps) == (3, 2)
    assert run.curves_until(2) is not run.curves_until(2), "to be added to"


@pytest.mark.parametrize("parent", [b"null", b'"x"', b"[1]", b'{"run": "a"}', b'{"run": "a", "step": "b"}'])
def test_a_parent_that_makes_no_sense_is_none(runs: Runs, parent: bytes):
    run = runs.create(tiny())
    assert run.parent is None
    config = run.path / "config.json"
    config.write_bytes(config.read_bytes().replace(b'"parent": null', b'"parent": ' + parent))
    assert Runs(runs.root).get(run.id).parent is None
