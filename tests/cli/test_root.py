"""Help, exit codes, and errors as one sentence without a traceback."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pytest
from calling import QUICK, a_run, call, refusal
from click.testing import CliRunner
from PIL import Image
from tiny import data_of_shape

from ganlab.cli.root import cli
from ganlab.data import DATASETS
from ganlab.experiments import Arm, Experiment, Shelf
from ganlab.runs import Runs, edit_at_rest
from ganlab.version import VERSION


def commands(command: click.Command, *words: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """The command and all below it, with what is typed to reach each."""
    yield words, command
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from commands(child, *words, name)


COMMANDS = dict(commands(cli))
#: So that examples take no time. What bench's would measure, and what pause, unpause and stop do, is tried in
#: test_bench.py and test_steer.py.
ADDED_TO_EXAMPLES = {
    "train": QUICK,
    "experiment": (*QUICK, "--seeds", "1"),
    "evaluate": ("--count", "12"),
    "compare": ("--count", "12"),
    "bench": ("--help",),
    "pause": ("--help",),
    "unpause": ("--help",),
    "stop": ("--help",),
}
EXAMPLES = [
    line.strip()
    for command in COMMANDS.values()
    for line in (command.epilog or "").splitlines()
    if line.strip().startswith("python -m ganlab")
]


def python(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A process of its own; its output is read as UTF-8, what is not as replacement characters."""
    return subprocess.run(
        [sys.executable, *words],
        env=os.environ | environment,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_each_command_has_help_and_a_line_for_it_in_its_parents(words: tuple[str, ...]):
    result = call(*words, "--help")
    assert result.exit_code == 0
    assert f"Usage: python -m ganlab {' '.join(words)}".rstrip() in result.stdout
    assert COMMANDS[words].get_short_help_str()


def test_each_command_at_the_top_has_an_example():
    named = {shlex.split(example)[3] for example in EXAMPLES}
    assert named == set(cli.commands)


def put_holiday_pictures(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """holiday.zip in the current folder, and the collection "holiday" among the data."""
    collection = here / "data" / "holiday"
    collection.mkdir(parents=True)
    monkeypatch.setenv("GANLAB_DATA", str(here / "data"))
    with zipfile.ZipFile(here / "holiday.zip", "w") as archive:
        for number in range(20):
            picture = collection / f"{number}.png"
            Image.new("RGB", (30 + number, 40), (9 * number, 80, 160)).save(picture)
            archive.write(picture, picture.name)


def put_experiment(checkpoints: Path) -> None:
    """One of two runs, which have scores in their logs."""
    runs = {}
    for loss, name in (("wasserstein", "digits-quick"), ("hinge", "digits-wgan-gp")):
        run = a_run(checkpoints, name, loss=loss)
        run.log("score", step=500, values={"frechet": 2.0}, floor={}, network="", reference="", count=12)
        runs[loss, 0] = run.id
    arms = tuple(Arm({"loss": loss}) for loss, _ in runs)
    Shelf(Runs(checkpoints)).put(Experiment("quick-digits-loss", "quick-digits", arms, (0,), {}, runs))


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_works(
    example: str, made_up_data: None, checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    mnist = data_of_shape((1, 28, 28), "mnist", count=40)
    monkeypatch.setitem(DATASETS, "mnist", replace(DATASETS["mnist"], load=lambda wanted, *, progress: mnist))
    put_holiday_pictures(tmp_path, monkeypatch)
    run = a_run(checkpoints)
    run.save_sample(0, np.zeros((4, 16, 16, 1), np.uint8))
    edit_at_rest(run, {"lr_d": 1e-3})
    words = shlex.split(example)[3:]
    if "restore" in words:
        Runs(checkpoints).delete(words[-1])
    if "compare" in words:
        put_experiment(checkpoints)
    if "remove" in words:
        call("data", "add", "holiday.zip")
    result = call(*words, *ADDED_TO_EXAMPLES.get(words[0], ()), stdin="y\n")
    assert result.exit_code == 0, result.output
    assert result.stdout


def test_version_is_said():
    assert call("--version").stdout == f"ganlab {VERSION}\n"


def test_help_recipes_and_bad_usage_import_no_torch():
    script = """
import sys
from ganlab.cli.root import cli
for words in ["--help"], ["train", "--help"], ["runs", "--help"], ["recipes"], ["train", "--recipe", "no"], ["x"]:
    try:
        cli(words)
    except SystemExit:
        pass
assert "torch" not in sys.modules and "streamlit" not in sys.modules, sorted(sys.modules)
"""
    result = python("-c", script)
    assert result.returncode == 0, result.stderr


def test_a_process_exits_with_the_code_and_one_sentence():
    good, bad = python("-m", "ganlab", "recipes"), python("-m", "ganlab", "train", "--recipe", "wgan-pg")
    assert (good.returncode, good.stderr) == (0, "")
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr == "Error: unknown recipe 'wgan-pg': did you mean 'wgan-gp'?\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_what_cannot_be_printed_is_one_sentence():
    command = f"{shlex.quote(sys.executable)} -m ganlab recipes > /dev/full"
    result = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: what should be printed cannot be written or read (No space left on device)")


@pytest.mark.skipif(os.name != "posix", reason="there a folder in use cannot be deleted")
def test_a_current_folder_that_was_deleted_is_one_sentence(tmp_path: Path):
    command = f"rmdir {shlex.quote(str(tmp_path / 'gone'))} && {shlex.quote(sys.executable)} -m ganlab runs"
    (tmp_path / "gone").mkdir()
    result = subprocess.run(["sh", "-c", command], cwd=tmp_path / "gone", capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "Error: the current folder was deleted: change to one that is there\n"


def test_a_terminal_without_our_letters_gets_what_it_can_show():
    result = python("-m", "ganlab", "recipes", PYTHONIOENCODING="cp437")
    assert result.returncode == 0, result.stderr
    assert "28?28" in result.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("train --recipe nothing", "unknown recipe 'nothing'"),
        ("train --dataset mnits", "dataset cannot be 'mnits': did you mean 'mnist'?"),
        ("train --image-size 20", "image_size cannot be 20: choose one of 0, 16, 28"),
        ("train --batch-size 1025", "batch_size must be less than or equal to 1024, got 1025"),
        ("train --lr-d 0", "lr_d must be greater than 0, got 0"),
        ("train --lr-d nan", "finite number, got nan"),
        ("train --max-steps many", "got 'many'"),
        ("train --width 1 --d-steps 0", "d_steps must be"),
        ("train --network dcgan-article", "choose network dcgan"),
        ("sample 20261121-104300-wgan-gp --count 0", "count must be a whole number from 1 to 256, got 0"),
        ("sample 20261121-104300-wgan-gp --to 1 --frames 1", "frames must be"),
        ("sample 20261121-104300-wgan-gp --to 1 --path x", "path cannot be 'x'"),
        ("sample 20261121-104300-wgan-gp --to 1 --count 3", "give one of the two"),
        ("sample 20261121-104300-wgan-gp --frames 3", "--to"),
        ("sample 20261121-104300-wgan-gp --snapshot first", "--snapshot must be a step or 'last', got 'first'"),
        ("sample 20261121-104300-wgan-gp --out picture.jpg", "--out must end in .png, got 'picture.jpg'"),
    ],
)
def test_wrong_settings_are_refused_with_code_2(words: str, sentence: str, checkpoints: Path):
    a_run(checkpoints)
    assert sentence in refusal(*words.split(), exit_code=2)
    assert len(Runs(checkpoints).all()) == 1, "nothing was begun"


def test_a_batch_larger_than_the_dataset_is_refused(checkpoints: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(DATASETS, "digits", replace(DATASETS["digits"], count=100))
    sentence = refusal("train", "--batch-size", "101", exit_code=2)
    assert sentence == "batch_size is 101, but dataset 'digits' has only 100 images: choose 100 or less"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("train --widht 3", "No such option '--widht'"),
        ("trian", "No such command 'trian'"),
        ("runs show", "Missing argument 'RUN'"),
        ("sample x --scale 0", "0 is not in the range 1<=x<=32"),
    ],
)
def test_wrong_usage_is_refused_with_code_2_and_the_way_to_help(words: str, sentence: str):
    result = call(*words.split())
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "--help" in result.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("resume 20261121-104300-wgan", "did you mean '20261121-104300-wgan-gp'?"),
        ("runs show ../elsewhere", "there is no run '../elsewhere'"),
        ("runs slim nothing --yes", "there is no run 'nothing'"),
        ("sample nothing", "there is no run 'nothing'"),
        ("sample 20261121-104300-wgan-gp --snapshot 7", "no snapshot of step 7: choose one of 500"),
        ("data fetch mnits", "unknown dataset 'mnits': did you mean 'mnist'?"),
    ],
)
def test_what_is_not_there_fails_with_code_1(words: str, sentence: str, checkpoints: Path):
    a_run(checkpoints)
    assert sentence in refusal(*words.split(), exit_code=1)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    sentence = refusal("train", "--checkpoints", str(tmp_path / "file"), exit_code=1)
    assert sentence.startswith(f"the checkpoints folder '{tmp_path / 'file'}' cannot be written")


