"""Commands in a folder with a bad run of each kind: each is a row and a warning, and the good run can be used."""

from __future__ import annotations

from pathlib import Path

import pytest
from broken import UNUSABLE, one_of_each
from calling import call, refusal

pytestmark = pytest.mark.usefixtures("made_up_data")


def test_each_bad_run_is_a_row_and_a_warning(checkpoints: Path):
    said = one_of_each(checkpoints)
    result = call("runs")
    assert result.exit_code == 0
    rows = {line.split()[0]: line.split()[1] for line in result.stdout.splitlines()[1:]}
    assert rows.keys() == {"good", *said}
    assert rows["good"] == "stopped"
    assert [state for state in rows.values() if state == "damaged"] == ["damaged"] * len(UNUSABLE)
    warnings = result.stderr.splitlines()
    assert len(warnings) == len(said)
    for name, words in said.items():
        assert [line for line in warnings if f"'{name}'" in line and words in line and line.startswith("Warning: ")]


def test_commands_on_a_bad_run_say_why_and_those_on_the_good_one_work(checkpoints: Path, tmp_path: Path):
    said = one_of_each(checkpoints)
    for name, words in said.items():
        command_lines = (["runs", "show"], ["runs", "csv"], ["resume"], ["undo"], ["sample"], ["export"])
        for command in command_lines if words != "1 line is damaged" else ():
            assert words in refusal(*command, name, exit_code=1), command
    out = str(tmp_path / "out")
    for words in (
        ["runs", "show", "good"],
        ["runs", "csv", "good"],
        ["runs", "rename", "good", "better"],
        ["sample", "good", "--out", f"{out}.png", "--seed", "1"],
        ["fork", "good", "1", "--name", "child"],
        ["edit", "good", "lr_g=0.001"],
        ["resume", "good", "--quiet"],
    ):
        assert call(*words).exit_code == 0, words
