"""A run folder: complete in itself; copy it and you have moved the run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import orjson
from safetensors.torch import save
from torch import Tensor

from ganlab.config import TrainConfig
from ganlab.curves import Curves
from ganlab.errors import RunError, SnapshotError
from ganlab.locks import Lock
from ganlab.pictures import encode, make_grid
from ganlab.recipes import RECIPES
from ganlab.runs import orders
from ganlab.runs.damage import check_edits, check_parts, part_of
from ganlab.runs.files import append, drop_temporaries, drop_torn_line, plain, read, read_json, write_atomically
from ganlab.runs.history import History, encode_record
from ganlab.runs.listing import Listing, Remembered, sizes_in, steps_named
from ganlab.runs.lock import hold, is_held, writing
from ganlab.runs.log import LogReader, read_records
from ganlab.runs.logged import Looks, Ticks, step_of
from ganlab.runs.snapshots import SUFFIX, free_name, is_slim, read_config, read_snapshot, slim_snapshot, write_snapshot
from ganlab.runs.table import csv_parts
from ganlab.runs.thinning import drop_interim, thin
from ganlab.steps import Ranges, ranges_of

#: How the view of the plane at a step is called, beside its samples.
PLANE = ".plane.safetensors"


class Run:
    """One run folder. Reading is free; writing wants `locked()`."""

    def __init__(self, path: Path, config: TrainConfig) -> None:
        self.path = path
        self.id = path.name
        self.config = config
        self._reader = LogReader(self._log_path)
        self._grids, self._files = Listing(path / "samples"), Listing(path / "snapshots")
        self._sample_steps = Remembered(partial(steps_named, ".webp"))
        self._samples = Remembered(_standing)
        self._snapshot_steps = Remembered(_steps_of_files)
        self._checked = Remembered(partial(check_edits, path, config))

    @property
    def title(self) -> str:
        """The name that the user gave it, else what it trains: its recipe, as long as that says what is trained."""
        config = self.config
        data = Path(config.folder).name if config.dataset == "folder" else config.dataset
        return self.history().name or f"{self._method} on {data}"

    @property
    def _method(self) -> str:
        """'wgan-gp', or 'saturating loss' where loss or penalty are no longer those of the recipe."""
        config = self.config
        now = {"loss": config.loss, "penalty": config.penalty} | self.history().settings()
        meant = (
            [(each.loss, each.penalty) for each in RECIPES[config.recipe].configs] if config.recipe in RECIPES else []
        )
        if config.recipe and (not meant or (now["loss"], now["penalty"]) in meant):
            return config.recipe
        penalty = "" if now["penalty"] == "none" else f" with penalty {now['penalty']}"
        return f"{now['loss']} loss{penalty}" if config.recipe else now["loss"]

    @property
    def now(self) -> TrainConfig:
        """Its settings as they stand: what it started with, and all edits since."""
        return self.config.with_changes(**self.history().settings())

    def check(self) -> None:
        """Raises RunError, with what is wrong, when the folder cannot be used as a run."""
        check_parts(self.path)
        self._checked.of(self.history())

    def warning(self) -> str:
        """A sentence on what of the run is lost, though it can be used; "" where nothing is."""
        count = self.history().left_out
        lines = "1 line is" if count == 1 else f"{count} lines are"
        said = f"{lines} damaged in history.jsonl of run {self.id!r}: what they said is left out, the rest counts"
        return said if count else ""

    @cached_property
    def parent(self) -> tuple[str, int] | None:
        """Id of the run that this one is a fork of, and the step it began at; None when it is none."""
        try:
            parent = read_json(self.path / "config.json")["parent"]
            return str(parent["run"]), step_of(parent)
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return None

    @contextmanager
    def locked(self, waiting: Callable[[], None] = lambda: None) -> Iterator[Lock]:
        """Hold the run for writing; what a killed writer left unfinished is tidied first.

        waiting: called while it is not sure that another one is gone. Raises RunBusyError; RunError when it cannot be
        written.
        """
        self.check()
        with hold(self.path, waiting) as lock:
            with writing(f"run {self.id!r}"):
                drop_torn_line(self._log_path)
                drop_temporaries(self.path)
                self._drop_orders()
            yield lock

    def held_elsewhere(self) -> bool:
        """Whether some process (this one included) is writing to the run."""
        return is_held(self.path)

    def log(self, kind: str, **fields: Any) -> None:
        """Append one record. Raises OSError; then the log is as it was."""
        append(self._log_path, encode_record(kind, fields))

    def append_log(self, lines: bytes) -> None:
        """Append encoded records, all or none. Raises OSError."""
        append(self._log_path, lines)

    def sync_log(self) -> None:
        """Make all that was logged outlast a power cut."""
        with open(self._log_path, "ab", opener=plain) as file:
            os.fsync(file.fileno())

    def records(self, since: int = 0) -> Iterator[dict[str, Any]]:
        """The log as it was written, from a byte on, whatever was taken back later. Raises RunError."""
        return read_records(part_of(self.path, "history.jsonl"), since)

    def log_size(self) -> int:
        """Bytes of the log."""
        return self._log_path.stat().st_size if self._log_path.exists() else 0

    def history(self) -> History:
        """The fold of the log. Raises RunError when it cannot be read."""
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

    def save_sample(
        self,
        step: int,
        images: np.ndarray,
        scores: Mapping[str, Any] | None = None,
        plane: Mapping[str, Tensor] | None = None,
    ) -> None:
        """Write the grid of uint8 images (N, H, W, C) as samples/<step>.webp, last: a grid that is there is complete.

        scores: D's, kept beside it; plane: what the networks of a run on points do.
        """
        path = self.sample_path(step)
        path.parent.mkdir(exist_ok=True)
        if scores is not None:
            write_atomically(self.scores_path(step), orjson.dumps(scores))
        if plane is not None:
            write_atomically(path.with_suffix(PLANE), save(dict(plane)))
        write_atomically(path, encode(make_grid(images), "webp"))

    def plane(self, step: int) -> bytes:
        """The same as it was written, a safetensors file. Raises RunError when there is none."""
        try:
            return read(self.sample_path(step).with_suffix(PLANE))
        except OSError:
            raise RunError(
                f"run {self.id!r} has no view of the plane at step {step}: choose another step, or train it anew"
            ) from None

    def has_plane(self) -> bool:
        """Whether its last grid has such a view beside it."""
        steps = self.sample_steps()
        return bool(steps) and self.sample_path(steps[-1]).with_suffix(PLANE).exists()

    def sample_path(self, step: int) -> Path:
        """Raises RunError when `samples` is a link."""
        return part_of(self.path, "samples") / f"{step:06d}.webp"

    def sample(self, step: int) -> bytes:
        """The grid of a step, as WebP. Raises RunError when there is none."""
        try:
            return read(self.sample_path(step))
        except FileNotFoundError:
            raise RunError(f"run {self.id!r} has no samples of step {step}: choose another step") from None
        except OSError as error:
            raise RunError(
                f"the samples of step {step} of run {self.id!r} cannot be read ({error.strerror}): check their rights"
            ) from None

    def scores(self, step: int) -> dict[str, Any] | None:
        """The histogram of D's scores beside the grid of a step; None when there is none."""
        try:
            scores = read_json(self.scores_path(step))
        except (OSError, orjson.JSONDecodeError):
            return None
        return scores if isinstance(scores, dict) else None

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
        self._snapshots.mkdir(exist_ok=True)
        taken = self.history().snapshots
        name = taken.get(step) or free_name(self._snapshots, step)
        self.sync_log()  # the steps up to a snapshot must not be lost while it stays
        write_snapshot(self._snapshots / name, tensors, config, step)
        self.log("snapshot", step=step, file=name, **({"interim": True} if interim else {}))
        self.sync_log()
        history = self.history()
        drop_interim(self._snapshots, history, step)
        thin(self._snapshots, history, config.snapshot_space_mb * 10**6)

    def snapshot_steps(self) -> tuple[int, ...]:
        """Steps that have a snapshot, rising; what a rewind left behind is not among them."""
        return self._snapshot_steps.of(self.history(), self._files.names())

    def snapshot_files(self) -> int:
        """How many snapshots lie in its folder, whether the log knows of them or not."""
        return sum(name.endswith(SUFFIX) for name in self._files.names())

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
        """Keep the averaged generators and drop the rest of every snapshot; the run can be explored, not resumed.

        Raises RunBusyError, SnapshotError; RunError when it cannot be written.
        """
        with self.locked(), writing(f"run {self.id!r}"):
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
        """Raises RunError when it is a link."""
        return part_of(self.path, "orders")

    def _say(self, kind: str, text: str) -> None:
        with writing(f"the {kind} of run {self.id!r}"):
            self.log(kind, text=text)

    def _drop_orders(self) -> None:
        """Those that are left were meant for a process that is gone: they have no effect, and the log says so."""
        for order_id, order in orders.take(self.orders_folder):
            if message := orders.lost(order):
                with suppress(OSError):
                    self.log("lost", order=order_id, step=self.history().step, message=message)

    def scores_path(self, step: int) -> Path:
        return self.sample_path(step).with_suffix(".json")

    @property
    def _log_path(self) -> Path:
        return self.path / "history.jsonl"

    @property
    def _snapshots(self) -> Path:
        return part_of(self.path, "snapshots")


def _standing(steps: tuple[int, ...], history: History) -> Ranges:
    return ranges_of(step for step in steps if step <= history.step)


def _steps_of_files(history: History, present: frozenset[str]) -> tuple[int, ...]:
    return tuple(sorted(step for step, name in history.snapshots.items() if name in present))
