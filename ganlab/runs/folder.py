"""A run folder: complete in itself; copy it and you have moved the run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import orjson
from filelock import FileLock, Timeout
from torch import Tensor

from ganlab.config import TrainConfig
from ganlab.curves import Curves
from ganlab.errors import RunBusyError, RunError, SnapshotError
from ganlab.pictures import encode, make_grid
from ganlab.runs import orders
from ganlab.runs.files import append, drop_temporaries, drop_torn_line, write_atomically
from ganlab.runs.history import History, encode_record
from ganlab.runs.listing import Listing, Remembered, sizes_in, steps_named
from ganlab.runs.log import LogReader, read_records
from ganlab.runs.logged import Looks, Ticks
from ganlab.runs.snapshots import free_name, is_slim, read_config, read_snapshot, slim_snapshot, write_snapshot
from ganlab.runs.table import csv_parts
from ganlab.runs.thinning import to_drop
from ganlab.steps import Ranges, ranges_of

#: How long to wait for a lock: `held_elsewhere` takes it for a moment, and that is nobody training.
LOCK_PATIENCE_S = 0.5


class Run:
    """One run folder. Reading is free; writing wants `locked()`."""

    def __init__(self, path: Path, config: TrainConfig) -> None:
        self.path = path
        self.id = path.name
        self.config = config
        self._reader = LogReader(self._log_path)
        self._grids, self._files = Listing(path / "samples"), Listing(self._snapshots)
        self._sample_steps = Remembered(partial(steps_named, ".webp"))
        self._samples = Remembered(_standing)
        self._snapshot_steps = Remembered(_steps_of_files)

    @property
    def title(self) -> str:
        """The name that the user gave it, else what it trains."""
        config = self.config
        data = Path(config.folder).name if config.dataset == "folder" else config.dataset
        return self.history().name or f"{config.recipe or config.loss} on {data}"

    @property
    def now(self) -> TrainConfig:
        """Its settings as they stand: what it started with, and all edits since."""
        return self.config.with_changes(**self.history().settings())

    @cached_property
    def parent(self) -> tuple[str, int] | None:
        """Id of the run that this one is a fork of, and the step it began at; None when it is none."""
        try:
            parent = orjson.loads((self.path / "config.json").read_bytes())["parent"]
            return str(parent["run"]), int(parent["step"])
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return None

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
            self._drop_orders()
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
        """Append one record. Raises OSError; then the log is as it was."""
        append(self._log_path, encode_record(kind, fields))

    def append_log(self, lines: bytes) -> None:
        """Append encoded records, all or none. Raises OSError."""
        append(self._log_path, lines)

    def sync_log(self) -> None:
        """Make all that was logged outlast a power cut."""
        with self._log_path.open("ab") as file:
            os.fsync(file.fileno())

    def records(self, since: int = 0) -> Iterator[dict[str, Any]]:
        """The log as it was written, from a byte on, whatever was taken back later."""
        return read_records(self._log_path, since)

    def log_size(self) -> int:
        """Bytes of the log."""
        return self._log_path.stat().st_size if self._log_path.exists() else 0

    def history(self) -> History:
        """The fold of the log."""
        return self._reader.read()

    def curves(self) -> Curves:
        """The curves up to the last step; not to be added to, since all readers share them."""
        return self._reader.curves()

    def curves_until(self, step: int) -> Curves:
        """The curves up to a step, to be added to."""
        return self.history().curves(until=step)

    def ticks(self, until: int | None = None) -> Ticks:
        """Last step, seconds and series of each tick up to a step, without what was taken back."""
        return self.history().ticks.until(until)

    def measures(self, until: int | None = None) -> Looks:
        """Step and values of each look at the samples up to a step, without what was taken back."""
        return self.history().measures.until(until)

    def last_values(self) -> tuple[int, dict[str, float]] | None:
        """The last step and the values of its series; None before the first, or when they cannot be read."""
        for step, _, series in self.history().ticks.last():
            return step, {name: float(values[-1]) for name, values in series.items()}
        return None

    def csv(self) -> Iterator[str]:
        """Its steps as a CSV table, in parts: series, measures, edits. Memory does not grow with the run."""
        history = self.history()
        measured = {name: None for _, values in history.measures for name in values}
        series = [name for name in self.curves().names if name not in measured]
        return csv_parts(history, [*series, *measured])

    def write_csv(self, file: TextIO) -> None:
        """Write that table to a file."""
        file.writelines(self.csv())

    def save_sample(self, step: int, images: np.ndarray, scores: Mapping[str, Any] | None = None) -> None:
        """Write the grid of uint8 images (N, H, W, C) as samples/<step>.webp, and D's scores beside it."""
        write_atomically(self.sample_path(step), encode(make_grid(images), "webp"))
        if scores is not None:
            write_atomically(self._scores_path(step), orjson.dumps(scores))

    def sample_path(self, step: int) -> Path:
        return self.path / "samples" / f"{step:06d}.webp"

    def scores(self, step: int) -> dict[str, Any] | None:
        """The histogram of D's scores beside the grid of a step; None when there is none."""
        try:
            return orjson.loads(self._scores_path(step).read_bytes())
        except (OSError, orjson.JSONDecodeError):
            return None

    def sample_steps(self) -> tuple[int, ...]:
        """Steps that have a grid, rising; some may have been taken back."""
        return self._sample_steps.of(self._grids.names())

    def samples(self, history: History) -> Ranges:
        """Steps that have a grid, up to where a history stands."""
        return self._samples.of(self.sample_steps(), history)

    def save_snapshot(
        self, step: int, tensors: Mapping[str, Tensor], config: TrainConfig | None = None, *, interim: bool = False
    ) -> None:
        """Write the snapshot of a step, say so in the log, and let old ones go that no longer fit.

        config: as it stands at that step, if not as the run began; interim: it stays only until the next is written.
        A file of the same step that a rewind left behind keeps its name. Raises OSError; then nothing has changed.
        """
        config = config or self.config
        taken = self.history().snapshots
        name = taken.get(step) or free_name(self._snapshots, step)
        self.sync_log()  # the steps up to a snapshot must not be lost while it stays
        write_snapshot(self._snapshots / name, tensors, config, step)
        self.log("snapshot", step=step, file=name, **({"interim": True} if interim else {}))
        self.sync_log()
        self._drop_interim(step)
        self._thin_snapshots(config.snapshot_space_mb * 10**6)

    def snapshot_steps(self) -> tuple[int, ...]:
        """Steps that have a snapshot, rising; what a rewind left behind is not among them."""
        return self._snapshot_steps.of(self.history(), self._files.names())

    @property
    def slimmed(self) -> bool:
        """Whether only the generators were kept: the run can be explored, and goes on from nowhere but its start."""
        steps = self.snapshot_steps()
        return bool(steps) and is_slim(self.snapshot_path(steps[-1]))

    def load_snapshot(self, step: int, *, prefix: str = "") -> dict[str, Tensor]:
        """Tensors of a snapshot whose names begin with `prefix`. Raises SnapshotError."""
        return read_snapshot(self.snapshot_path(step), prefix=prefix)

    def snapshot_config(self, step: int) -> TrainConfig:
        """The settings that a snapshot was made with. Raises SnapshotError."""
        return read_config(self.snapshot_path(step))

    def snapshot_path(self, step: int) -> Path:
        """Raises SnapshotError when the run has none of this step."""
        name = self.history().snapshots.get(step)
        if name is None:
            known = ", ".join(map(str, self.snapshot_steps())) or "none yet"
            raise SnapshotError(f"run {self.id!r} has no snapshot of step {step}: choose one of {known}")
        return self._snapshots / name

    def slim(self) -> None:
        """Keep the averaged generators and drop the rest of every snapshot; the run can be explored, not resumed."""
        with self.locked():
            for step in self.snapshot_steps():
                slim_snapshot(self.snapshot_path(step))

    def rename(self, name: str) -> None:
        """Give the run another title; empty for its own. Its folder keeps its name. Raises RunError."""
        self._say("name", " ".join(name.split())[:100])

    def annotate(self, note: str) -> None:
        """Keep the user's words about the run. Raises RunError."""
        self._say("note", note.strip()[:10_000])

    def version(self) -> tuple[int, ...]:
        """Another one whenever the log, the grids or the snapshots are no longer the same."""
        folders = (self.path / "samples", self._snapshots)
        return (self.log_size(), *(path.stat().st_mtime_ns for path in (self._log_path, *folders) if path.exists()))

    def size_bytes(self) -> int:
        return sum(sizes_in(str(self.path)))

    @property
    def orders_folder(self) -> Path:
        return self.path / "orders"

    def _say(self, kind: str, text: str) -> None:
        try:
            self.log(kind, text=text)
        except OSError as error:
            raise RunError(
                f"the {kind} of run {self.id!r} cannot be written ({error.strerror}): make room or check the rights"
            ) from None

    def _drop_orders(self) -> None:
        """Those that are left were meant for a process that is gone: they have no effect, and the log says so."""
        for order_id, order in orders.take(self.orders_folder):
            if message := orders.lost(order):
                with suppress(OSError):
                    self.log("lost", order=order_id, step=self.history().step, message=message)

    def _drop_interim(self, last: int) -> None:
        """Those before the last one have served, unless something was done at their step that one may go back to."""
        history = self.history()
        for step in history.interim - {last} - {edit.step for edit in history.edits}:
            (self._snapshots / history.snapshots[step]).unlink(missing_ok=True)

    def _thin_snapshots(self, space: int) -> None:
        """What a rewind left behind goes first, then as `to_drop` says; those before edits are kept longest."""
        history = self.history()
        sizes = {path: path.stat().st_size for path in self._snapshots.glob("*.safetensors")}
        own = {step: self._snapshots / name for step, name in history.snapshots.items()}
        behind = sorted(sizes.keys() - own.values())
        while behind and sum(sizes.values()) > space:
            path = behind.pop(0)
            path.unlink(missing_ok=True)
            del sizes[path]
        present = {step: sizes[path] for step, path in own.items() if path in sizes}
        for step in to_drop(present, space=space, kept={edit.step for edit in history.edits}):
            own[step].unlink(missing_ok=True)

    def _scores_path(self, step: int) -> Path:
        return self.sample_path(step).with_suffix(".json")

    @property
    def _log_path(self) -> Path:
        return self.path / "history.jsonl"

    @property
    def _snapshots(self) -> Path:
        return self.path / "snapshots"


def _standing(steps: tuple[int, ...], history: History) -> Ranges:
    return ranges_of(step for step in steps if step <= history.step)


def _steps_of_files(history: History, present: frozenset[str]) -> tuple[int, ...]:
    return tuple(sorted(step for step, name in history.snapshots.items() if name in present))
