"""A lesson as its file has it: TOML, one file a lesson, so that others can write theirs."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ganlab.config import TrainConfig
from ganlab.errors import ConfigError
from ganlab.recipes import recipe as find_recipe

FOLDER = Path(__file__).parent / "texts"

#: Where the run of a lesson is shown.
View = Literal["plane", "train"]
#: What a check may ask for, and the fields that it needs beside that.
CHECKS: dict[str, tuple[str, ...]] = {
    "step": (),  # at least so many steps
    "series": ("above", "below"),  # mean of the last steps of a curve: one of the two
    "score": ("at_least", "at_most"),  # the last value of a score: one of the two
    "edited": (),  # a setting that was changed while it trained
    "read": (),  # nothing to be seen but the text
}


@dataclass(frozen=True)
class Step:
    """text: what it says; task: what to do, "" where it is only to be read; check: see `CHECKS`."""

    text: str
    task: str
    check: Mapping[str, Any]


@dataclass(frozen=True)
class Lesson:
    """name: of its file; config: of the run that it trains."""

    name: str
    title: str
    summary: str
    view: View
    config: TrainConfig
    steps: tuple[Step, ...]


@functools.cache
def lessons() -> tuple[Lesson, ...]:
    """All lessons, in the order of their files' names."""
    return tuple(read_lesson(path) for path in sorted(FOLDER.glob("*.toml")))


def read_lesson(path: Path) -> Lesson:
    """Raises ConfigError, with the file and the step, for what is no lesson."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"lesson {path.name} cannot be read: {error}") from None
    try:
        view = told["view"]
        if view not in ("plane", "train"):
            raise ConfigError(f"lesson {path.name} has view {view!r}: choose 'plane' or 'train'")
        config = find_recipe(told["recipe"]).config.with_changes(**told.get("settings", {}))
        steps = tuple(_step(path.name, number, each) for number, each in enumerate(told["step"], start=1))
        return Lesson(path.stem, str(told["title"]), str(told["summary"]), view, config, steps)
    except KeyError as error:
        raise ConfigError(f"lesson {path.name} lacks {error}") from None


def _step(name: str, number: int, told: Mapping[str, Any]) -> Step:
    check = dict(told.get("check", {"read": True}))
    kinds = [kind for kind in CHECKS if kind in check]
    where = f"lesson {name}, step {number}"
    if len(kinds) != 1:
        raise ConfigError(f"{where} has an unknown check {check}: name one of {', '.join(CHECKS)}")
    ends = CHECKS[kinds[0]]
    given = check.keys() - {kinds[0]}
    if len(given) != (1 if ends else 0) or not given <= set(ends):
        wanted = f"one of {' and '.join(ends)}" if ends else "nothing"
        raise ConfigError(f"{where} checks {kinds[0]!r}, which needs {wanted} beside it: got {sorted(given)}")
    return Step(" ".join(str(told["text"]).split()), " ".join(str(told.get("task", "")).split()), check)
