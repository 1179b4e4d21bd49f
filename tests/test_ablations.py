"""The script behind the tables of docs/recipes.md."""

from __future__ import annotations

import importlib.util
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from ganlab.cli.root import cli
from ganlab.metrics import train_classifier

SCRIPT = Path(__file__).parent.parent / "docs" / "ablations.py"
SHORT = ["--max-steps", "2", "--device", "cpu", "--quiet"]


def test_it_has_a_row_for_each_recipe_and_changed_setting_and_a_picture_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    for options in (["--seed", "1"], ["--seed", "0"], ["--seed", "0", "--beta1", "0"]):
        arguments = ["train", "--recipe", "lsgan", "--checkpoints", str(tmp_path / "runs"), *SHORT, *options]
        assert CliRunner().invoke(cli, arguments).exit_code == 0
    spec = importlib.util.spec_from_file_location("ablations", SCRIPT)
    assert spec and spec.loader
    ablations = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(ablations)
    monkeypatch.setattr(ablations, "train_classifier", partial(train_classifier, steps=5))
    capsys.readouterr()
    ablations.main(str(tmp_path / "runs"), str(tmp_path))
    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines()]
    names = ["lsgan (2)", "lsgan, not averaged (2)", "lsgan-beta1-0.0 (1)", "lsgan-beta1-0.0, not averaged (1)"]
    assert [row[0] for row in rows] == ["held out (1)", *names]
    assert all(
        cell.split()[0] in ("sure", "rejected", "rarest", "spread", "loss_d") for row in rows for cell in row[1:]
    )
    assert {path.name for path in tmp_path.glob("*.webp")} == {"lsgan.webp", "lsgan-beta1-0.0.webp"}
