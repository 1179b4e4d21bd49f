"""`import ganlab` offers what it lists, and imports torch only when asked for something that needs it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import ganlab

SOURCE = ast.parse(Path(ganlab.__file__).read_text(encoding="utf-8"))


def test_what_others_rely_on_is_listed():
    relied_on = {
        "TrainConfig",
        "parse_config",
        "RECIPES",
        "recipe",
        "load_dataset",
        "new_state",
        "train",
        "Tick",
        "Runs",
        "drive",
        "Service",
        "Explorer",
        "GanlabError",
        "ConfigError",
        "DataError",
        "TrainingError",
        "RunError",
        "RunBusyError",
        "SnapshotError",
        "VERSION",
    }
    assert relied_on <= set(ganlab.__all__)


def test_every_error_is_exported():
    from ganlab import errors

    tree = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert tree <= set(ganlab.__all__)


@pytest.mark.parametrize("name", ganlab.__all__)
def test_each_listed_name_is_there_and_comes_from_where_it_is_said_to(name: str):
    value = getattr(ganlab, name)
    assert value is getattr(sys.modules[ganlab._HOME_OF[name]], name)
    assert name in dir(ganlab)


def test_the_three_lists_agree():
    typed = {
        (node.module, alias.name)
        for branch in SOURCE.body
        if isinstance(branch, ast.If)
        for node in branch.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert typed == {(module, name) for name, module in ganlab._HOME_OF.items()}
    assert sorted(ganlab.__all__) == sorted(ganlab._HOME_OF)


def test_an_unknown_name_is_refused():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        ganlab.nothing  # noqa: B018 - asking for it is the test


def test_import_and_config_need_no_torch():
    script = "import sys, ganlab; ganlab.recipe('wgan-gp'), ganlab.TrainConfig(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
