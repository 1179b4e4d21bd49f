"""The training service: one worker thread, a queue of runs, and values for whoever watches.

Knows nothing of screens. Every method may be called from any thread. What it hands out are frozen
values and copies; orders (pause, stop …) are obeyed at the next tick.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from torch import Tensor

from ganlab.config import TrainConfig, WeightsName, edited
from ganlab.curves import CurvesPart
from ganlab.errors import RunError
from ganlab.jobs import Job, Order
from ganlab.runs import (
    Run,
    Runs,
    check_resumable,
    check_whole,
    edit_at_rest,
    rewind_at_rest,
    rewound,
    undo_at_rest,
    undoing,
)
from ganlab.runs.ask import send
from ganlab.runs.fork import fork
from ganlab.status import ACTIONS, ELSEWHERE, RunStatus, StateName, status_on_disk, way_out
from ganlab.training import Single, check_fit
from ganlab.work import Work

#: The slowest slow motion.
LONGEST_BEAT_S = 60.0
#: Single updates that may be ordered at once.
MOST_SINGLES = 1000
#: Requests for a run that are remembered, the last ones.
MOST_REQUESTS = 100


class Service:
    """Trains runs one after the other on a thread of its own."""

    def __init__(self, runs: Runs, *, tick_s: float = 0.25) -> None:
        self.runs = runs
        self._tick_s = tick_s
        self._changed = threading.Condition()
        self._jobs: dict[str, Job] = {}
        self._queue: deque[Job] = deque()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._starting = threading.Lock()
        self._requests: deque[tuple[str, str]] = deque(maxlen=MOST_REQUESTS)

    def start(self, config: TrainConfig, *, request: str = "") -> str:
        """Make a run and queue it. Returns its id. Raises ConfigError, RunError.

        request: a name for this wish; asked for once more by the same name, the same run is returned.
        """
        with self._starting:
            known = dict(self._requests).get(request)
            if known is not None:
                return known
            check_fit(config)
            run = self.runs.create(config)
            self._enqueue(Job(run, config))
            if request:
                self._requests.append((request, run.id))
            return run.id

    def resume(self, run_id: str, *, anyway: bool = False) -> None:
        """Queue a run that was stopped, failed or cut off, to go on from its last snapshot. Raises RunError.

        anyway: also where its data or files are not as it left them, which otherwise fails it with what differs.
        """
        run = self.runs.get(run_id)
        check_whole(run)
        state = self.status(run_id).state
        if "resume" not in ACTIONS.get(state, ()):
            raise RunError(f"run {run_id!r} is {state} and cannot be resumed: {way_out(state)}")
        check_resumable(run)
        job = Job(run, run.now, anyway=anyway)
        steps = run.snapshot_steps()
        job.begin(steps[-1] if steps else 0)
        self._enqueue(job)

    def pause(self, run_id: str) -> None:
        """Hold a training run at its next tick, also elsewhere. Raises RunError when it is not training."""
        self._order(run_id, "pause", allowed=("training",))

    def unpause(self, run_id: str) -> None:
        """Let a paused run go on, also elsewhere. Raises RunError when it is not paused."""
        self._order(run_id, "go", allowed=("paused",))

    def stop(self, run_id: str) -> None:
        """End a run, also elsewhere, at its next tick, with a snapshot; a queued one only leaves the queue.

        Raises RunError.
        """
        self._order(run_id, "stop", allowed=("queued", "loading", "training", "paused"))

    def edit(self, run_id: str, changes: Mapping[str, Any]) -> None:
        """Turn knobs, at the next tick of a run in progress, else when it goes on. Raises ConfigError, RunError."""
        self._steer(
            run_id,
            lambda job: edited(job.config, changes),
            lambda driver: driver.edit(changes),
            {"kind": "edit", "changes": dict(changes)},
            lambda run: edit_at_rest(run, changes),
        )

    def undo(self, run_id: str) -> None:
        """Put the values before the last edit back. Raises RunError when there is none."""
        self._steer(
            run_id,
            lambda job: None if job.orders else undoing(job.run),
            lambda driver: driver.undo(),
            {"kind": "undo"},
            undo_at_rest,
        )

    def rewind(self, run_id: str, step: int, changes: Mapping[str, Any] | None = None) -> None:
        """Go on from an earlier snapshot, perhaps with other knobs; a run at rest is queued.

        Raises SnapshotError, ConfigError, RunError.
        """
        changes = dict(changes or {})
        self._steer(
            run_id,
            lambda job: rewound(job.run, step, changes),
            lambda driver: driver.rewind(step, changes),
            {"kind": "rewind", "step": step, "changes": changes},
            lambda run: self._rewind_and_resume(run, step, changes),
        )

    def fork(self, run_id: str, step: int, changes: Mapping[str, Any] | None = None, *, name: str = "") -> str:
        """Queue a new run that goes on from a snapshot of this one, perhaps with other settings. Returns its id.

        Raises SnapshotError, ConfigError, RunError.
        """
        new = fork(self.runs, self.runs.get(run_id), step, dict(changes or {}), name=name)
        check_fit(new.config)
        self.resume(new.id)
        return new.id

    def single(self, run_id: str, what: Single, count: int = 1) -> None:
        """Update D, G or both `count` times by hand, while the run is paused. Raises RunError."""
        if what not in ("d", "g", "both") or not 1 <= count <= MOST_SINGLES:
            raise RunError(
                f"a single update is of 'd', 'g' or 'both', 1 to {MOST_SINGLES} times, got {what!r}, {count}"
            )
        with self._changed:
            job = self._jobs.get(run_id)
            if job is None or job.state != "paused":
                state = job.state if job is not None else self._state(run_id)
                raise RunError(f"run {run_id!r} is {state}: pause it to update its networks by hand")
            job.orders.extend([partial(Work(job, self._changed, self._tick_s).do_single, what)] * count)
            self._changed.notify_all()

    def slow(self, run_id: str, beat_s: float) -> None:
        """Slow motion: so many seconds between two steps, each with a report; 0 for full speed. Raises RunError."""
        if not 0 <= beat_s <= LONGEST_BEAT_S:
            raise RunError(f"the beat of slow motion is 0 to {LONGEST_BEAT_S:g} seconds, got {beat_s:g}")
        with self._changed:
            job = self._jobs.get(run_id)
            if job is None:
                raise RunError(f"run {run_id!r} is {self._state(run_id)}: slow motion is for a run in progress here")
            job.slow_s = beat_s
            job.recent.clear()
            self._changed.notify_all()

    def move(self, run_id: str, place: int) -> None:
        """Let a queued run be the `place`-th to be worked on, from 0; others give way. Raises RunError."""
        with self._changed:
            job = self._jobs.get(run_id)
            if job is None or job.state != "queued":
                raise RunError(f"run {run_id!r} is {self._state(run_id)}: only a queued run can be moved")
            self._queue.remove(job)
            self._queue.insert(max(0, place), job)
            self._changed.notify_all()

    def queue(self) -> tuple[str, ...]:
        """Runs that wait, in the order in which they will be worked on."""
        with self._changed:
            return tuple(job.run.id for job in self._queue)

    def delete(self, run_id: str) -> None:
        """Put a run away; `runs.restore` brings it back. Raises RunError while it is in progress."""
        with self._changed:
            if run_id in self._jobs:
                raise RunError(f"run {run_id!r} is {self._jobs[run_id].state}: stop it before deleting it")
            self.runs.delete(run_id)

    def act(self, run_id: str, action: str) -> None:
        """Do one of `Action` by name. Raises RunError for another name or when the run's state does not allow it."""
        orders: dict[str, Callable[[str], None]] = {
            "pause": self.pause,
            "unpause": self.unpause,
            "stop": self.stop,
            "resume": self.resume,
            "resume_anyway": partial(self.resume, anyway=True),
        }
        if action not in orders:
            raise RunError(f"unknown action {action!r}: choose one of {', '.join(orders)}")
        orders[action](run_id)

    def status(self, run_id: str) -> RunStatus:
        """The run as it is now. Raises RunError when there is none."""
        with self._changed:
            job = self._jobs.get(run_id)
            if job is not None:
                return replace(job.status(), waits_for=self._at_work() if job.state == "queued" else "")
        return status_on_disk(self.runs.get(run_id))

    def active(self) -> tuple[str, ...]:
        """Runs that are training, paused or waiting, in the order they are worked on."""
        with self._changed:
            return tuple(self._jobs)

    def curves(self, run_id: str, *, bucket: int = 0, start: int = 0, timeline: int | None = None) -> CurvesPart:
        """What a reader lacks of the run's curves (see `Curves.part`). Raises RunError."""
        with self._changed:
            job = self._jobs.get(run_id)
            if job is not None:
                return job.curves.part(bucket=bucket, start=start, timeline=timeline)
        return self.runs.get(run_id).curves().part(bucket=bucket, start=start, timeline=timeline)

    def live_generator(
        self, run_id: str, weights: WeightsName = "average", *, timeout_s: float = 10.0
    ) -> tuple[int, Mapping[str, Tensor]] | None:
        """Step and a copy of the averaged generator of a run in progress, as of its last grid; else None.

        weights: "generator" for the one as trained, as of the last grid or later. It is copied only for who asks: the
        first waits for the end of the step in hand, and whoever goes on asking finds one of each new grid.
        Raises RunError where that takes longer than `timeout_s`.
        """
        with self._changed:
            job = self._jobs.get(run_id)
            if job is None or not job.generators:
                return None
            if weights == "generator":
                job.raw_wished = True
                self._changed.notify_all()
                if not self._changed.wait_for(lambda: not job.raw_due or self._jobs.get(run_id) is not job, timeout_s):
                    raise RunError(f"run {run_id!r} is still in a step, and its weights come after it: try again")
            return job.generators.get(weights)

    def wait(self, run_id: str, *states: StateName, timeout_s: float) -> bool:
        """Wait until the run is in one of `states`. Returns whether it came to be."""
        with self._changed:
            return self._changed.wait_for(lambda: self._state(run_id) in states, timeout_s)

    def close(self, timeout_s: float = 10.0) -> bool:
        """Stop what is training, with a snapshot, and end the thread. May be called twice. Returns whether it ended."""
        with self._changed:
            self._closing = True
            for job in self._jobs.values():
                job.wish = "stop"
                if job.state != "queued":
                    job.state = "stopping"  # from here on pause and unpause are refused
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        return thread is None or not thread.is_alive()

    def _at_work(self) -> str:
        """The run that holds the thread, also while it is paused; "" for none."""
        return next((run_id for run_id, job in self._jobs.items() if job.state != "queued"), "")

    def _state(self, run_id: str) -> StateName:
        job = self._jobs.get(run_id)
        return job.state if job is not None else status_on_disk(self.runs.get(run_id)).state

    def _steer(
        self,
        run_id: str,
        check: Callable[[Job], object],
        order: Order,
        from_afar: Mapping[str, Any],
        at_rest: Callable[[Run], None],
    ) -> None:
        """Have it done by whoever trains the run: our own thread, another process, or at once if nobody does."""
        with self._changed:
            job = self._jobs.get(run_id)
            if job is not None:
                if job.state == "stopping":
                    raise RunError(f"run {run_id!r} is stopping: wait until it has stopped")
                check(job)
                job.orders.append(order)
                self._changed.notify_all()
                return
        run = self.runs.get(run_id)
        if status_on_disk(run).state in ELSEWHERE:
            send(run, from_afar)
        else:
            at_rest(run)

    def _rewind_and_resume(self, run: Run, step: int, changes: Mapping[str, Any]) -> None:
        rewind_at_rest(run, step, changes)
        self.resume(run.id)

    def _enqueue(self, job: Job) -> None:
        with self._changed:
            if self._closing:
                raise RunError("the training service is closing: start the app again")
            if job.run.id in self._jobs:
                raise RunError(f"run {job.run.id!r} is already {self._jobs[job.run.id].state}: wait for it or stop it")
            self._jobs[job.run.id] = job
            self._queue.append(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="ganlab-trainer", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def _order(self, run_id: str, wish: Literal["go", "pause", "stop"], *, allowed: tuple[StateName, ...]) -> None:
        with self._changed:
            job = self._jobs.get(run_id)
            # A pause that the next tick will obey counts as done, so that it can be taken back at once.
            pausing = job is not None and job.state == "training" and job.wish == "pause"
            state = "paused" if pausing else self._state(run_id)
            if job is None and state in ELSEWHERE:
                self._order_elsewhere(run_id, wish, state)
                return
            if job is None or state not in allowed:
                raise RunError(f"run {run_id!r} is {state}: {way_out(state)}")
            job.wish = wish
            if wish == "stop" and state == "queued":
                self._queue.remove(job)
                del self._jobs[run_id]
            elif wish == "stop":
                job.state = "stopping"
            self._changed.notify_all()

    def _order_elsewhere(self, run_id: str, wish: Literal["go", "pause", "stop"], state: StateName) -> None:
        action = "unpause" if wish == "go" else wish
        if action not in ACTIONS[state]:
            raise RunError(f"run {run_id!r} is {state}: {way_out(state)}")
        send(self.runs.get(run_id), {"kind": action})

    def _work(self) -> None:
        """The thread: one job after the other until the service closes."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._closing)
                if self._closing:
                    self._queue.clear()
                    self._jobs.clear()
                    return
                job = self._queue.popleft()
                job.state = "loading"
                self._changed.notify_all()
            Work(job, self._changed, self._tick_s).run()
            with self._changed:
                self._jobs.pop(job.run.id, None)
                self._changed.notify_all()
