"""All run folders under checkpoints/."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from ganlab.config import TrainConfig, parse_config, suggest
from ganlab.errors import ConfigError, RunBusyError, RunError
from ganlab.runs.files import sync_folder, write_atomically
from ganlab.runs.folder import Run
from ganlab.version import VERSION

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
#: Where deleted runs lie until they are gone for good; no run id begins with a dot.
_DELETED = ".deleted"


def default_root() -> Path:
    """The checkpoints folder: `GANLAB_CHECKPOINTS`, or `checkpoints` in the current folder."""
    return Path(os.environ.get("GANLAB_CHECKPOINTS", "checkpoints"))


class Runs:
    """All runs under one folder."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or default_root()
        self._known: dict[str, Run] = {}

    def create(self, config: TrainConfig, *, name: str = "", parent: Mapping[str, Any] | None = None) -> Run:
        """A new run folder with its config. name: its id, or "" for one made of the time and the recipe.

        parent: the run and step that it is a fork of. Raises RunError: the folder cannot be written, the name is taken.
        """
        stamp = time.strftime("%Y%m%d-%H%M%S")
        path = None
        try:
            path = self._make_own_folder(name) if name else self._make_folder(f"{stamp}-{_label(config)}")
            (path / "samples").mkdir()
            (path / "snapshots").mkdir()
            content = {"ganlab": VERSION, "parent": parent, "config": config.model_dump()}
            write_atomically(path / "config.json", orjson.dumps(content, option=orjson.OPT_INDENT_2))
            sync_folder(self.root)
        except OSError as error:
            if path is not None:
                shutil.rmtree(path, ignore_errors=True)
            raise RunError(
                f"the checkpoints folder {str(self.root)!r} cannot be written ({error.strerror or error}): "
                "make room or set GANLAB_CHECKPOINTS to another folder"
            ) from None
        self._known[path.name] = Run(path, config)
        return self._known[path.name]

    def get(self, run_id: str) -> Run:
        """Raises RunError when there is no such run or its config cannot be read."""
        path = self.root / run_id
        if not _RUN_ID.fullmatch(run_id) or not path.is_dir():
            self._known.pop(run_id, None)
            known = [run.id for run in self.all()]
            hint = suggest(run_id, known) if known else "start one first"
            raise RunError(f"there is no run {run_id!r} in {str(self.root)!r}: {hint}")
        if run_id not in self._known or not (path / "config.json").exists():
            self._known.pop(run_id, None)
            self._known[run_id] = Run(path, _read_config(path))
        return self._known[run_id]

    def all(self) -> list[Run]:
        """Runs with a readable config, the newest first."""
        return [run for _, run in sorted(self._readable(), reverse=True)]

    def problems(self) -> list[str]:
        """A sentence for each folder that looks like a run and cannot be read as one."""
        found = []
        for path in self._folders():
            try:
                self.get(path.name)
            except RunError as error:
                found.append(str(error))
        return found

    def delete(self, run_id: str) -> None:
        """Put a run away, so that `restore` can bring it back until `forget_deleted`. Raises RunError."""
        run = self.get(run_id)
        if run.held_elsewhere():
            raise RunBusyError(f"run {run_id!r} is being trained: stop it before deleting it")
        away = self.root / _DELETED
        try:
            away.mkdir(exist_ok=True)
            shutil.rmtree(away / run_id, ignore_errors=True)
            run.path.rename(away / run_id)
        except OSError as error:
            raise RunError(
                f"run {run_id!r} cannot be deleted ({error.strerror or error}): check the rights of its folder"
            ) from None
        self._known.pop(run_id, None)

    def restore(self, run_id: str) -> Run:
        """Bring a deleted run back. Raises RunError when it is gone for good."""
        if run_id not in self.deleted():
            known = ", ".join(self.deleted())
            hint = f"choose one of {known}" if known else "what was deleted is gone for good"
            raise RunError(f"there is no deleted run {run_id!r} in {str(self.root)!r} to bring back: {hint}")
        try:
            (self.root / _DELETED / run_id).rename(self.root / run_id)
        except OSError:
            raise RunError(
                f"run {run_id!r} cannot be brought back: its name is taken, or the folder cannot be written"
            ) from None
        return self.get(run_id)

    def deleted(self) -> tuple[str, ...]:
        """Ids of runs that can still be brought back."""
        away = self.root / _DELETED
        return tuple(sorted(path.name for path in away.iterdir())) if away.is_dir() else ()

    def forget_deleted(self, *run_ids: str) -> None:
        """Remove deleted runs for good: these, or all."""
        for run_id in set(run_ids or self.deleted()) & set(self.deleted()):
            shutil.rmtree(self.root / _DELETED / run_id, ignore_errors=True)

    def _readable(self) -> Iterator[tuple[tuple[float, str], Run]]:
        for path in self._folders():
            try:
                run = self.get(path.name)
                changed = (path / "config.json").stat().st_mtime
            except (RunError, FileNotFoundError):  # no run, or deleted while we look
                continue
            yield (changed, run.id), run

    def _folders(self) -> list[Path]:
        if not self.root.is_dir():
            return []
        return [path for path in self.root.iterdir() if path.is_dir() and _RUN_ID.fullmatch(path.name)]

    def _make_own_folder(self, name: str) -> Path:
        if not _RUN_ID.fullmatch(name):
            raise RunError(
                f"a run cannot be called {name!r}: take at most 100 letters, digits, dots, dashes and underscores"
            )
        path = self.root / name
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            raise RunError(f"there is a run {name!r} already: choose another name") from None
        return path

    def _make_folder(self, name: str) -> Path:
        self.root.mkdir(parents=True, exist_ok=True)
        for suffix in ("", *(f"-{number}" for number in range(2, 1000))):
            path = self.root / f"{name}{suffix}"
            try:
                path.mkdir()
            except FileExistsError:
                continue
            return path
        raise FileExistsError(f"{name} exists a thousand times")


def _label(config: TrainConfig) -> str:
    return config.recipe or f"{config.dataset}-{config.loss}"


def _read_config(path: Path) -> TrainConfig:
    file = path / "config.json"
    try:
        content = orjson.loads(file.read_bytes())
        return parse_config(content["config"])
    except FileNotFoundError:
        reason = "it has no config.json"
    except (orjson.JSONDecodeError, KeyError, TypeError):
        reason = "its config.json is damaged"
    except ConfigError as error:
        reason = f"its config.json does not hold a valid config ({error})"
    except OSError as error:
        reason = f"its config.json cannot be read ({error.strerror})"
    raise RunError(f"{path.name!r} in {str(path.parent)!r} is no run: {reason}; restore it or move the folder away")
