"""The training service: one worker thread, a queue of runs, and values for whoever watches.

Knows nothing of screens. Every method may be called from any thread. What it hands out are frozen
values and copies; orders (pause, stop …) are obeyed at the next tick.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from torch import Tensor

from ganlab.config import TrainConfig
from ganlab.curves import Curves, CurvesPart
from ganlab.errors import RunError
from ganlab.runs import Run, Runs, check_resumable, device_title, drive, explain
from ganlab.status import ACTIONS, RunStatus, StateName, status_on_disk, way_out
from ganlab.steps import Ranges, ranges_of, with_step
from ganlab.training import Tick, TrainState, check_fit

#: Seconds of training that the shown speed is averaged over.
SPEED_WINDOW_S = 5.0


class Cancelled(BaseException):
    """Stop was pressed before the first step. No Exception, so that nothing on the way takes it for a failure."""


@dataclass
class Job:
    """A run that the service works on or will. Guarded by the service's lock."""

    run: Run
    state: StateName = "queued"
    wish: Literal["go", "pause", "stop"] = "go"
    message: str = ""
    device: str = ""
    progress: tuple[str, float | None] | None = None
    step: int = 0
    elapsed_s: float = 0.0
    curves: Curves = field(default_factory=Curves)
    samples: Ranges = ()
    recent: deque[tuple[int, int, float]] = field(default_factory=deque)
    generator: tuple[int, dict[str, Tensor]] | None = None


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

    def start(self, config: TrainConfig) -> str:
        """Make a run and queue it. Returns its id. Raises ConfigError, RunError."""
        check_fit(config)
        run = self.runs.create(config)
        self._enqueue(Job(run))
        return run.id

    def resume(self, run_id: str) -> None:
        """Queue a run that was stopped, failed or cut off, to go on from its last snapshot. Raises RunError."""
        run = self.runs.get(run_id)
        state = self.status(run_id).state
        if "resume" not in ACTIONS.get(state, ()):
            raise RunError(f"run {run_id!r} is {state} and cannot be resumed: {way_out(state)}")
        check_resumable(run)
        steps, history = run.snapshot_steps(), run.history()
        # Without a snapshot it begins anew, first grid included.
        last = steps[-1] if steps else 0
        self._enqueue(
            Job(
                run,
                step=last,
                elapsed_s=history.seconds(until=last),
                curves=history.curves(until=last),
                samples=ranges_of(step for step in run.sample_steps() if steps and step <= last),
            )
        )

    def pause(self, run_id: str) -> None:
        """Hold a training run at its next tick. Raises RunError when it is not training."""
        self._order(run_id, "pause", allowed=("training",))

    def unpause(self, run_id: str) -> None:
        """Let a paused run go on. Raises RunError when it is not paused."""
        self._order(run_id, "go", allowed=("paused",))

    def stop(self, run_id: str) -> None:
        """End a run at its next tick, with a snapshot; a queued one leaves the queue. Raises RunError."""
        self._order(run_id, "stop", allowed=("queued", "loading", "training", "paused"))

    def act(self, run_id: str, action: str) -> None:
        """Do one of `Action` by name. Raises RunError for another name or when the run's state does not allow it."""
        orders = {"pause": self.pause, "unpause": self.unpause, "stop": self.stop, "resume": self.resume}
        if action not in orders:
            raise RunError(f"unknown action {action!r}: choose one of {', '.join(orders)}")
        orders[action](run_id)

    def status(self, run_id: str) -> RunStatus:
        """The run as it is now. Raises RunError when there is none."""
        with self._changed:
            job = self._jobs.get(run_id)
            if job is not None:
                return _status_of_job(job)
        return status_on_disk(self.runs.get(run_id))

    def active(self) -> tuple[str, ...]:
        """Runs that are training, paused or waiting, in the order they are worked on."""
        with self._changed:
            return tuple(self._jobs)

    def curves(self, run_id: str, *, bucket: int = 0, start: int = 0) -> CurvesPart:
        """What a reader lacks of the run's curves (see `Curves.part`). Raises RunError."""
        with self._changed:
            job = self._jobs.get(run_id)
            if job is not None:
                return job.curves.part(bucket=bucket, start=start)
        return self.runs.get(run_id).curves().part(bucket=bucket, start=start)

    def live_generator(self, run_id: str) -> tuple[int, Mapping[str, Tensor]] | None:
        """Step and a copy of the averaged generator of a run in progress, as of its last grid; else None."""
        with self._changed:
            job = self._jobs.get(run_id)
            return job.generator if job is not None else None

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

    def _state(self, run_id: str) -> StateName:
        job = self._jobs.get(run_id)
        return job.state if job is not None else status_on_disk(self.runs.get(run_id)).state

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
            if job is None or state not in allowed:
                raise RunError(f"run {run_id!r} is {state}: {way_out(state)}")
            job.wish = wish
            if wish == "stop" and state == "queued":
                self._queue.remove(job)
                del self._jobs[run_id]
            elif wish == "stop":
                job.state = "stopping"
            self._changed.notify_all()

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
            self._run_job(job)
            with self._changed:
                self._jobs.pop(job.run.id, None)
                self._changed.notify_all()

    def _run_job(self, job: Job) -> None:
        """Train one run to its end. The one place where any error becomes a state: the log holds it."""
        ticks = drive(job.run, tick_s=self._tick_s, progress=lambda label, share: self._loading(job, label, share))
        try:
            # Closing is inside, since it writes a snapshot and that may fail.
            with contextlib.closing(ticks):
                for state, tick in ticks:
                    self._publish(job, state, tick)
                    if not self._may_go_on(job):
                        break
        except Cancelled:
            pass
        except Exception as error:  # noqa: BLE001 - the thread's edge: an error becomes a state on screen
            with self._changed:
                job.state, job.message = "failed", explain(error)

    def _loading(self, job: Job, label: str, share: float | None) -> None:
        with self._changed:
            job.progress = (label, share)
            if job.wish == "stop":
                raise Cancelled

    def _publish(self, job: Job, state: TrainState, tick: Tick) -> None:
        """Take over a tick's values; the state itself stays with this thread."""
        generator = (state.step, state.generator_tensors()) if tick.preview is not None else None
        with self._changed:
            if job.state == "loading":
                job.state, job.progress = "training", None
                job.device = device_title(state.device, state.precision)
            job.curves.append(tick.series)
            job.step = tick.step
            job.elapsed_s += tick.seconds
            if tick.series:
                steps = len(next(iter(tick.series.values())))
                job.recent.append((steps, tick.images, tick.seconds))
                while len(job.recent) > 1 and sum(seconds for _, _, seconds in job.recent) > SPEED_WINDOW_S:
                    job.recent.popleft()
            if generator is not None:
                job.generator = generator
                job.samples = with_step(job.samples, tick.step)
            self._changed.notify_all()

    def _may_go_on(self, job: Job) -> bool:
        """Obey pause and stop; returns False for stop."""
        with self._changed:
            if job.wish == "pause":
                job.state = "paused"
                self._changed.notify_all()
                self._changed.wait_for(lambda: job.wish != "pause")
                if job.wish == "go":
                    job.state = "training"
                    self._changed.notify_all()
            return job.wish != "stop"


def _status_of_job(job: Job) -> RunStatus:
    seconds = sum(seconds for _, _, seconds in job.recent)
    training = job.state == "training" and seconds > 0
    return RunStatus(
        run_id=job.run.id,
        state=job.state,
        step=job.step,
        max_steps=job.run.config.max_steps,
        message=job.message,
        progress=job.progress,
        steps_per_s=sum(steps for steps, _, _ in job.recent) / seconds if training else None,
        images_per_s=sum(images for _, images, _ in job.recent) / seconds if training else None,
        elapsed_s=job.elapsed_s,
        samples=job.samples,
        device=job.device,
    )
