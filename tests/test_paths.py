"""Paths as a user gives them, and names of files as text for the screen."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from ganlab.data import data_dir
from ganlab.data.cache import cache_dir
from ganlab.errors import ConfigError
from ganlab.paths import given_path, printable, real_name
from ganlab.runs.root import default_root

NAMES = {
    "plain é 猫.png": "plain é 猫.png",
    "a\tb": r"a\tb",
    "a\\tb": r"a\\tb",
    "a\\\tb": r"a\\\tb",
    "\x7f\x85": r"\u007f\u0085",
    "\udc83\\": r"\x83\\",
    "\U000e0001\U0010fffd": r"\U000e0001\U0010fffd",
}


@pytest.mark.skipif(os.name != "posix", reason="a backslash stands between folders here")
@pytest.mark.parametrize(("name", "shown"), NAMES.items())
def test_a_name_is_shown_and_read_back(name: str, shown: str):
    assert printable(name) == shown and shown.isprintable()
    assert real_name(shown) == name


@pytest.mark.skipif(os.name != "posix", reason="a backslash stands between folders here")
def test_no_two_names_are_shown_alike():
    rng = random.Random(0)
    letters = ["\\", "x", "8", "3", "t", "u", "0", "\t", "\x83", "\udc83", "é"]
    names = {"".join(rng.choices(letters, k=rng.randint(1, 6))) for _ in range(5000)}
    assert len({printable(name) for name in names}) == len(names)
    assert all(real_name(printable(name)) == name for name in names)


def test_home_is_meant_by_a_tilde_and_nothing_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("USERPROFILE", "/home/somebody")
    assert given_path("~/cats", "--out") == Path("/home/somebody/cats")
    assert given_path(".", "--out") == Path()
    for nothing in ("", " "):
        with pytest.raises(ConfigError, match=f"--out must be a path, got '{nothing}'"):
            given_path(nothing, "--out")


PLACES = {"GANLAB_CHECKPOINTS": default_root, "GANLAB_DATA": data_dir, "GANLAB_CACHE": cache_dir}


@pytest.mark.parametrize("variable", PLACES)
def test_an_empty_variable_is_as_good_as_none(variable: str, monkeypatch: pytest.MonkeyPatch):
    place = PLACES[variable]
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("USERPROFILE", "/home/somebody")
    monkeypatch.delenv(variable, raising=False)
    usual = place()
    for text, means in (("", usual), (" ", usual), ("~/x", Path("/home/somebody/x")), ("y", Path("y"))):
        monkeypatch.setenv(variable, text)
        assert place() == means
