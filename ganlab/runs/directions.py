"""Directions that somebody has named, kept with the run in directions.json."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from ganlab.config import suggest
from ganlab.errors import ConfigError, RunError
from ganlab.locks import Lock
from ganlab.runs.damage import part_of
from ganlab.runs.files import read_json, write_atomically
from ganlab.runs.folder import Run
from ganlab.runs.lock import writing

MOST_DIRECTIONS = 64
_PATIENCE_S = 5.0
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,40}")


@dataclass(frozen=True)
class KeptDirection:
    """A move in latent space by its name. move: z_dim numbers; about: where it came from, in words."""

    name: str
    move: tuple[float, ...]
    about: str = ""


def kept_directions(run: Run) -> tuple[KeptDirection, ...]:
    """In the order in which they were named; none where there is no file. Raises RunError when it is damaged."""
    path = _path(run)
    try:
        return tuple(_read(row, run) for row in read_json(path))
    except FileNotFoundError:
        return ()
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
        reason, way = "is damaged", "mend it or delete it"
    except OSError as error:
        reason, way = f"cannot be read ({error.strerror})", "check its rights"
    raise RunError(f"the file directions.json of run {run.id!r} {reason}: {way}")


def keep_direction(run: Run, direction: KeptDirection) -> None:
    """Keep a direction; one of the same name is replaced.

    May be done while the run trains. Raises ConfigError: a bad name, another z_dim, too many; RunError: not written.
    """
    name = direction.name
    if not _NAME.fullmatch(name) or name != name.strip():
        raise ConfigError(f"a direction cannot be named {name[:60]!r}: use 1 to 40 letters, digits, signs and blanks")
    if len(direction.move) != run.config.z_dim or not all(map(math.isfinite, direction.move)):
        raise ConfigError(
            f"direction {name!r} has {len(direction.move)} numbers, but run {run.id!r} has z_dim {run.config.z_dim}: "
            "keep a direction of this run"
        )
    with _alone(run):
        others = [each for each in kept_directions(run) if each.name != name]
        if len(others) >= MOST_DIRECTIONS:
            raise ConfigError(f"run {run.id!r} has {len(others)} named directions already: forget one first")
        _write(run, [*others, direction])


def forget_direction(run: Run, name: str) -> None:
    """Raises ConfigError when there is none of that name, RunError when it cannot be written."""
    with _alone(run):
        kept = kept_directions(run)
        if name not in (names := [each.name for each in kept]):
            hint = suggest(name, names) if names else "none is named yet"
            raise ConfigError(f"run {run.id!r} has no direction {name!r}: {hint}")
        _write(run, [each for each in kept if each.name != name])


def _path(run: Run) -> Path:
    return part_of(run.path, "directions.json")


def _read(row: dict[str, object], run: Run) -> KeptDirection:
    move = tuple(float(number) for number in row["move"])  # pyright: ignore[reportGeneralTypeIssues]
    if len(move) != run.config.z_dim or not isinstance(row["name"], str):
        raise ValueError(row)
    return KeptDirection(row["name"], move, str(row.get("about", "")))


@contextmanager
def _alone(run: Run) -> Iterator[None]:
    """Two pages may name a direction at once; the run's own lock is the trainer's. Raises RunError."""
    part_of(run.path, "directions.lease")
    lock = Lock(part_of(run.path, "directions.lock"))
    with writing(f"run {run.id!r}"):
        if not lock.acquire(_PATIENCE_S):
            raise RunError(f"the directions of run {run.id!r} are being written elsewhere: try again")
        try:
            yield
        finally:
            lock.release()


def _write(run: Run, directions: list[KeptDirection]) -> None:
    rows = [{"name": each.name, "about": each.about, "move": list(each.move)} for each in directions]
    write_atomically(_path(run), orjson.dumps(rows, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
