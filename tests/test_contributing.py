"""What CONTRIBUTING says is to be touched to add something is there, and is enough."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import added_rows
import pytest
from click.testing import CliRunner

import ganlab.config
from ganlab.alarms import Alarm, Recent, look
from ganlab.alarms.table import ALARMS
from ganlab.cli.root import cli
from ganlab.config import TrainConfig
from ganlab.recipes import RECIPES, Recipe, recipe

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def table_rows() -> Iterator[tuple[str, list[str]]]:
    """What is added, and the code names beside it, of each row."""
    section = TEXT.split("## To add …")[1].split("\n## ")[0]
    for line in section.splitlines():
        if line.startswith("| a"):
            _, what, touched, _ = line.split("|")
            yield what.strip(), re.findall(r"`([^`]+)`", touched)


ROWS = dict(table_rows())


def test_the_table_is_read():
    assert {"a loss", "a penalty", "a network", "a dataset", "a setting", "a recipe", "an alarm", "a page"} <= set(ROWS)
    assert all(ROWS.values())


@pytest.mark.parametrize("what", ROWS)
def test_each_place_that_is_named_is_there(what: str):
    """A path lies in the package or beside it; `config.NAME` is a name of that; any other is used in the last file."""
    file = ""
    for name in ROWS[what]:
        if "/" in name:
            place = next((base / name for base in (ROOT / "ganlab", ROOT) if (base / name).exists()), None)
            assert place, f"{name} is not there"
            file = place.read_text(encoding="utf-8") if place.is_file() else ""
        elif name.startswith("config."):
            assert hasattr(ganlab.config, name.removeprefix("config.")), name
        else:
            assert re.search(rf"\b{re.escape(name)}\b", file), f"{name} is not in the file named before it"


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a package with more rows says of them."""
    place = tmp_path_factory.mktemp("added")
    shutil.copytree(ROOT / "ganlab", place / "ganlab", ignore=shutil.ignore_patterns("__pycache__"))
    added_rows.add_names(place / "ganlab")
    words = [sys.executable, added_rows.__file__]
    env = os.environ | {"PYTHONPATH": str(place)}
    done = subprocess.run(words, cwd=place, env=env, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def test_new_names_and_a_new_setting_are_validated(added: dict[str, Any]):
    assert added["kept"] == added_rows.ADDED | {"added_setting": 5}
    for (name, value), refused in zip(added_rows.ADDED.items(), added["refused"], strict=False):
        assert refused == f"{name} cannot be {value[:-1]!r}: did you mean {value!r}?"
    assert added["refused"][-1] == "added_setting must be less than or equal to 9, got 10"


def test_they_are_on_the_command_line(added: dict[str, Any]):
    for name, value in added_rows.ADDED.items():
        assert re.search(rf"--{name} \[[^\]]*\b{value}\b", added["help"]), name
    assert "--added-setting N" in added["help"]
    assert "Added setting. An example.  [default: 3 pieces; 1 to 9]" in added["help"]


def test_they_are_in_the_menus(added: dict[str, Any]):
    for name, value in added_rows.ADDED.items():
        assert value in added["boxes"][name]
    assert added["number"] == 3


def test_they_train(added: dict[str, Any]):
    assert {"loss_d", "loss_g", "penalty", "score_real", "accuracy_g"} <= set(added["series"])
    assert added["effects"] == {"penalty_weight": True, "d_update": True, "label_smoothing": False, "width": False}


def test_an_alarm_that_is_a_row_is_asked(monkeypatch: pytest.MonkeyPatch):
    alarm = Alarm("added", "Added", "A cause.", "Some evidence.", 7)
    monkeypatch.setitem(ALARMS, "added", lambda recent: alarm)
    assert alarm in look(Recent(TrainConfig(), 7, {}))


def said(*words: str) -> str:
    return CliRunner().invoke(cli, words).output


def test_a_recipe_that_is_a_row_can_be_named(monkeypatch: pytest.MonkeyPatch):
    row = Recipe(TrainConfig(recipe="added-recipe"), "An added one.", "Nothing.")
    monkeypatch.setitem(RECIPES, "added-recipe", row)
    assert recipe("added-recipe") is row
    assert "added-recipe" in said("recipes")
    assert "--recipe added-recipe" in said("recipes", "added-recipe")
