"""Lessons: every file is one, its checks ask for what there is, and what they ask for can be seen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from tiny import tiny

from ganlab.config import SETTINGS
from ganlab.errors import ConfigError
from ganlab.lessons import Lesson, lessons, read_lesson, seen
from ganlab.metrics.scores import SCORES
from ganlab.runs import Run, Runs, drive
from ganlab.training import check_fit

CHECKED = [(lesson.name, number, step.check) for lesson in lessons() for number, step in enumerate(lesson.steps)]


@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson.name)
def test_a_lesson_can_be_trained_and_says_what_to_do_in_each_step(lesson: Lesson):
    check_fit(lesson.config)
    assert 3 <= len(lesson.steps) <= 8
    assert all(step.text and step.task for step in lesson.steps)
    assert lesson.steps[0].check.keys() == {"step"}
    assert max(step.check.get("step", 0) for step in lesson.steps) <= lesson.config.max_steps


@pytest.mark.parametrize(("name", "number", "check"), CHECKED)
def test_a_check_asks_for_what_there_is(name: str, number: int, check: dict[str, Any]):
    if "score" in check:
        assert check["score"] in SCORES
        row = SCORES[check["score"]]
        assert ("at_least" in check) == (row.better == "higher")
    if "edited" in check:
        assert SETTINGS[check["edited"]].knob


@pytest.fixture
def run(checkpoints: Path, made_up_data: None) -> Run:
    run = Runs(checkpoints).create(tiny(max_steps=30))
    list(drive(run, tick_s=0))
    run.log("score", step=30, values={"frechet": 5.0}, floor={}, network="", reference="", count=10)
    run.log("edit", step=30, time=0.0, changes={"lr_g": [1e-4, 2e-4]})
    return run


@pytest.mark.parametrize(
    ("check", "found"),
    [
        ({"read": True}, True),
        ({"step": 30}, True),
        ({"step": 31}, False),
        ({"edited": "lr_g"}, True),
        ({"edited": "lr_d"}, False),
        ({"score": "frechet", "at_most": 5.0}, True),
        ({"score": "frechet", "at_most": 4.9}, False),
        ({"score": "legible", "at_least": 0.0}, False),
        ({"series": "loss_d", "above": -1e9}, True),
        ({"series": "loss_d", "below": -1e9}, False),
        ({"series": "no_such", "above": -1e9}, False),
    ],
)
def test_a_check_is_seen_when_it_has_come_to_pass(run: Run, check: dict[str, Any], found: bool):
    assert seen(check, run.history(), run.curves()) is found


HEAD = 'title = "t"\nsummary = "s"\nview = "plane"\nrecipe = "ring-wgan-gp"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title =", "cannot be read"),
        ('title = "t"', "lacks"),
        (HEAD.replace("plane", "moon") + '[[step]]\ntext = "x"', "view 'moon'"),
        (HEAD.replace("ring-wgan-gp", "no-such") + '[[step]]\ntext = "x"', "no-such"),
        (HEAD + '[settings]\nloss = "x"\n[[step]]\ntext = "x"', "loss cannot be 'x'"),
        (HEAD + '[[step]]\ntext = "x"\ncheck = { jump = 3 }', "step 1 has an unknown check"),
        (HEAD + '[[step]]\ntext = "x"\n[[step]]\ntext = "y"\ncheck = { score = "modes" }', "step 2 checks 'score'"),
        (HEAD + '[[step]]\ntext = "x"\ncheck = { step = 3, above = 2 }', "step 1 checks 'step'"),
    ],
)
def test_what_is_no_lesson_is_named_with_its_file_and_step(tmp_path: Path, text: str, said: str):
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=re.escape(said)):
        read_lesson(file)


def learn(**asked: str) -> AppTest:
    drawn = AppTest.from_string("from ganlab.ui import learn\nlearn.page()", default_timeout=60)
    for name, value in asked.items():
        drawn.query_params[name] = value
    drawn.run()
    assert not drawn.exception
    return drawn


def test_all_lessons_are_listed():
    said = " ".join(each.value for each in learn().markdown)
    assert all(lesson.title in said for lesson in lessons())


@pytest.mark.parametrize("step", ["1", "3", "99", "0", "-1", "x"])
def test_a_link_leads_to_a_step(step: str):
    lesson = lessons()[0]
    said = " ".join(each.value for each in learn(lesson=lesson.name, step=step).markdown)
    expected = {"3": 2, "99": len(lesson.steps) - 1}.get(step, 0)
    assert lesson.steps[expected].text in said


def test_a_lesson_that_there_is_not_leads_to_all():
    assert learn(lesson="no-such").header[0].value == "Learn"
