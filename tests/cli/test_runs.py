"""Runs named, noted, deleted, brought back and written as a table from the command line."""

from __future__ import annotations

import csv
import re
import shlex
from pathlib import Path

import pytest
from calling import a_run, call, refusal

from ganlab.runs import Runs, fork


def test_a_name_is_listed_and_shown_until_it_is_taken_away(checkpoints: Path):
    run = a_run(checkpoints)
    result = call("runs", "rename", run.id, "  my   first ")
    assert result.stdout == f"{run.id} is called 'my first' now\n"
    header, line = call("runs").stdout.splitlines()
    assert header.endswith("NAME") and line.endswith("my first")
    assert header.index("NAME") == line.index("my first")
    assert "name: my first" in call("runs", "show", run.id).stdout.splitlines()
    assert "'wgan-gp on digits'" in call("runs", "rename", run.id, "").stdout
    assert "NAME" not in call("runs").stdout


def test_a_note_is_kept_and_replaced(checkpoints: Path):
    run = a_run(checkpoints)
    for text in ("sevens look\nlike ones", "better after the edit"):
        assert call("runs", "note", run.id, text).stdout == f"The note of {run.id} is kept\n"
        assert f"note: {' '.join(text.split())}" in call("runs", "show", run.id).stdout.splitlines()
    assert call("runs", "note", run.id, "").stdout == f"{run.id} has no note now\n"
    assert "note:" not in call("runs", "show", run.id).stdout


def test_deleting_asks_first_and_can_be_undone_as_it_says(checkpoints: Path):
    run = a_run(checkpoints)
    before = call("runs", "show", run.id).stdout
    result = call("runs", "delete", run.id, stdin="n\n")
    assert (result.exit_code, [each.id for each in Runs(checkpoints).all()]) == (1, [run.id])
    assert f"This deletes {run.id}" in result.output
    said = call("runs", "delete", run.id, "--yes").stdout
    assert Runs(checkpoints).all() == []
    _, _, command = said.partition("bring it back with python -m ganlab ")
    assert call(*shlex.split(command)).stdout == f"{run.id} is back\n"
    assert call("runs", "show", run.id).stdout == before


def test_what_was_not_deleted_cannot_be_brought_back(checkpoints: Path):
    run = a_run(checkpoints)
    call("runs", "delete", run.id, "--yes")
    for other in ("other", f"../.deleted/{run.id}", ".", ""):
        said = refusal("runs", "restore", other, exit_code=1)
        assert said.startswith(f"there is no deleted run {other!r}") and said.endswith(run.id)
    a_run(checkpoints, run.id)
    assert "its name is taken" in refusal("runs", "restore", run.id, exit_code=1)


def test_a_run_in_training_is_not_deleted(checkpoints: Path):
    run = a_run(checkpoints)
    with run.locked():
        assert "stop it before deleting it" in refusal("runs", "delete", run.id, "--yes", exit_code=1)
    assert run.path.is_dir()


def test_show_names_the_parent_of_a_fork(checkpoints: Path):
    run = a_run(checkpoints)
    child = fork(Runs(checkpoints), run, 500, {})
    assert f"parent: {run.id} at step 500" in call("runs", "show", child.id).stdout.splitlines()


def test_the_table_goes_to_the_terminal_or_to_a_file(checkpoints: Path, tmp_path: Path):
    run = a_run(checkpoints)
    printed = call("runs", "csv", run.id).stdout
    table = list(csv.DictReader(printed.splitlines()))
    assert (len(table), table[-1]) == (500, {"step": "500", "loss_d": "-3.25", "loss_g": "0.5", "edit": ""})
    target = tmp_path / "losses.csv"
    assert call("runs", "csv", run.id, "--to", str(target)).stdout == f"Wrote {target}\n"
    assert target.read_text() == printed
    target.write_text("mine")
    assert "exists already: name another file with --to" in refusal(
        "runs", "csv", run.id, "--to", str(target), exit_code=1
    )
    assert target.read_text() == "mine"
    assert call("runs", "csv", run.id, "--to", str(target), "--force").exit_code == 0
    assert target.read_text() == printed
    assert "cannot be written" in refusal("runs", "csv", run.id, "--to", str(tmp_path / "no" / "x.csv"), exit_code=1)


@pytest.mark.parametrize("words", [("csv",), ("rename",), ("note",), ("delete", "--yes")], ids=" ".join)
def test_an_unknown_run_is_one_sentence(checkpoints: Path, words: tuple[str, ...]):
    text = ("text",) if words[0] in ("rename", "note") else ()
    assert "there is no run 'nobody'" in refusal("runs", words[0], "nobody", *text, *words[1:], exit_code=1)


def test_the_examples_of_the_help_work(checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    a_run(checkpoints)
    examples = re.findall(r"python -m ganlab (runs.*)", call("runs", "--help").stdout.partition("Examples:")[2])
    assert len(examples) == 8
    for example in examples:
        result = call(*shlex.split(example))
        assert result.exit_code == 0, example
