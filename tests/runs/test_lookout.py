"""Alarms come up at once and are over only when they have been absent for a while."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tiny import fresh, some_data, tiny

from ganlab.alarms import Alarm
from ganlab.runs import Runs
from ganlab.runs.driver import Driver
from ganlab.runs.lookout import OVER_AFTER_LOOKS, Lookout

WRONG = Alarm("d-wins", "D wins", "Because.", "0.001", 3)


@pytest.fixture
def script() -> list[bool]:
    """Whether the alarm rings, look by look."""
    return []


@pytest.fixture
def lookout(script: list[bool], checkpoints: Path, monkeypatch: pytest.MonkeyPatch) -> Lookout:
    monkeypatch.setattr("ganlab.runs.lookout.look", lambda recent: (WRONG,) if script.pop(0) else ())
    return Lookout(Runs(checkpoints).create(tiny()), 0)


def looks(script: list[bool], lookout: Lookout) -> list[list[str]]:
    _, state = fresh(tiny())
    found: list[list[str]] = []
    while script:
        found.append([kind for kind, _ in lookout.changes(state, (), now=True)])
    return found


def test_an_alarm_is_raised_once_and_over_once(script: list[bool], lookout: Lookout):
    script += [False, True, True, *[False] * OVER_AFTER_LOOKS, False]
    found = looks(script, lookout)
    assert found == [[], ["alarm"], [], *[[]] * (OVER_AFTER_LOOKS - 1), ["clear"], []]
    assert lookout.standing == {}


def test_one_that_comes_and_goes_stands(script: list[bool], lookout: Lookout):
    script += [True, False, False, True, False, True, False]
    assert looks(script, lookout) == [["alarm"], *[[]] * 6]
    assert set(lookout.standing) == {"d-wins"}


def test_after_an_edit_it_is_judged_anew_at_once(script: list[bool], lookout: Lookout):
    script += [True]
    looks(script, lookout)
    lookout.edited(3)
    script += [False]
    assert looks(script, lookout) == [["clear"]]


def test_a_run_on_copies_of_two_pictures_says_so_at_its_first_look(checkpoints: Path):
    config = tiny(max_steps=1)
    data = some_data(config, 2)
    copies = replace(data, examples=data.examples.repeat(30, 1, 1, 1), labels=None)
    driver = Driver(Runs(checkpoints).create(config), copies, "float32", 0.25)
    driver.tick()
    assert "60 images to train on, of which only about 2 differ" in driver.alarms[0].evidence
