"""All run folders under checkpoints/."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ganlab.config import TrainConfig, suggest
from ganlab.errors import RunBusyError, RunError
from ganlab.paths import path_from, printable
from ganlab.runs.damage import read_config
from ganlab.runs.files import sync_folder, write_atomically
from ganlab.runs.folder import Run
from ganlab.version import VERSION

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_NAME_RULE = "take at most 100 letters, digits, dots, dashes and underscores"
#: Where deleted runs lie until they are gone for good; no run id begins with a dot.
_DELETED = ".deleted"


def default_root() -> Path:
    """The checkpoints folder: `GANLAB_CHECKPOINTS`, or `checkpoints` in the current folder."""
    return path_from("GANLAB_CHECKPOINTS") or Path("checkpoints")


@dataclass(frozen=True)
class Damaged:
    """A folder that looks like a run and cannot be used as one. reason: a sentence that names it."""

    id: str
    reason: str


class Runs:
    """All runs under one folder. One that is a link to a folder elsewhere is a run: the link is the user's own."""

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
        """Raises RunError when there is no such run or it cannot be used."""
        path = self.root / run_id
        if not _RUN_ID.fullmatch(run_id) or not os.path.isdir(path):
            self._known.pop(run_id, None)
            known = [run.id for run in self.all()]
            hint = suggest(run_id, known) if known else "start one first"
            raise RunError(f"there is no run {run_id!r} in {str(self.root)!r}: {hint}")
        found = self._look_at(path)
        if isinstance(found, Damaged):
            raise RunError(found.reason)
        return found

    def all(self) -> list[Run]:
        """Runs that can be used, the newest first."""
        runs = [found for found in self._found() if isinstance(found, Run)]
        return sorted(runs, key=lambda run: (_written(run), run.id), reverse=True)

    def damaged(self) -> list[Damaged]:
        """Folders that look like runs and cannot be used as such."""
        return [found for found in self._found() if isinstance(found, Damaged)]

    def problems(self) -> list[str]:
        """A sentence for each folder that cannot be used as a run, and for each run of which a part is lost."""
        try:
            self._folders()
        except OSError as error:
            return [
                f"the checkpoints folder {str(self.root)!r} cannot be read ({error.strerror}): "
                "check its rights or set GANLAB_CHECKPOINTS to another folder"
            ]
        said = (found.reason if isinstance(found, Damaged) else found.warning() for found in self._found())
        return [sentence for sentence in said if sentence]

    def delete(self, run_id: str) -> None:
        """Put a run away, so that `restore` can bring it back until `forget_deleted`. Raises RunError."""
        run = self.get(run_id)
        if run.held_elsewhere():
            raise RunBusyError(f"run {run_id!r} is being trained: stop it before deleting it")
        away = self.root / _DELETED
        try:
            away.mkdir(exist_ok=True)
            _remove(away / run_id)
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
            _remove(self.root / _DELETED / run_id)

    def _found(self) -> list[Run | Damaged]:
        """What is in each folder; nothing where the root cannot be read, which `problems` says."""
        with suppress(OSError):
            return [self._look_at(path) for path in self._folders()]
        return []

    def _look_at(self, path: Path) -> Run | Damaged:
        """The run in a folder, or why there is none."""
        if not _RUN_ID.fullmatch(path.name):
            named = f"{printable(path.name)!r} in {str(path.parent)!r}"
            return Damaged(printable(path.name), f"{named} cannot be used as a run: rename it, {_NAME_RULE}")
        run = self._known.get(path.name)
        try:
            if run is None or not os.path.exists(path / "config.json"):
                run = Run(path, read_config(path))
            run.check()
        except RunError as error:
            self._known.pop(path.name, None)
            return Damaged(path.name, str(error))
        self._known[path.name] = run
        return run

    def _folders(self) -> list[Path]:
        """Those named as runs are, or that hold a config of one. Raises OSError when the root cannot be read.

        A root that is not there has none.
        """
        if not self.root.is_dir():
            return []
        shown = [path for path in self.root.iterdir() if path.name[0] != "." and os.path.isdir(path)]
        return [path for path in shown if _RUN_ID.fullmatch(path.name) or os.path.exists(path / "config.json")]

    def _make_own_folder(self, name: str) -> Path:
        if not _RUN_ID.fullmatch(name):
            raise RunError(f"a run cannot be called {name!r}: {_NAME_RULE}")
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


def _remove(path: Path) -> None:
    """Remove a folder as far as it can be; of a link to one the link alone."""
    if path.is_symlink():
        path.unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)


def _written(run: Run) -> float:
    """When its config was; 0 if it was deleted while we look."""
    try:
        return (run.path / "config.json").stat().st_mtime
    except OSError:
        return 0.0
