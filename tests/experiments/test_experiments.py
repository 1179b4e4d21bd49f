"""Experiments: which runs they have, how they are kept, and what may be concluded from them."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner
from tiny import tiny

from ganlab.cli.root import cli
from ganlab.config import TrainConfig
from ganlab.errors import ConfigError, RunError
from ganlab.experiments import (
    Arm,
    Compared,
    Experiment,
    Shelf,
    arms_of,
    compared,
    difference,
    differing_settings,
    of_logged,
    on_one_scale,
    sentence,
    verdict,
    verdicts,
)
from ganlab.experiments.experiment import seeds_of
from ganlab.runs import Runs


def two_losses(name: str = "losses", **changes: Any) -> Experiment:
    arms = arms_of({"loss": ["wasserstein", "hinge"]}, "quick-digits")
    return Experiment(name, "quick-digits", arms, (0, 1), changes)


def test_it_has_a_run_for_each_arm_and_seed_all_arms_of_a_seed_first():
    cells = list(two_losses(batch_size=32).cells())
    assert [(cell.config.loss, cell.seed) for cell in cells] == [
        ("wasserstein", 0),
        ("hinge", 0),
        ("wasserstein", 1),
        ("hinge", 1),
    ]
    assert {cell.config.batch_size for cell in cells} == {32}
    assert {cell.config.recipe for cell in cells} == {"quick-digits"}


def test_values_of_several_settings_are_combined():
    arms = arms_of({"d_steps": [1, 3], "loss": ["hinge", "wasserstein"]}, "wgan-gp")
    assert [arm.title for arm in arms][:2] == ["d_steps 1, loss hinge", "d_steps 1, loss wasserstein"]
    assert len(arms) == 4


def test_a_recipe_of_several_runs_is_an_experiment_already():
    assert [arm.title for arm in arms_of({}, "generator-loss-race-digits")] == ["saturating", "non-saturating", "hinge"]
    assert [arm.title for arm in arms_of({}, "wgan-gp")] == ["as it is"]


@pytest.mark.parametrize(
    ("varied", "seeds"),
    [
        ({"los": ["hinge"]}, (0,)),
        ({"loss": ["hing"]}, (0,)),
        ({"lr_g": ["fast"]}, (0,)),
        ({"seed": [1, 2]}, (0,)),
        ({"classes": ["3"]}, (0,)),
        ({"loss": ["hinge", "hinge"]}, (0,)),
        ({"loss": ["hinge"]}, ()),
        ({"loss": ["hinge"]}, tuple(range(300))),
    ],
)
def test_what_cannot_be_is_refused_before_anything_begins(varied: dict[str, list[Any]], seeds: tuple[int, ...]):
    with pytest.raises(ConfigError):
        Experiment("x", "wgan-gp", arms_of(varied, "wgan-gp"), seeds)


@pytest.mark.parametrize(("text", "seeds"), [("3", (0, 1, 2)), ("4,2,4", (4, 2)), ("7,", (7,))])
def test_seeds_are_counted_or_named(text: str, seeds: tuple[int, ...]):
    assert seeds_of(text) == seeds


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "1,x"])
def test_other_seeds_are_refused(text: str):
    with pytest.raises(ConfigError, match="--seeds"):
        seeds_of(text)


def test_the_shelf_gives_back_what_was_put_there(tmp_path: Path):
    shelf = Shelf(Runs(tmp_path / "runs"))
    experiment = two_losses()
    cell = next(experiment.cells())
    experiment, run = shelf.begin(experiment, cell)
    assert shelf.names() == ("losses",)
    assert shelf.get("losses") == experiment
    again = next(shelf.get("losses").cells())
    assert again.run_id == run.id and shelf.run_of(again) is not None
    shelf.runs.delete(run.id)
    assert shelf.run_of(again) is None
    assert Runs(tmp_path / "runs").all() == []
    assert Runs(tmp_path / "runs").problems() == []


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b'{"name": "losses", "recipe": "no such", "arms": [{}]}', b"\xff"]
)
def test_a_damaged_experiment_is_said_to_be_one(tmp_path: Path, content: bytes):
    (tmp_path / "losses.experiment.json").write_bytes(content)
    with pytest.raises(RunError, match="damaged"):
        Shelf(Runs(tmp_path)).get("losses")


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 100])
def test_names_that_are_no_file_names_are_refused(tmp_path: Path, name: str):
    with pytest.raises(ConfigError):
        Shelf(Runs(tmp_path / "runs")).put(two_losses(name))
    assert not list(tmp_path.rglob("*.json"))


def test_it_is_extended_by_values_and_seeds_and_keeps_its_runs():
    first = two_losses()
    first = first.begun(next(first.cells()), "run-1")
    more = Experiment("losses", "quick-digits", (Arm({"loss": "saturating"}), Arm({"loss": "hinge"})), (1, 2))
    both = first.extended(more)
    assert [arm.title for arm in both.arms] == ["wasserstein", "hinge", "saturating"]
    assert both.seeds == (0, 1, 2)
    assert next(both.cells()).run_id == "run-1"
    with pytest.raises(ConfigError, match="--name"):
        first.extended(two_losses(batch_size=16))


def test_the_interval_is_students_of_differences_by_seed():
    found = difference({0: 5.0, 1: 7.0, 2: 9.0, 7: 1.0}, {0: 4.0, 1: 5.0, 2: 6.0, 8: 1.0})
    assert found is not None
    half = 4.302652729911275 / math.sqrt(3)  # t of 2 degrees at 97.5 %, deviation 1
    assert (found.mean, found.low, found.high, found.count) == pytest.approx((2, 2 - half, 2 + half, 3))
    wider = difference({0: 5.0, 1: 7.0, 2: 9.0}, {0: 4.0, 1: 5.0, 2: 6.0}, among=2)
    assert wider is not None
    assert wider.high - wider.mean == pytest.approx(6.205346817 / math.sqrt(3))  # at 98.75 %
    assert difference({0: 1.0}, {1: 2.0}) is None
    assert difference({0: math.nan}, {0: 2.0}) is None


def test_runs_on_different_datasets_are_compared_without_a_verdict(tmp_path: Path):
    runs = Runs(tmp_path)
    some = [runs.create(tiny()), runs.create(tiny(dataset="mnist", network="mlp"))]
    rows = [Compared(run, str(n), 0, 1, {"frechet": float(n)}) for n, run in enumerate(some)]
    assert not on_one_scale(rows) and verdicts(rows, "frechet") == ()
    rows[1] = replace(rows[1], run=some[0])
    assert on_one_scale(rows) and [each.best for each in verdicts(rows, "frechet")] == ["0"]


def test_the_verdict_names_the_better_one_or_the_seeds():
    values = {"a": {0: 1.0, 1: 1.1, 2: 0.9}, "b": {0: 3.0, 1: 3.1, 2: 3.0}, "c": {0: 1.2, 1: 0.8, 2: 1.15}}
    words = [sentence(each) for each in verdict("frechet", values)]
    assert words[0].startswith("seeds explain the difference between a and c: 0.05 (")
    assert words[1].startswith("a is better than b by 2.03 (")
    assert words[1].endswith(", 3 seeds)")
    assert [each.best for each in verdict("inception", values)] == ["b", "b"]
    one_seed = {arm: {0: found[0]} for arm, found in values.items()}
    assert all("cannot tell chance" in sentence(each) for each in verdict("frechet", one_seed))
    late = {"a": {0: 5.0, 1: 1.0}, "b": {0: 4.0}}
    assert [sentence(each).split(" by ")[0] for each in verdict("frechet", late)] == ["b is ahead of a"]
    same = {"a": {0: 1.0, 1: 2.0}, "b": {0: 1.0, 1: 2.0}}
    assert [sentence(each) for each in verdict("frechet", same)] == ["a and b have the same values (2 seeds)"]
    same = {arm: {0: found[0]} for arm, found in same.items()}
    assert [sentence(each) for each in verdict("frechet", same)] == ["a and b have the same values (1 seed)"]
    assert verdict("frechet", {"a": {0: 1.0}, "b": {1: 2.0}}) == ()
    assert verdict("frechet", {"a": {0: 1.0}}) == ()
    assert verdict("frechet", {"a": {0: 1.0}, "b": {0: math.nan}}) == ()


def test_intervals_of_equal_arms_hold_what_they_promise():
    """Of three arms that do not differ, a verdict finds a difference in at most 5 % of experiments, but for chance."""
    import random

    rng = random.Random(0)
    wrong = 0
    for _ in range(600):
        seeds = {seed: rng.gauss(0, 3) for seed in range(4)}
        values = {arm: {seed: base + rng.gauss(0, 1) for seed, base in seeds.items()} for arm in "abc"}
        held = [difference(values["a"], values[arm], among=2) for arm in "bc"]
        wrong += any(each is not None and each.clear for each in held)
    assert wrong / 600 < 0.08


def test_only_what_differs_and_has_an_effect_is_told():
    base = TrainConfig()
    table = differing_settings([base, base.with_changes(loss="hinge", seed=3, preview_every=50)])
    assert table["loss"] == ("wasserstein", "hinge")
    assert not table.keys() & {"seed", "preview_every", "batch_size"}
    assert differing_settings([base, base]) == {}


def test_the_scores_of_a_log_are_the_last_or_the_best(tmp_path: Path):
    run = Runs(tmp_path).create(TrainConfig())
    assert of_logged(run, "last") is None
    run.log("start", step=0, time=0.0)
    for step, value in ((10, 5.0), (20, 2.0), (30, 4.0)):
        values = {"frechet": value, "inception": value, "no-such": 1.0}
        run.log("score", step=step, values=values, floor={}, network="", reference="", count=10)
    assert of_logged(run, "last") == (30, {"frechet": 4.0, "inception": 4.0})
    assert of_logged(run, "best") == (20, {"frechet": 2.0, "inception": 2.0})
    rows = [Compared(run, "a", seed, 10, {"frechet": value}) for seed, value in ((0, 1.0), (1, math.nan))]
    assert compared(rows, "frechet") == {"a": {0: 1.0}}


SMALL = ["--width", "4", "--batch-size", "8", "--d-steps", "1", "--max-steps", "3", "--preview-every", "3"]


def command(*words: str, folder: Path) -> Any:
    return CliRunner().invoke(cli, [*words, "--checkpoints", str(folder)])


@pytest.mark.usefixtures("made_up_data")
def test_the_command_trains_goes_on_extends_and_compares(tmp_path: Path):
    words = ["experiment", "wgan-gp", *SMALL, "--name", "e", "-q"]
    first = command(*words, "--vary", "loss=wasserstein,hinge", "--seeds", "1", folder=tmp_path)
    assert first.exit_code == 0, first.output
    assert len(Runs(tmp_path).all()) == 2
    again = command(*words, "--vary", "loss=wasserstein,hinge", "--seeds", "2", folder=tmp_path)
    assert again.exit_code == 0, again.output
    runs = Runs(tmp_path)
    assert len(runs.all()) == 4
    assert {(run.config.loss, run.config.seed) for run in runs.all()} == {
        (loss, seed) for loss in ("wasserstein", "hinge") for seed in (0, 1)
    }
    for number, run in enumerate(runs.all()):
        values = {"frechet": 1.0 + number % 2}
        run.log("score", step=3, values=values, floor={}, network="", reference="", count=10)
    told = command("compare", "e", "--logged", "last", "--json", folder=tmp_path)
    assert told.exit_code == 0, told.output
    found = orjson.loads(told.output)
    assert found["settings"]["loss"]
    assert [row["arm"] for row in found["runs"]] == ["wasserstein", "hinge"] * 2
    (held,) = found["verdicts"]
    assert (held["difference"], held["seeds"], held["clear"]) == (-1.0, 2, True)
    shown = command("compare", "e", "--logged", "best", folder=tmp_path)
    assert "better than" in shown.output and "SETTING" in shown.output


@pytest.mark.usefixtures("made_up_data")
def test_scores_are_written_as_csv(tmp_path: Path):
    words = ["experiment", "wgan-gp", *SMALL, "--name", "e", "--vary", "loss=wasserstein,hinge", "--seeds", "1", "-q"]
    command(*words, folder=tmp_path)
    first, second = Runs(tmp_path).all()
    first.log("score", step=3, values={"frechet": 1.5}, floor={}, network="", reference="", count=10)
    second.log("score", step=3, values={"inception": 2.0}, floor={}, network="", reference="", count=10)
    done = command("compare", "e", "--logged", "last", "--csv", str(tmp_path / "scores.csv"), folder=tmp_path)
    assert done.exit_code == 0, done.output
    with open(tmp_path / "scores.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["run"], row["arm"], row["step"], row["frechet"], row["inception"]) for row in rows} == {
        (first.id, first.config.loss, "3", "1.5", ""),
        (second.id, second.config.loss, "3", "", "2.0"),
    }


def test_the_report_is_one_file_that_holds_all_and_asks_for_nothing(tmp_path: Path):
    words = ["experiment", "wgan-gp", *SMALL, "--name", "e", "--vary", "loss=wasserstein,hinge", "--seeds", "2", "-q"]
    command(*words, folder=tmp_path)
    for number, run in enumerate(Runs(tmp_path).all()):
        run.annotate("<script>alert(1)</script>")
        run.rename(f"<b>name {number}</b>")
        for step in (1, 3):
            values = {"frechet": 5.0 - step + number}
            run.log("score", step=step, values=values, floor={}, network="", reference="", count=10)
    file = tmp_path / "report.html"
    done = command("compare", "e", "--logged", "last", "--report", str(file), folder=tmp_path)
    assert done.exit_code == 0, done.output
    text = file.read_text()
    assert text.count("<polyline") == 4 and text.count("data:image/webp;base64,") == 4
    assert "Settings that differ" in text and "Verdict" in text
    assert not re.search(r"(src|href)=[\"'](?!data:)", text) and "<script" not in text
    two = [run.id for run in Runs(tmp_path).all()[:2]]
    plain = command("compare", *two, "--logged", "last", "--report", str(file), folder=tmp_path)
    assert plain.exit_code == 0 and "&lt;b&gt;name" in file.read_text()


@pytest.mark.usefixtures("made_up_data")
def test_a_run_that_is_gone_is_named_and_the_others_are_compared(tmp_path: Path):
    command(
        "experiment", "wgan-gp", *SMALL, "--name", "e", "--vary", "d_steps=1,2", "--seeds", "1", "-q", folder=tmp_path
    )
    first, second = Runs(tmp_path).all()
    second.log("score", step=3, values={"frechet": 1.0}, floor={}, network="", reference="", count=10)
    Runs(tmp_path).delete(first.id)
    told = command("compare", "e", "--logged", "last", folder=tmp_path)
    assert told.exit_code == 0
    assert f"run {first.id!r} of experiment 'e' is gone" in told.output
    assert second.id in told.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["experiment", "wgan-gp", "--vary", "loss"], "--vary must be a setting and its values"),
        (["experiment", "wgan-gp", "--vary", "los=hinge"], "there is no setting 'los'"),
        (["experiment", "wgan-gp", "--vary", "loss=hing"], "loss cannot be 'hing'"),
        (["experiment", "no-such"], "no-such"),
        (["experiment", "wgan-gp", "--seeds", "0"], "has no runs"),
        (["compare", "nothing"], "there is no run 'nothing'"),
    ],
)
def test_bad_input_is_one_sentence(words: list[str], said: str, tmp_path: Path):
    told = command(*words, folder=tmp_path)
    assert told.exit_code in (1, 2)
    assert said in told.output and "Traceback" not in told.output
    assert not Runs(tmp_path).all()