def test_a_run_without_config_is_named(checkpoints: Path):
    (checkpoints / "20260101-000000-torn").mkdir()
    assert "20260101-000000-torn" in refusal("runs", "show", "20260101-000000-torn", exit_code=1)


def test_a_damaged_data_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path))
    for name in DATASETS["mnist"].files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"no images")
    assert "wrong checksum" in refusal("data", "fetch", "mnist", exit_code=1)


def test_an_error_that_nobody_expected_is_a_line_and_a_traceback_on_demand(monkeypatch: pytest.MonkeyPatch):
    def fail(self: Runs) -> list[object]:
        raise ZeroDivisionError("first line\nsecond line")

    monkeypatch.setattr(Runs, "all", fail)
    sentence = refusal("runs", exit_code=1)
    assert sentence.startswith("unexpected ZeroDivisionError: first line second line (")
    assert "python -m ganlab --debug" in sentence
    shown = CliRunner().invoke(cli, ["--debug", "runs"])
    assert shown.exit_code == 1
    assert "Traceback" in shown.stderr


def test_debug_shows_the_traceback_of_wrong_settings_and_keeps_the_code():
    shown = CliRunner().invoke(cli, ["--debug", "train", "--recipe", "nothing"])
    assert shown.exit_code == 2
    assert "Traceback" in shown.stderr
    assert shown.stderr.splitlines()[-1].startswith("Error: unknown recipe 'nothing'")


def test_ctrl_c_outside_of_training_exits_with_130(monkeypatch: pytest.MonkeyPatch):
    def interrupt(self: Runs) -> list[object]:
        raise KeyboardInterrupt

    monkeypatch.setattr(Runs, "all", interrupt)
    result = call("runs")
    assert (result.exit_code, result.stderr) == (130, "Interrupted.\n")
