"""A run folder that is bad in any way is one bad folder: it is named, and the others can be used."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import pytest
from broken import LEFT_OUT, UNUSABLE, fuzzed, stopped_run

from ganlab.errors import GanlabError, RunError
from ganlab.runs import Run, Runs, drive
from ganlab.runs.fork import children
from ganlab.service import Service
from ganlab.status import status_on_disk

pytestmark = pytest.mark.usefixtures("made_up_data")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stopped_run(Runs(tmp_path_factory.mktemp("template")), "good").path


@pytest.fixture
def runs(checkpoints: Path, template: Path) -> Runs:
    """Two runs that are the same but for their names, 'good' and 'bad'."""
    for name in ("good", "bad"):
        shutil.copytree(template, checkpoints / name)
    return Runs(checkpoints)


@pytest.mark.parametrize("kind", UNUSABLE)
def test_an_unusable_folder_is_named_with_its_reason_and_the_others_stay(runs: Runs, kind: str):
    break_it, reason = UNUSABLE[kind]
    break_it(runs.root / "bad")
    assert [run.id for run in runs.all()] == ["good"]
    (damaged,) = runs.damaged()
    assert damaged.id == "bad"
    assert runs.problems() == [damaged.reason]
    assert damaged.reason.startswith("'bad' in ") and reason in damaged.reason
    with pytest.raises(RunError) as refused:
        runs.get("bad")
    assert str(refused.value) == damaged.reason
    assert Service(runs).status("good").state == "stopped"


@pytest.mark.parametrize("kind", [kind for kind in UNUSABLE if not kind.startswith("config ")])
def test_a_run_that_was_known_before_it_broke_is_not_written(runs: Runs, kind: str):
    break_it, reason = UNUSABLE[kind]
    run = runs.get("bad")
    break_it(run.path)
    with pytest.raises(RunError) as refused, run.locked():
        pytest.fail("it was locked")
    assert reason in str(refused.value)


@pytest.mark.parametrize("kind", LEFT_OUT)
def test_a_damaged_line_is_left_out_and_told_of_the_run(runs: Runs, kind: str):
    LEFT_OUT[kind](runs.root / "bad")
    assert {run.id for run in runs.all()} == {"good", "bad"}
    assert runs.problems() == [
        "1 line is damaged in history.jsonl of run 'bad': what they said is left out, the rest counts"
    ]
    assert all_that_is_read(runs.get("bad")) == all_that_is_read(runs.get("good"))


def test_a_setting_of_a_newer_ganlab_is_named_without_those_of_this_one(runs: Runs):
    with (runs.root / "bad" / "history.jsonl").open("ab") as log:
        log.write(b'{"type":"edit","step":0,"time":0,"changes":{"new_knob":[1,2]}}\n')
    (problem,) = Runs(runs.root).problems()
    assert "(unknown setting 'new_knob'); use the ganlab that wrote it" in problem
    assert len(problem) < 300


def all_that_is_read(run: Run) -> bytes:
    """All that pages and commands read of a run, without its name, as JSON."""
    status = status_on_disk(run)
    part = run.curves().part()
    said = {
        "state": status.state,
        "step": status.step,
        "config": status.config.model_dump(mode="json"),
        "edits": [(edit.step, edit.changes) for edit in status.edits],
        "alarms": [alarm.name for alarm in status.alarms],
        "samples": status.samples,
        "snapshots": status.snapshots,
        "elapsed": status.elapsed_s,
        "curves": dict(part.series),
        "last": run.last_values(),
        "parent": run.parent,
        "csv": "".join(run.csv()),
    }
    return orjson.dumps(said, option=orjson.OPT_SERIALIZE_NUMPY)


@pytest.mark.parametrize("first", range(0, 400, 40))
def test_whatever_a_log_says_the_folder_is_a_run_or_one_that_is_named(runs: Runs, first: int):
    log = runs.root / "bad" / "history.jsonl"
    whole = log.read_bytes()
    for seed in range(first, first + 40):
        log.write_bytes(fuzzed(seed, whole))
        found = Runs(runs.root)
        usable = [run.id for run in found.all()]
        assert "good" in usable
        assert {*usable, *(each.id for each in found.damaged())} == {"good", "bad"}
        assert all("'bad'" in problem for problem in found.problems())
        assert children(found, found.get("good")) == []
        if "bad" in usable:
            assert all_that_is_read(found.get("bad")), seed


@pytest.mark.parametrize("seed", range(12))
def test_a_run_goes_on_after_whatever_its_log_says_or_is_refused_in_words(runs: Runs, seed: int):
    log = runs.root / "bad" / "history.jsonl"
    log.write_bytes(fuzzed(seed, log.read_bytes()))
    try:
        list(drive(runs.get("bad"), tick_s=0))
    except GanlabError:
        return
    assert runs.get("bad").history().ending == "finish"
