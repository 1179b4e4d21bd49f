"""Scores while a run trains: they change nothing of it, keep to their time, and are those of `evaluate`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import orjson
import pytest
import torch
from driven import drive_to, series_of
from tiny import differing, tiny

from ganlab.config.names import ScoresName
from ganlab.data import Dataset, load_dataset, load_for
from ganlab.evaluation import Judge, evaluate
from ganlab.evaluation.judge import WATCHED
from ganlab.explore import Explorer
from ganlab.metrics import kept
from ganlab.metrics.classifier import Classifier
from ganlab.metrics.scores import SCORES
from ganlab.runs import Run, Runs, Scores, best_of, drive, driving
from ganlab.runs.thinning import thin
from ganlab.training import new_state

AGES = 1e9  # seconds of training in which any score has its time


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path / "runs")


def always(data: Dataset) -> Callable[..., Scores | None]:
    """A judge for whom it is always time."""
    judge = Judge(data)
    return lambda state, trained_s, at_snapshot: judge(state, AGES, at_snapshot)


def judged(run: Run) -> list[dict[str, Any]]:
    lines = (run.path / "history.jsonl").read_bytes().splitlines()
    return [record for record in map(orjson.loads, lines) if record["type"] == "score"]


CONFIG = {"max_steps": 9, "preview_every": 2, "snapshot_every": 4, "score_count": 30, "width": 8}


@pytest.mark.parametrize("dataset", ["digits", "gaussians-ring"])
def test_a_run_that_is_judged_trains_bit_for_bit_as_it_would(runs: Runs, dataset: str):
    config = tiny(dataset=dataset, network="mlp" if dataset == "gaussians-ring" else "dcgan", dropout=0.2, **CONFIG)
    alone, watched = runs.create(config), runs.create(config)
    list(drive(alone, tick_s=0))
    list(drive(watched, tick_s=0, judge=always))
    assert [each["step"] for each in judged(watched)] == [0, 2, 4, 6, 8, 9]
    assert not judged(alone)
    assert not differing(series_of(alone.history()), series_of(watched.history()))
    assert not differing(alone.load_snapshot(9), watched.load_snapshot(9))


def test_the_scores_of_a_snapshot_are_those_of_evaluate(runs: Runs):
    run = runs.create(tiny(**CONFIG))
    list(drive(run, tick_s=0, judge=always))
    record = next(each for each in judged(run) if each["step"] == 8)
    found = evaluate(Explorer(runs).load(run.id, 8), load_for(run.config), count=30)
    values = {each.name: each.value for each in found.scores}
    assert {"frechet", "inception", "legible", "classes"} <= record["values"].keys()
    for name, value in record["values"].items():
        assert value == pytest.approx(values[name], rel=1e-4), name
    assert (record["network"], record["reference"]) == (found.network, found.reference)


def test_scores_are_in_the_curves_with_their_interval_and_go_with_the_steps(runs: Runs):
    run = runs.create(tiny(**CONFIG))
    drive_to(run, 8, judge=always)
    part = run.curves().part()
    records = {each["step"]: each for each in judged(run)}
    for step in (2, 4, 6):
        mean, low, high = part.series["score_frechet"][:, (step - 1) // part.bucket]
        record = records[step]
        assert (mean, low, high) == pytest.approx([record[key]["frechet"] for key in ("values", "low", "high")])
    assert run.history().scores.keys() >= {2, 4, 6}
    run.log("rewind", step=4, time=0.0, changes={})
    assert max(run.history().scores) == 4


@pytest.mark.parametrize("dataset", ["digits", "gaussians-ring"])
def test_which_scores_are_taken_is_a_setting_that_can_be_turned_meanwhile(runs: Runs, dataset: str):
    config = tiny(dataset=dataset, network="mlp" if dataset == "gaussians-ring" else "dcgan", **CONFIG)
    run = runs.create(config)
    with driving(run, tick_s=0, judge=always) as driver:
        while driver.state.step < 4:
            driver.tick()
        driver.edit({"scores": "wide"})
        while driver.state.step < 6:
            driver.tick()
        driver.edit({"scores": "all"})
        while driver.tick():
            pass
    taken = {each["step"]: set(each["values"]) for each in judged(run)}
    if dataset == "digits":
        assert taken[6] - taken[4] == {"precision", "recall", "density", "coverage"}
        assert taken[9] == set(SCORES) - {"earth-mover", "jensen-shannon", "modes", "good", "mode-divergence"}
    assert taken[4] <= taken[6] <= taken[9]
    assert {each["step"]: set(each["floor"]) for each in judged(run)}[9] >= {"legible"} & taken[9]


def test_each_choice_of_scores_has_a_row():
    assert tuple(WATCHED) == get_args(ScoresName)


def test_they_keep_to_their_share_of_the_time(monkeypatch: pytest.MonkeyPatch):
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 1.0  # so that a look takes 1 s
        return now

    config = tiny(score_count=10, score_share=0.1)
    data = load_dataset("digits")
    judge, state = Judge(data), new_state(config, data, auto="float32")
    monkeypatch.setattr("ganlab.evaluation.judge.time", SimpleNamespace(perf_counter=clock))
    spent = 0.0
    for trained_s in range(1, 400):
        scores = judge(state, float(trained_s), trained_s % 3 == 0)
        spent += scores.seconds if scores else 0.0
        assert spent <= 0.1 * trained_s + 2  # the first look takes more than it was taken for
    assert spent > 0.05 * 400
    assert judge(new_state(config.with_changes(score_count=0), data, auto="float32"), AGES, True) is None


def test_the_best_snapshot_is_the_one_with_the_best_score_and_is_kept(runs: Runs):
    run = runs.create(tiny(max_steps=12, snapshot_every=2, preview_every=2, score_count=20))
    values = {2: 9.0, 4: 3.0, 6: 5.0, 8: 4.0, 10: 6.0, 12: 7.0}

    def judge(data: Dataset) -> Callable[..., Scores | None]:
        return lambda state, *rest: scored(values[state.step]) if state.step else None

    def scored(value: float) -> Scores:
        return Scores({"frechet": value, "legible": 1.0}, {}, {}, {}, "average", "", "", "", 20, 0.0)

    list(drive(run, tick_s=0, judge=judge))
    best = best_of(run.history())
    assert best is not None
    assert (best.step, best.name, best.value) == (4, "frechet", 3.0)
    space = 2.5 * run.snapshot_path(12).stat().st_size / 10**6
    thin(run.path / "snapshots", run.history(), int(space * 10**6))
    assert run.snapshot_steps() == (4, 12)


def test_scores_of_other_numbers_of_samples_are_not_compared(runs: Runs):
    run = runs.create(tiny(max_steps=8, snapshot_every=2))
    list(drive(run, tick_s=0))
    for step, count, value in ((2, 5000, 1.0), (4, 500, 3.0), (6, 500, 2.0), (8, 500, 4.0)):
        run.log("score", step=step, values={"frechet": value}, floor={}, network="n", reference="", count=count)
    best = best_of(run.history())
    assert best is not None and best.step == 6


@pytest.mark.parametrize(
    "wrong",
    [{"values": 3}, {"values": {}, "floor": 2}, {"values": {"frechet": 1.0}}, {"step": -1, "values": {}, "floor": {}}],
)
def test_a_damaged_score_is_left_out(runs: Runs, wrong: dict[str, object]):
    run = runs.create(tiny())
    run.log("start", step=0, time=0.0)
    run.log("score", **({"step": 1} | wrong))
    history = run.history()
    assert (history.left_out, history.scores, len(history.measures)) == (1, {}, 0)


def test_a_classifier_is_trained_once_for_each_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ganlab.metrics.kept.cache_dir", lambda: tmp_path)
    data = load_dataset("digits", max_images=100)
    assert kept.find(data) is None
    classifier = Classifier(1, 10).eval()
    kept.keep(classifier, data)
    again = kept.find(data)
    assert again is not None
    images = torch.rand(3, 1, 16, 16)
    assert torch.equal(classifier(images), again(images))
    assert kept.find(load_dataset("digits", max_images=101)) is None
    (file,) = (tmp_path / "classifiers").iterdir()
    file.write_bytes(file.read_bytes()[:1000])
    assert kept.find(data) is None


def test_the_digits_come_with_theirs():
    data = load_dataset("digits")
    classifier = kept.find(data)
    assert classifier is not None
    assert (kept.SHIPPED / f"{kept.key_of(data)}.safetensors").exists()
    assert data.held_out is not None
    named = classifier(data.held_out.float() / 127.5 - 1).argmax(1)
    assert (named == data.held_out_labels).float().mean() > 0.97
