"""Training a run in its folder: ticks written down as they come, and what may be done between two of them."""

from __future__ import annotations

import contextlib
import platform
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

import torch

from ganlab.config import TrainConfig, changes_between, edited
from ganlab.data import Dataset, load_for
from ganlab.errors import ConfigError, GanlabError, RunError
from ganlab.machine import fastest_precision
from ganlab.runs import orders
from ganlab.runs.folder import Run
from ganlab.runs.history import EditKind, encode_record
from ganlab.runs.resume import begin_of, rewound
from ganlab.training import (
    Precision,
    Tick,
    TrainState,
    check_knobs,
    new_state,
    pick_device,
    restore_state,
    spare_one_core,
    train,
)
from ganlab.version import VERSION

Progress = Callable[[str, float | None], None]


def drive(
    run: Run, *, tick_s: float = 0.25, progress: Progress = lambda label, fraction: None
) -> Generator[tuple[TrainState, Tick], None, None]:
    """Train `run` from where it stands to its last step, and write log, samples and snapshots.

    Yields the state (not to be changed) with each tick. Closing the generator stops the run, with a snapshot.
    Everything else as for `driving`.
    """
    with driving(run, tick_s=tick_s, progress=progress) as driver:
        while (tick := driver.tick()) is not None:
            yield driver.state, tick


@contextlib.contextmanager
def driving(run: Run, *, tick_s: float = 0.25, progress: Progress = lambda label, fraction: None) -> Iterator[Driver]:
    """Hold a run and its state in memory; leaving the block stops it with a snapshot, or finishes it.

    progress: called with what is being done before the first step, and how far it is (0 to 1, or None).
    Raises RunBusyError, SnapshotError, DataError, ConfigError, TrainingError; the log then says why it failed.
    """
    with run.locked(), spare_one_core():
        try:
            progress("Loading the data", None)
            data = load_for(run.now, progress=progress)
            progress("Building the networks", None)
            driver = Driver(run, data, fastest_precision(pick_device(run.config)), tick_s)
            try:
                yield driver
            except GeneratorExit:
                driver.end()
                raise
            driver.end()
        except Exception as error:
            with contextlib.suppress(OSError):
                run.log("fail", time=time.time(), message=explain(error))
            raise


