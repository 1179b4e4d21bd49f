"""A run in training: its ticks written down, and what may be done between two of them."""

from __future__ import annotations

import contextlib
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

import torch

from ganlab.alarms import Alarm, as_record
from ganlab.config import TrainConfig, changes_between, edited
from ganlab.data import Dataset, Fingerprint
from ganlab.data.preflight import count_different
from ganlab.errors import ChangedError, ConfigError, GanlabError, LostRankError, RunBusyError, RunError
from ganlab.gan.ranks import ALONE, Ranks
from ganlab.locks import LEASE_S
from ganlab.runs import orders
from ganlab.runs.explain import device_title, explain, failure_kind
from ganlab.runs.folder import Run
from ganlab.runs.history import EditKind, encode_record
from ganlab.runs.lookout import Lookout
from ganlab.runs.resume import begin_of, rewound, undoing
from ganlab.runs.scored import Judge, Scores
from ganlab.training import (
    Precision,
    Preview,
    Report,
    Single,
    Tick,
    TrainState,
    check_knobs,
    new_state,
    restore_state,
    single,
    train,
)
from ganlab.version import VERSION

#: A paused run looks for orders after each rest of so many seconds.
REST_S = 0.25
#: Seconds of training that a kill may cost, where a snapshot is written quickly.
MOST_LOST_S = 60.0
#: Share of the time that snapshots by time may take; where one takes long, more may be lost.
MOST_SHARE = 0.02


