"""Run folders under checkpoints/: each complete in itself; copy it and you have moved the run."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from filelock import FileLock, Timeout
from torch import Tensor

from ganlab.config import TrainConfig, parse_config, suggest
from ganlab.curves import Curves
from ganlab.errors import ConfigError, RunBusyError, RunError
from ganlab.pictures import encode, make_grid
from ganlab.runs.files import drop_temporaries, drop_torn_line, sync_folder, write_atomically
from ganlab.runs.history import History, encode_record, fold, read_records
from ganlab.runs.snapshots import read_snapshot, slim_snapshot, snapshot_path, snapshot_steps, write_snapshot
from ganlab.version import VERSION

#: How long to wait for a lock: `held_elsewhere` takes it for a moment, and that is nobody training.
LOCK_PATIENCE_S = 0.5

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def default_root() -> Path:
    """The checkpoints folder: `GANLAB_CHECKPOINTS`, or `checkpoints` in the current folder."""
    return Path(os.environ.get("GANLAB_CHECKPOINTS", "checkpoints"))


class Run:
    """One run folder. Reading is free; writing wants `locked()`."""

    def __init__(self, path: Path, config: TrainConfig) -> None:
        self.path = path
        self.id = path.name
        self.config = config
        self._folded: tuple[tuple[int, int], History] | None = None
        self._drawn: tuple[History, Curves] | None = None

    @property
    def title(self) -> str:
        config = self.config
        data = Path(config.folder).name if config.dataset == "folder" else config.dataset
        return f"{config.recipe or config.loss} on {data}"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run for writing; what a killed writer left unfinished is tidied first. Raises RunBusyError."""
        lock = FileLock(self.path / "run.lock", timeout=LOCK_PATIENCE_S)
        try:
            lock.acquire()
        except Timeout:
            raise RunBusyError(
                f"run {self.id!r} is being trained by another ganlab on this folder: stop it there first"
            ) from None
        try:
            drop_torn_line(self._log_path)
            drop_temporaries(self.path)
            yield
        finally:
            lock.release()

    def held_elsewhere(self) -> bool:
        """Whether some process (this one included) is writing to the run."""
        lock = FileLock(self.path / "run.lock", timeout=0)
        try:
            with lock:
                return False
        except Timeout:
            return True
        except OSError:
            return False

    def log(self, kind: str, **fields: Any) -> None:
        """Append one record."""
        with self._log_path.open("ab") as file:
            file.write(encode_record(kind, fields))

    def sync_log(self) -> None:
        """Make all that was logged outlast a power cut."""
        with self._log_path.open("ab") as file:
            os.fsync(file.fileno())

    def history(self) -> History:
        """The fold of the log, read again only when the file has changed."""
        try:
            stat = self._log_path.stat()
        except FileNotFoundError:
            return History()
        stamp = (stat.st_mtime_ns, stat.st_size)
        if self._folded is None or self._folded[0] != stamp:
            self._folded = (stamp, fold(read_records(self._log_path)))
        return self._folded[1]

    def curves(self) -> Curves:
        """The curves up to the last step; not to be added to, since all readers share them."""
        history = self.history()
        if self._drawn is None or self._drawn[0] is not history:
            self._drawn = (history, history.curves())
        return self._drawn[1]

    def save_sample(self, step: int, images: np.ndarray) -> None:
        """Write the grid of uint8 images (N, H, W, C) as samples/<step>.webp."""
        write_atomically(self.sample_path(step), encode(make_grid(images), "webp"))

    def sample_path(self, step: int) -> Path:
        return self.path / "samples" / f"{step:06d}.webp"

    def sample_steps(self) -> tuple[int, ...]:
        """Steps that have a grid, rising."""
        names = (path.stem for path in (self.path / "samples").glob("*.webp"))
        return tuple(sorted(int(name) for name in names if name.isdecimal()))

    def save_snapshot(self, step: int, tensors: Mapping[str, Tensor]) -> None:
        """Write the snapshot of a step, then say so in the log."""
        path = snapshot_path(self._snapshots, step)
        self.sync_log()  # the steps up to a snapshot must not be lost while it stays
        write_snapshot(path, tensors, self.config, step)
        self.log("snapshot", step=step, file=path.name)
        self.sync_log()

    def snapshot_steps(self) -> tuple[int, ...]:
        """Steps that have a snapshot, rising."""
        return snapshot_steps(self._snapshots)

    def load_snapshot(self, step: int, *, prefix: str = "") -> dict[str, Tensor]:
        """Tensors of a snapshot whose names begin with `prefix`. Raises SnapshotError."""
        return read_snapshot(snapshot_path(self._snapshots, step), prefix=prefix)

    def slim(self) -> None:
        """Keep the averaged generators and drop the rest of every snapshot; the run can be explored, not resumed."""
        with self.locked():
            for step in self.snapshot_steps():
                slim_snapshot(snapshot_path(self._snapshots, step))

    def size_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.path.rglob("*") if path.is_file())

    @property
    def _log_path(self) -> Path:
        return self.path / "history.jsonl"

    @property
    def _snapshots(self) -> Path:
        return self.path / "snapshots"


class Runs:
    """All runs under one folder."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or default_root()
        self._known: dict[str, Run] = {}

    def create(self, config: TrainConfig) -> Run:
        """A new run folder with its config. Raises RunError when the folder cannot be written."""
        stamp = time.strftime("%Y%m%d-%H%M%S")
        name = f"{stamp}-{config.recipe or f'{config.dataset}-{config.loss}'}"
        try:
            path = self._make_folder(name)
            (path / "samples").mkdir()
            (path / "snapshots").mkdir()
            content = {"ganlab": VERSION, "parent": None, "config": config.model_dump()}
            write_atomically(path / "config.json", orjson.dumps(content, option=orjson.OPT_INDENT_2))
            sync_folder(self.root)
        except OSError as error:
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
