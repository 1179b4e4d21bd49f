"""One job from its first tick to its last: orders obeyed between two ticks, values published after each."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from torch import Tensor

from ganlab.errors import GanlabError, TrainingError
from ganlab.evaluation import Judge
from ganlab.jobs import Job, Order
from ganlab.runs import REST_S, Driver, driving, explain
from ganlab.training import Report, Single, Tick


class Cancelled(BaseException):
    """Stop was pressed before the first step. No Exception, so that nothing on the way takes it for a failure."""


@dataclass
class Work:
    """The work on a job, on the service's thread. changed: the service's lock, told of every change."""

    job: Job
    changed: threading.Condition
    tick_s: float
    _paused: bool = False  # the driver, when last looked at

    def run(self) -> None:
        """Train one run to its end. The one place where any error becomes a state: the log holds it."""
        try:
            run, anyway = self.job.run, self.job.anyway
            with driving(run, tick_s=self.tick_s, progress=self._loading, anyway=anyway, judge=Judge) as driver:
                self._look(driver)
                while self._may_go_on(driver) and self._advance(driver):
                    pass
        except Cancelled:
            pass
        except Exception as error:  # noqa: BLE001 - the thread's edge: an error becomes a state on screen
            with self.changed:
                self.job.state, self.job.message = "failed", explain(error)

    def _advance(self, driver: Driver) -> bool:
        """The next tick, or in slow motion the next step and a pause; False at the end."""
        if not self.job.slow_s or driver.finished:
            tick = driver.tick()
            if tick is not None:
                self._publish(driver, tick)
            return tick is not None
        self.do_single("both", driver)
        driver.obey()
        with self.changed:
            self.changed.wait_for(
                lambda: self.job.wish != "go" or self.job.orders or not self.job.slow_s, self.job.slow_s
            )
        return not driver.stopped

    def do_single(self, what: Single, driver: Driver) -> None:
        report, tick = driver.single(what)
        self._publish(driver, tick, report)

    def _loading(self, label: str, share: float | None) -> None:
        with self.changed:
            self.job.progress = (label, share)
            if self.job.wish == "stop":
                raise Cancelled

    def _publish(self, driver: Driver, tick: Tick, report: Report | None = None) -> None:
        """Take over a tick's values; the state itself stays with this thread."""
        average = self._average(driver, due=tick.preview is not None)
        with self.changed:
            if not self.job.look_at(driver):
                self.job.take(tick, driver.scores)
            if report is not None:
                self.job.reports.append(report)
                self.job.generators.pop("generator", None)  # whoever goes on asking sees what the update did
            if average is not None:
                self.job.generators = {"average": average}
            self.changed.notify_all()

    def _average(self, driver: Driver, *, due: bool = False) -> tuple[int, dict[str, Tensor]] | None:
        """Step and a copy of the averaged generator, if it is due, or the last one is of steps that were taken back."""
        rewound = driver.rewinds != self.job.rewinds
        return (driver.state.step, driver.state.generator_tensors()) if due or rewound else None

    def _hand_out_raw(self, driver: Driver) -> None:
        """A copy of the generator as trained, if somebody waits for it; the averaged one is copied with each grid."""
        with self.changed:
            if not self.job.raw_due:
                return
        raw = (driver.state.step, driver.state.generator_tensors("generator"))
        with self.changed:
            self.job.generators["generator"] = raw
            self.job.raw_wished = False
            self.changed.notify_all()

    def _look(self, driver: Driver) -> None:
        average = self._average(driver)
        with self.changed:
            if self.job.state == "loading":
                self.job.state, self.job.progress = "training", None
            self.job.look_at(driver)
            if average is not None:
                self.job.generators = {"average": average}
            self.changed.notify_all()

    def _may_go_on(self, driver: Driver) -> bool:
        """Obey what was ordered since the last tick, and wait while the run is paused; returns False for stop."""
        while True:
            self._hand_out_raw(driver)
            self._agree_on_pause(driver)
            with self.changed:
                paused = self.job.wish == "pause"
                if paused and self.job.state == "training":
                    self.job.state = "paused"
                    self.changed.notify_all()
                if paused and not self.job.orders:
                    self.changed.wait_for(
                        lambda: self.job.wish != "pause" or self.job.orders or self.job.raw_due, REST_S
                    )
                if self.job.wish == "stop" or driver.stopped:
                    return False
                order = self.job.orders.popleft() if self.job.orders else None
                if order is None and self.job.wish == "go":
                    if self.job.state == "paused":
                        self.job.state = "training"
                        self.changed.notify_all()
                    return True
            self._carry_out(driver, order or Driver.obey)

    def _agree_on_pause(self, driver: Driver) -> None:
        """Another process may have ordered what the log tells it, or it was wished here, and the log must tell."""
        with self.changed:
            if driver.paused != self._paused and self.job.wish != "stop":
                self.job.wish = "pause" if driver.paused else "go"
            wished = self.job.wish == "pause"
        if wished and not driver.paused:
            driver.pause()
        elif driver.paused and not wished:
            driver.unpause()
        self._paused = driver.paused

    def _carry_out(self, driver: Driver, order: Order) -> None:
        """One order; a refusal is said on screen and changes nothing."""
        notice = self.job.notice if order is Driver.obey else ""
        try:
            order(driver)
        except (GanlabError, OSError) as error:
            if isinstance(error, TrainingError):
                raise
            notice = explain(error)
        with self.changed:
            self.job.notice = notice
        self._look(driver)