class Driver:
    """A run in training. Between two ticks its knobs may be turned, and it may go back to an earlier step."""

    def __init__(self, run: Run, data: Dataset, auto: Precision, tick_s: float) -> None:
        self.run = run
        self.data = data
        self._auto: Precision = auto
        self._tick_s = tick_s
        self._unwritten = b""  # records that the disk had no room for
        self.stopped = False
        step, config = begin_of(run)
        self._go_on_from(step, config)
        self._log_begin()

    def tick(self) -> Tick | None:
        """Train until the next tick, and write it down; None once the last step is done or a stop was ordered."""
        self._obey()
        tick = None if self.stopped else next(self._ticks, None)
        if tick is None:
            return None
        if tick.series:
            self._log("tick", step=tick.step, seconds=tick.seconds, images=tick.images, series=dict(tick.series))
        if tick.preview is not None:
            self._save_preview(tick)
        if tick.snapshot_due:
            self.save()
        return tick

    def save(self) -> None:
        """A snapshot of the state as it is, unless there is one already. Raises TrainingError when it is not finite."""
        if self.state.step > self._saved_step:
            self.run.save_snapshot(self.state.step, self.state.to_tensors(), self.state.config)
            self._saved_step = self.state.step

    def edit(self, changes: Mapping[str, Any], *, kind: EditKind = "edit", order: str = "") -> None:
        """Turn knobs; they act from the next step on. A snapshot is taken first. Raises ConfigError."""
        after = edited(self.state.config, changes)
        differing = changes_between(self.state.config, after)
        if not differing:
            raise ConfigError(f"nothing changes: {', '.join(changes) or 'no setting'} already stands so")
        check_knobs(after, len(self.data))
        self.save()
        self.state.take_config(after)
        self._log_edit(kind, differing, order)

    def undo(self, *, order: str = "") -> None:
        """Put the last edit's values back. Raises RunError when there is none to undo."""
        self.edit(undoing(self.run), kind="undo", order=order)

    def rewind(self, step: int, changes: Mapping[str, Any] | None = None, *, order: str = "") -> None:
        """Go on from an earlier snapshot, perhaps with other knobs; nothing that was written is removed.

        Raises SnapshotError, ConfigError; then the run is where it was.
        """
        config, differing = rewound(self.run, step, changes or {})
        state = self._state_at(step, config)
        self.save()
        self.state, self._saved_step = state, step
        self._ticks = train(self.data, state, tick_s=self._tick_s)
        self._log_edit("rewind", differing, order)

    def end(self) -> None:
        """Stop, with a snapshot, or finish."""
        self.save()
        finished = not self.stopped and self.state.step >= self.state.config.max_steps
        self._log("finish" if finished else "stop", time=time.time(), step=self.state.step)
        self.run.sync_log()

    def _go_on_from(self, step: int, config: TrainConfig) -> None:
        self.state = self._state_at(step, config)
        self._saved_step = step
        self._ticks = train(self.data, self.state, tick_s=self._tick_s)

    def _state_at(self, step: int, config: TrainConfig) -> TrainState:
        if step == 0:
            return new_state(config, self.data, auto=self._auto)
        return restore_state(config, self.data, self.run.load_snapshot(step), auto=self._auto)

    def _obey(self) -> None:
        """What other processes have ordered through the run's folder; the log says what came of it."""
        for order_id, order in orders.take(self.run.orders_folder):
            try:
                self._obey_one(order_id, order)
            except (GanlabError, OSError, TypeError, ValueError) as error:
                self._log("refused", order=order_id, step=self.state.step, message=explain(error))

    def _obey_one(self, order_id: str, order: orders.Order) -> None:
        kind, changes = order["kind"], order.get("changes", {})
        if kind == "edit":
            self.edit(changes, order=order_id)
        elif kind == "undo":
            self.undo(order=order_id)
        elif kind == "rewind":
            self.rewind(int(order.get("step", 0)), changes, order=order_id)
        elif kind == "stop":
            self.stopped = True
        else:
            raise RunError(f"order {kind!r} is unknown: send edit, undo, rewind or stop")

    def _save_preview(self, tick: Tick) -> None:
        shown = tick.preview
        assert shown is not None
        self.run.save_sample(shown.step, shown.images)

    def _log_begin(self) -> None:
        state = self.state
        machine = {"ganlab": VERSION, "torch": torch.__version__, "python": platform.python_version()}
        kind = "resume" if self.run.history().begun else "start"
        device = device_title(state.device, state.precision)
        self._log(kind, time=time.time(), step=state.step, device=device, **machine)

    def _log_edit(self, kind: EditKind, changes: Mapping[str, Any], order: str) -> None:
        said = {"order": order} if order else {}
        self._log(kind, time=time.time(), step=self.state.step, changes=changes, **said)

    def _log(self, kind: str, **fields: Any) -> None:
        self._unwritten += encode_record(kind, fields)
        self.run.append_log(self._unwritten)
        self._unwritten = b""


def undoing(run: Run) -> dict[str, Any]:
    """The changes that take back the last edit which still stands. Raises RunError when there is none."""
    standing: list[dict[str, Any]] = []
    for edit in run.history().edits:
        if edit.kind == "edit":
            standing.append({name: before for name, (before, _) in edit.changes.items()})
        elif edit.kind == "undo" and standing:
            standing.pop()
        elif edit.kind in ("rewind", "fork"):
            standing.clear()
    if not standing:
        raise RunError(f"run {run.id!r} has no edit to undo: change a setting first")
    return standing[-1]


def device_title(device: torch.device, precision: Precision) -> str:
    """Device and precision in words for the log and the screen."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    return f"{name}, {precision}"


def explain(error: BaseException) -> str:
    """An error in one sentence with what to do."""
    if isinstance(error, torch.OutOfMemoryError):
        return "the GPU's memory is full: choose a smaller batch size or width, or stop what else uses the GPU"
    if isinstance(error, OSError) and error.errno is not None:
        return f"the run's folder cannot be written ({error.strerror}): make room, then resume from the last snapshot"
    if isinstance(error, GanlabError):
        return str(error)
    words = " ".join(str(error).split())
    return f"an error that ganlab did not expect ({type(error).__name__}: {words}); the last snapshot is intact"
