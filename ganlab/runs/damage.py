"""What keeps a folder from being used as a run.

A run folder may come from anywhere. Its parts may be no links, so that nothing outside of it is read or written; all
other names come from ganlab alone (see `is_name_of` in `snapshots` and `steps_named` in `listing`).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson

from ganlab.config import TrainConfig, parse_config
from ganlab.errors import ConfigError, RunError
from ganlab.runs.files import read_json
from ganlab.runs.history import History
from ganlab.version import VERSION

_Kind = tuple[Callable[[int], bool], str]
_FILE: _Kind = (stat.S_ISREG, "file")
_FOLDER: _Kind = (stat.S_ISDIR, "folder")
#: What ganlab keeps in a run folder, each if it is there: what it must be, and what one must be allowed to use the run.
PARTS: dict[str, tuple[_Kind, int]] = {
    "config.json": (_FILE, os.R_OK),
    "history.jsonl": (_FILE, os.R_OK),
    "samples": (_FOLDER, os.R_OK | os.X_OK),
    "snapshots": (_FOLDER, os.R_OK | os.X_OK),
    "orders": (_FOLDER, os.F_OK),
    "run.lock": (_FILE, os.F_OK),
    "run.lease": (_FILE, os.F_OK),
    "directions.json": (_FILE, os.F_OK),
    "directions.lock": (_FILE, os.F_OK),
    "directions.lease": (_FILE, os.F_OK),
}
_EFFECTIVE = os.access in os.supports_effective_ids
_RESTORE = "restore it or move the folder away"


def check_parts(folder: Path) -> None:
    """Raises RunError for a part that `part_of` refuses."""
    prefix = f"{folder}{os.sep}"  # every listing comes by here for every run, and a Path takes longer than the look
    for name in PARTS:
        _check(folder, name, prefix + name)


def part_of(folder: Path, name: str) -> Path:
    """The path of one of PARTS, which may be missing.

    Raises RunError when it is a link, something else than it must be, or not to be read.
    """
    path = folder / name
    _check(folder, name, str(path))
    return path


def _check(folder: Path, name: str, path: str) -> None:
    (is_kind, kind), rights = PARTS[name]
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise unusable(folder, f"its {name} cannot be read ({error.strerror})", "check its rights") from None
    if stat.S_ISLNK(mode):
        raise unusable(folder, f"its {name} is a link", f"put the {kind} itself there, or move the run away")
    if not is_kind(mode):
        raise unusable(folder, f"its {name} is no {kind}", _RESTORE)
    if not os.access(path, rights, effective_ids=_EFFECTIVE):
        raise unusable(folder, f"its {name} cannot be read (Permission denied)", "check its rights")


def read_config(folder: Path) -> TrainConfig:
    """The config that a run began with. Raises RunError."""
    file = part_of(folder, "config.json")
    content: Any = None
    try:
        content = read_json(file)
        return parse_config(content["config"])
    except FileNotFoundError:
        raise unusable(folder, "it has no config.json", _RESTORE) from None
    except OSError as error:
        raise unusable(folder, f"its config.json cannot be read ({error.strerror})", "check its rights") from None
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise unusable(folder, "its config.json is damaged", _RESTORE) from None
    except ConfigError as error:
        made_by = content.get("ganlab", VERSION) if isinstance(content, dict) else VERSION
        way = _RESTORE if made_by == VERSION else f"use ganlab {made_by}, which made it, or move the folder away"
        raise unusable(folder, f"its config.json does not hold a valid config ({error})", way) from None


def check_edits(folder: Path, config: TrainConfig, history: History) -> None:
    """Raises RunError for an edit whose settings are unknown here, as those of a newer ganlab, or cannot be."""
    step = 0
    try:
        for edit in history.edits:
            step = edit.step
            for values in zip(*edit.changes.values(), strict=True):
                _check_values(dict(zip(edit.changes, values, strict=True)))
        config.with_changes(**history.settings())
    except ConfigError as error:
        raise unusable(
            folder,
            f"an edit at step {step} in its history.jsonl cannot be understood ({error})",
            "use the ganlab that wrote it, or move the folder away",
        ) from None


def _check_values(values: Mapping[str, Any]) -> None:
    """Raises ConfigError for a setting that is unknown, or a value that is not as ganlab logs it."""
    if new := values.keys() - TrainConfig.model_fields:
        raise ConfigError(f"unknown setting {min(new)!r}")
    known = parse_config(values).model_dump(mode="json")
    for name, value in values.items():
        if known[name] != value:
            raise ConfigError(f"{name} cannot be {value!r}")


def unusable(folder: Path, reason: str, way: str) -> RunError:
    return RunError(f"{folder.name!r} in {str(folder.parent)!r} cannot be used as a run: {reason}; {way}")