class Driver:
    """A run in training. Between two ticks its knobs may be turned, and it may go back to an earlier step."""

    def __init__(
        self,
        run: Run,
        data: Dataset,
        auto: Precision,
        tick_s: float,
        judge: Judge = lambda *stands: None,
        ranks: Ranks = ALONE,
        kept: Callable[[], bool] = lambda: True,
    ) -> None:
        self.run = run
        self.data = data
        self.stopped = False  # by an order of another process
        self.paused = False
        self.rewinds = 0
        self.snapshots: tuple[int, ...] = run.snapshot_steps()
        self.scores: Scores | None = None  # of the last tick
        self._judge = judge
        self._ranks = ranks
        self._kept = kept
        self._shared_since = (0.0, 0.0)  # seconds of communication and of training at the last look
        self._trained_s = 0.0  # here
        self._auto: Precision = auto
        self._tick_s = tick_s
        self._save_s = 0.0  # that the last snapshot took
        self._unwritten = b""  # records that the disk had no room for
        self._go_on_from(*begin_of(run))
        self._lookout = Lookout(run, self.state.step, different=count_different(data))
        self._log_begin()

    def trains_on(self, data: Fingerprint) -> None:
        """Let the log tell what the run is trained on from here."""
        if data != self.run.history().data:
            self._log("data", **asdict(data))

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Those that stand."""
        return tuple(self._lookout.standing.values())

    @property
    def finished(self) -> bool:
        return self.state.step >= self.state.config.max_steps

    def tick(self) -> Tick | None:
        """Train until the next tick, and write it down; None once the last step is done or a stop was ordered.

        While the run is paused, a tick is a moment's rest.
        """
        self.obey()
        if self.paused and not self.stopped:
            self._ranks.order("rest")
            time.sleep(REST_S)
            return Tick(self.state.step, {}, 0.0, 0)
        tick = None if self.stopped else next(self._ticks, None)
        if tick is not None:
            self._take(tick)
        return tick

    def single(self, what: Single) -> tuple[Report, Tick]:
        """One update of D, of G or a whole step, and what it did. A tick without series was no step.

        Raises RunError after the last step.
        """
        if self.finished:
            raise RunError(f"run {self.run.id!r} has done its last step: raise max_steps to go on")
        report, tick = single(self.state, self.data, what)
        self._changed = True
        self._take(tick)
        if what != "both":
            self._log("single", time=time.time(), step=tick.step, what=what)
        return report, tick

    def save(self, *, interim: bool = False) -> None:
        """A snapshot of the state as it is, unless there is one already. interim: until the next is written.

        Raises TrainingError when it is not finite, OSError when it cannot be written.
        """
        if self._changed:
            self._check_kept()
            begin = time.perf_counter()
            self.run.save_snapshot(self.state.step, self.state.to_tensors(), self.state.config, interim=interim)
            self._save_s = time.perf_counter() - begin
            self._changed = False
            self.snapshots = self.run.snapshot_steps()

    def edit(self, changes: Mapping[str, Any], *, kind: EditKind = "edit", order: str = "") -> None:
        """Turn knobs; they act from the next step on. A snapshot is taken first. Raises ConfigError."""
        after = edited(self.state.config, changes)
        differing = changes_between(self.state.config, after)
        if not differing:
            raise ConfigError(f"nothing changes: {', '.join(changes) or 'no setting'} already stands so")
        check_knobs(after, len(self.data), self._ranks.count)
        self._try_to_write(self.save)
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
        self._try_to_write(self.save)
        self._go_on_with(state)
        self.rewinds += 1
        self._log_edit("rewind", differing, order)
        self.snapshots = self.run.snapshot_steps()

    def pause(self, *, order: str = "") -> None:
        """Rest until `unpause`. Raises RunError when it rests already."""
        self._rest(True, order)

    def unpause(self, *, order: str = "") -> None:
        """Go on. Raises RunError when it is not paused."""
        self._rest(False, order)

    def obey(self) -> None:
        """What other processes have ordered through the run's folder; the log says what came of it."""
        for order_id, order in orders.take(self.run.orders_folder):
            try:
                self._obey_one(order_id, order)
            except (GanlabError, OSError, TypeError, ValueError) as error:
                wrong = "settings" if isinstance(error, ConfigError) else "order"
                self._log("refused", order=order_id, step=self.state.step, wrong=wrong, message=explain(error))

    def end(self) -> None:
        """Stop, with a snapshot, or finish."""
        self.save()
        self._log("finish" if self.finished else "stop", time=time.time(), step=self.state.step)
        self._flush()
        self.run.sync_log()

    def fail(self, error: Exception) -> None:
        """Say in the log why the run cannot go on, and how it could."""
        alarm = self._lookout.failed(failure_kind(error), self.state, explain(error))
        with contextlib.suppress(OSError):
            self._log("alarm", **as_record(alarm))
            self._flush()
        log_failure(self.run, error)

    def interrupt(self, error: LostRankError) -> None:
        """Say in the log why the run was cut off; it goes on from its last snapshot."""
        with contextlib.suppress(OSError):
            self._log("interrupt", time=time.time(), step=self.state.step, message=str(error))
            self._flush()

    def _go_on_from(self, step: int, config: TrainConfig) -> None:
        self._go_on_with(self._state_at(step, config))

    def _go_on_with(self, state: TrainState) -> None:
        self.state = state
        self._changed = False  # since the last snapshot
        self._unsaved_s = 0.0  # of training since then
        self._ticks = train(self.data, state, tick_s=self._tick_s)

    def _take(self, tick: Tick) -> None:
        """Write a tick down and look for what is wrong."""
        if tick.series:
            self._changed = True
            self._log("tick", step=tick.step, seconds=tick.seconds, images=tick.images, series=dict(tick.series))
        self._trained_s += tick.seconds
        if tick.preview is not None:
            self._try_to_write(partial(self._save_preview, tick.preview))
        self._score(tick)
        self._unsaved_s += tick.seconds
        overdue = self._unsaved_s >= max(MOST_LOST_S, self._save_s / MOST_SHARE)
        if tick.snapshot_due or overdue:
            self._unsaved_s = 0.0  # also where it cannot be written: the next try has its time
            self._try_to_write(partial(self.save, interim=not tick.snapshot_due))
        self._lookout.take(tick)
        for kind, fields in self._lookout.changes(self.state, self.snapshots):
            self._log(kind, **fields)

    def _save_preview(self, shown: Preview) -> None:
        measures = shown.measures
        scores = None if measures is None else asdict(measures.scores)
        self.run.save_sample(shown.step, shown.images, scores, shown.plane)
        if measures is not None:
            self._log("measures", step=shown.step, values=dict(measures.values) | self._communication())

    def _communication(self) -> dict[str, float]:
        """Which share of the time since the last look went into what ranks tell each other.

        Nothing of one alone, nor of GPUs, which are told while they calculate.
        """
        spent, trained = self._shared_since
        self._shared_since = (self._ranks.spent_s, self._trained_s)
        passed = self._trained_s - trained
        told = not self._ranks.alone and self.state.device.type == "cpu" and passed
        return {} if not told else {"communication": (self._ranks.spent_s - spent) / passed}

    def _score(self, tick: Tick) -> None:
        """Let the samples be judged where they are looked at or kept, if it is time for that."""
        due = tick.preview is not None or tick.snapshot_due
        self.scores = self._judge(self.state, self._trained_s, tick.snapshot_due) if due else None
        if self.scores is not None:
            self._log("score", time=time.time(), step=tick.step, **asdict(self.scores))
            self._lookout.take_scores(tick.step, self.scores)

    def _try_to_write(self, write: Callable[[], None]) -> None:
        """A disk that is full or read-only ends no run: an alarm says so, and what was there before stays."""
        try:
            write()
            self._lookout.disk_worked()
        except OSError as error:
            self._lookout.disk_failed(self.state, explain(error))

    def _state_at(self, step: int, config: TrainConfig) -> TrainState:
        if step == 0:
            return new_state(config, self.data, auto=self._auto, ranks=self._ranks)
        return restore_state(config, self.data, self.run.load_snapshot(step), auto=self._auto, ranks=self._ranks)

    def _obey_one(self, order_id: str, order: orders.Order) -> None:
        kind, changes = order["kind"], order.get("changes", {})
        if kind == "edit":
            self.edit(changes, order=order_id)
        elif kind == "undo":
            self.undo(order=order_id)
        elif kind == "rewind":
            self.rewind(int(order.get("step", 0)), changes, order=order_id)
        elif kind == "pause":
            self.pause(order=order_id)
        elif kind == "unpause":
            self.unpause(order=order_id)
        elif kind == "stop":
            self.stopped = True
        else:
            raise RunError(f"order {kind!r} is unknown: send edit, undo, rewind, pause, unpause or stop")

    def _rest(self, paused: bool, order: str) -> None:
        if paused == self.paused:
            raise RunError(f"run {self.run.id!r} is {'paused already' if paused else 'not paused'}")
        self.paused = paused
        said = {"order": order} if order else {}
        self._log("pause" if paused else "unpause", time=time.time(), step=self.state.step, **said)

    def _log_begin(self) -> None:
        state, history = self.state, self.run.history()
        machine = {"ganlab": VERSION, "torch": torch.__version__, "python": platform.python_version()}
        device = device_title(state)
        kind = "resume" if history.begun else "start"
        self._log(kind, time=time.time(), step=state.step, device=device, **machine)
        for name in history.alarms:  # what still holds is raised again
            self._log("clear", name=name, step=state.step)

    def _log_edit(self, kind: EditKind, changes: Mapping[str, Any], order: str) -> None:
        self._lookout.edited(self.state.step)
        said = {"order": order} if order else {}
        self._log(kind, time=time.time(), step=self.state.step, changes=changes, **said)

    def _log(self, kind: str, **fields: Any) -> None:
        """Append a record. Where the disk has no room they wait in memory for the next try, so that none is lost."""
        self._unwritten += encode_record(kind, fields)
        try:
            self._flush()
        except OSError as error:
            self._lookout.disk_failed(self.state, explain(error))

    def _flush(self) -> None:
        self._check_kept()
        self.run.append_log(self._unwritten)
        self._unwritten = b""

    def _check_kept(self) -> None:
        """Before anything is written that counts. Raises RunBusyError."""
        if not self._kept():
            raise RunBusyError(
                f"run {self.run.id!r} was taken over by another ganlab, since this one was not heard of for "
                f"{LEASE_S:g} s: look at it there"
            )


def log_failure(run: Run, error: Exception) -> None:
    """Say in the log why the run ended."""
    with contextlib.suppress(OSError):
        changed = {"changed": True} if isinstance(error, ChangedError) else {}
        run.log("fail", time=time.time(), message=explain(error), **changed)
