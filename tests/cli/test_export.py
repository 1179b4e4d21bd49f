"""`export`: files of every form, named, complete or not there at all; what cannot be is one sentence."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import onnx
import pytest
from calling import a_run, call, refusal

RUN = "20261121-104300-wgan-gp"


@pytest.fixture(autouse=True)
def run(checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a run with a snapshot of step 500; the current folder is an empty one."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return a_run(checkpoints).path


@pytest.mark.parametrize(
    ("form", "name", "begins"),
    [
        ("html", f"{RUN}-step500.html", b"<!doctype html>"),
        ("onnx", f"{RUN}-step500.onnx", b""),
        ("safetensors", f"{RUN}-step500.safetensors", b""),
        ("script", "generator_20261121_104300_wgan_gp_step500.py", b'"""Generator of run'),
        ("png", f"{RUN}-step500.png", b"\x89PNG"),
    ],
)
def test_each_form_is_written_under_its_name(form: str, name: str, begins: bytes):
    result = call("export", RUN, "--as", form)
    assert result.exit_code == 0, result.output
    assert name in result.stdout
    assert Path(name).read_bytes().startswith(begins)
    assert os.listdir() == [name], "nothing else is left"


def test_what_was_exported_can_be_exported_from():
    call("export", RUN, "--as", "safetensors", "--out", "mine.safetensors")
    assert call("export", "mine.safetensors", "--as", "onnx").exit_code == 0
    onnx.checker.check_model(onnx.load("mine-step500.onnx"))


def test_the_weights_as_trained_are_others(run: Path):
    call("export", RUN, "--as", "safetensors", "--out", "average.safetensors")
    call("export", RUN, "--as", "safetensors", "--weights", "generator", "--out", "raw.safetensors")
    assert Path("average.safetensors").read_bytes() != Path("raw.safetensors").read_bytes()


def test_a_file_is_not_overwritten_unless_forced():
    assert call("export", RUN).exit_code == 0
    assert "--force" in refusal("export", RUN, exit_code=1)
    assert call("export", RUN, "--force").exit_code == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--as pdf", "'pdf'"),
        ("--scale 4", "--scale means nothing for --as html: leave it out, or choose --as png"),
        ("--as onnx --precision float16", "choose --as html or script"),
        ("--as png --scale 0", "scale must be a whole number from 1 to 64"),
        ("--as png --label 2", "no classes"),
        ("--snapshot first", "--snapshot must be a step or 'last'"),
        ("--as onnx --out x.html", "--out must end in .onnx"),
    ],
)
def test_wrong_settings_are_refused_with_code_2(words: str, sentence: str):
    result = call("export", RUN, *words.split())
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert not os.listdir()


def test_unknown_runs_and_steps_are_refused():
    assert "there is no run 'nothing'" in refusal("export", "nothing", exit_code=1)
    assert "no snapshot of step 499" in refusal("export", RUN, "--snapshot", "499", exit_code=1)
    assert "there is no file" in refusal("export", "no.safetensors", exit_code=1)


def test_a_truncated_snapshot_is_refused(run: Path):
    snapshot = run / "snapshots" / "000500.safetensors"
    snapshot.write_bytes(snapshot.read_bytes()[:1000])
    assert "damaged" in refusal("export", RUN, exit_code=1)
    assert not os.listdir()


def test_a_full_disk_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch):
    def full(*given: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert "No space left on device" in refusal("export", RUN, exit_code=1)
    assert not os.listdir()
