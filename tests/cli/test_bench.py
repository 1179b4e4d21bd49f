"""`bench` hands its words to `python -m benchmarks`, and its exit code back."""

from __future__ import annotations

import importlib
import json
import shlex
import sys
from pathlib import Path

import click
import pytest
from calling import call, refusal
from click.testing import CliRunner

from ganlab.cli.bench import bench
from ganlab.cli.root import cli

MODULE = sys.modules[bench.callback.__module__]  # pyright: ignore[reportOptionalMemberAccess]
ROOT = Path(__file__).parents[2]
EXAMPLES = [line.strip() for line in (bench.epilog or "").splitlines() if line.strip().startswith("python -m ganlab")]

#: In place of the measurements: writes down what reached it.
STAND_IN = """
import json, os, sys
with open("seen.json", "w") as file:
    json.dump([sys.argv[1:], os.getcwd()], file)
sys.exit(7)
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose measurements are the stand-in; the current folder, which is returned, is another."""
    (tmp_path / "checkout" / "benchmarks").mkdir(parents=True)
    (tmp_path / "checkout" / "benchmarks" / "__main__.py").write_text(STAND_IN, encoding="utf-8")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(MODULE, "_ROOT", tmp_path / "checkout")
    return tmp_path / "here"


@pytest.mark.parametrize("words", ["", "engine --json e.json", "--engine-rounds 2 engine pace", "-- --help"])
def test_words_and_exit_code_are_passed_on_and_the_folder_stays(words: str, stand_in: Path):
    assert call("bench", *words.split()).exit_code == 7
    seen, folder = json.loads((stand_in / "seen.json").read_text(encoding="utf-8"))
    assert seen == [word for word in words.split() if word != "--"]
    assert Path(folder).samefile(stand_in)


def test_without_a_checkout_one_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(MODULE, "_ROOT", tmp_path)
    assert "there is no folder 'benchmarks'" in refusal("bench", exit_code=1)


def test_its_own_help_measures_nothing(stand_in: Path):
    result = CliRunner().invoke(cli, ["bench", "engine", "--help"])
    assert (result.exit_code, "Usage:" in result.stdout) == (0, True)
    assert not (stand_in / "seen.json").exists()


@pytest.mark.parametrize("example", EXAMPLES)
def test_what_the_examples_ask_for_can_be_measured(example: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT))
    measure: click.Command = importlib.import_module("benchmarks.__main__").main
    context = measure.make_context("benchmarks", shlex.split(example)[4:])
    assert context.params["parts"], example
