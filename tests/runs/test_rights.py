"""What may not be read or written is said in one sentence, and nothing good is called damaged."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from broken import stopped_run

from ganlab.errors import GanlabError
from ganlab.explore import Explorer
from ganlab.runs import Run, Runs, ask_to_stop, drive, edit_at_rest, fork, rewind_at_rest
from ganlab.runs.ask import send
from ganlab.runs.directions import KeptDirection, keep_direction, kept_directions
from ganlab.service import Service

pytestmark = [
    pytest.mark.usefixtures("made_up_data"),
    pytest.mark.skipif(not hasattr(os, "geteuid"), reason="there are no such rights here"),
]
_NOBODY = 65534


@pytest.fixture
def runs() -> Iterator[Runs]:
    """A run called 'run' and a copy of it, in a folder that everybody may look into."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        root = Path(folder) / "checkpoints"
        stopped_run(Runs(root), "run")
        keep_direction(Runs(root).get("run"), KeptDirection("slant", (1.0, 0.0, 0.0)))
        shutil.copytree(root / "run", root / "copy")
        yield Runs(root)
        os.chmod(root, 0o777)
        for path in root.rglob("*"):
            os.chmod(path, 0o777)


@contextlib.contextmanager
def rights(path: Path, mode: int) -> Iterator[None]:
    """Whatever is done in the block is done by somebody with these rights to a file, or to all in a folder."""
    parts = [path, *path.rglob("*")] if mode & 0o400 else [path]
    before = {part: part.stat().st_mode for part in parts}
    for part in parts:
        part.chmod(mode | 0o111 if part.is_dir() and mode else mode)
    is_root = os.geteuid() == 0  # who may do everything
    try:
        if is_root:
            os.seteuid(_NOBODY)
        yield
    finally:
        if is_root:
            os.seteuid(0)
        for part, old in before.items():
            part.chmod(old)


WRITING: dict[str, Callable[[Runs, Run], object]] = {
    "train": lambda runs, run: list(drive(run, tick_s=0)),
    "edit": lambda runs, run: edit_at_rest(run, {"lr_d": 0.1}),
    "rewind": lambda runs, run: rewind_at_rest(run, 1),
    "rename": lambda runs, run: run.rename("other"),
    "annotate": lambda runs, run: run.annotate("other"),
    "slim": lambda runs, run: run.slim(),
    "order": lambda runs, run: send(run, {"kind": "stop"}),
    "direction": lambda runs, run: keep_direction(run, KeptDirection("bold", (0.0, 1.0, 0.0))),
}
READING: dict[str, Callable[[Runs, Run], object]] = {
    "status": lambda runs, run: Service(runs).status(run.id),
    "csv": lambda runs, run: "".join(run.csv()),
    "grid": lambda runs, run: run.sample(1),
    "explore": lambda runs, run: Explorer(runs).load(run.id, 1),
    "directions": lambda runs, run: kept_directions(run),
    "stop": lambda runs, run: ask_to_stop(run),
    "size": lambda runs, run: run.size_bytes(),
}


@pytest.mark.parametrize("what", WRITING)
def test_a_read_only_run_is_refused_to_writers_in_a_sentence(runs: Runs, what: str):
    WRITING[what](runs, runs.get("copy"))  # it is possible, and has imported what it needs
    before = {path: path.read_bytes() for path in (runs.root / "run").rglob("*") if path.is_file()}
    with rights(runs.root / "run", 0o444):
        with pytest.raises(GanlabError) as refused:
            WRITING[what](runs, Runs(runs.root).get("run"))
        assert (runs.problems(), len(runs.all())) == ([], 2)
    sentence = str(refused.value)
    assert "run 'run'" in sentence and "(Permission denied)" in sentence and "check the rights" in sentence, sentence
    assert {path: path.read_bytes() for path in (runs.root / "run").rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("what", READING)
def test_a_read_only_run_can_be_read(runs: Runs, what: str):
    READING[what](runs, runs.get("copy"))
    with rights(runs.root / "run", 0o444):
        READING[what](runs, Runs(runs.root).get("run"))


def test_a_read_only_run_can_be_forked(runs: Runs):
    fork(runs, runs.get("copy"), 1, {}, name="one")
    runs.root.chmod(0o777)
    with rights(runs.root / "run", 0o444):
        assert fork(Runs(runs.root), Runs(runs.root).get("run"), 1, {}, name="other").history().step == 1


@pytest.mark.parametrize("name", ["config.json", "history.jsonl", "samples", "snapshots", "."])
def test_what_may_not_be_read_makes_a_run_unusable_and_is_not_called_damaged(runs: Runs, name: str):
    runs.all()
    called = "config.json" if name == "." else name
    with rights(runs.root / "run" / name, 0):
        for found in (runs, Runs(runs.root)):  # that have seen it before, and that have not
            assert [run.id for run in found.all()] == ["copy"]
            (problem,) = found.problems()
            assert problem.startswith("'run' in ")
            assert f"its {called} cannot be read (Permission denied); check its rights" in problem


@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("snapshots/000001.safetensors", lambda runs, run: Explorer(runs).load(run.id, 1)),
        ("snapshots/000001.safetensors", lambda runs, run: list(drive(run, tick_s=0))),
        ("snapshots/000001.safetensors", lambda runs, run: rewind_at_rest(run, 1)),
        ("snapshots/000001.safetensors", lambda runs, run: fork(runs, run, 1, {})),
        ("samples/000001.webp", lambda runs, run: run.sample(1)),
        ("directions.json", lambda runs, run: kept_directions(run)),
    ],
)
def test_a_file_that_may_not_be_read_is_not_to_be_deleted(runs: Runs, name: str, act: Callable[[Runs, Run], object]):
    for path in (runs.root, *runs.root.rglob("*")):
        path.chmod(0o777)
    act(runs, runs.get("copy"))
    found = Runs(runs.root)
    with rights(runs.root / "run" / name, 0), pytest.raises(GanlabError) as refused:
        act(found, found.get("run"))
    sentence = str(refused.value)
    assert "'run'" in sentence and "cannot be read (Permission denied)" in sentence, sentence
    assert "delete" not in sentence and "damaged" not in sentence and "rights" in sentence, sentence


def test_a_root_that_may_not_be_read_or_written_is_said(runs: Runs):
    runs.all()
    config = runs.get("run").config
    with rights(runs.root, 0):
        found = Runs(runs.root)
        assert found.all() == []
        (problem,) = found.problems()
        assert "cannot be read (Permission denied): check its rights or set GANLAB_CHECKPOINTS" in problem
    with rights(runs.root, 0o444):
        for act in (
            lambda: runs.create(config),
            lambda: runs.delete("run"),
            lambda: fork(runs, runs.get("run"), 0, {}),
        ):
            with pytest.raises(GanlabError, match=r"\(Permission denied\)"):
                act()
    assert {run.id for run in runs.all()} == {"run", "copy"}
