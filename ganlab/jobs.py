"""A run that the service works on: what is wished of it, and what is known of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from torch import Tensor

from ganlab.alarms import Alarm
from ganlab.config import TrainConfig, WeightsName
from ganlab.curves import Curves
from ganlab.runs import Driver, Edit, Run, Scores, device_title
from ganlab.status import RunStatus, StateName
from ganlab.steps import Ranges, ranges_of, with_step
from ganlab.training import Report, Tick

#: Seconds of training that the shown speed is averaged over.
SPEED_WINDOW_S = 5.0
#: Single updates that are remembered.
MOST_REPORTS = 20

_STOPPING = "Waiting for the step in hand to end; then a snapshot is written."

#: What is to be done between two ticks. Raises GanlabError.
Order = Callable[[Driver], None]


@dataclass
class Job:
    """A run that the service works on or will. Guarded by the service's lock.

    anyway: it goes on also where its data or files are not as it left them.
    orders: to be carried out at the next tick, in order; notice: why the last one was refused; lost: that
    one of another process has come to nothing.
    generators: steps and copies of the generator, of the last grid or since: the averaged one always, the one as
    trained only where `raw_wished`, by somebody who has asked for it since it was last copied.
    """

    run: Run
    config: TrainConfig
    state: StateName = "queued"
    wish: Literal["go", "pause", "stop"] = "go"
    anyway: bool = False
    message: str = ""
    notice: str = ""
    lost: str = ""
    device: str = ""
    progress: tuple[str, float | None] | None = None
    step: int = 0
    elapsed_s: float = 0.0
    slow_s: float = 0.0
    curves: Curves = field(default_factory=Curves)
    rewinds: int = 0
    samples: Ranges = ()
    snapshots: tuple[int, ...] = ()
    edits: tuple[Edit, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    orders: deque[Order] = field(default_factory=deque)
    reports: deque[Report] = field(default_factory=lambda: deque(maxlen=MOST_REPORTS))
    recent: deque[tuple[int, int, float]] = field(default_factory=deque)
    generators: dict[WeightsName, tuple[int, dict[str, Tensor]]] = field(default_factory=dict)
    raw_wished: bool = False

    def begin(self, step: int) -> None:
        """Take over what the run's folder holds up to `step`."""
        history = self.run.history()
        self.step = step
        self.edits = tuple(history.edits)
        self.snapshots = self.run.snapshot_steps()
        self.elapsed_s = history.seconds(until=step)
        self.curves = self.run.curves_until(step)
        # Without a snapshot it begins anew, first grid included.
        self.samples = ranges_of(each for each in self.run.sample_steps() if step and each <= step)
        self.recent.clear()
        self.generators = {}

    def take(self, tick: Tick, scores: Scores | None = None) -> None:
        """Add what happened since the last tick."""
        self.curves.append(tick.series)
        self.step = tick.step
        self.elapsed_s += tick.seconds
        if tick.preview is not None:
            self.samples = with_step(self.samples, tick.step)
            if tick.preview.measures is not None:
                self.curves.put(tick.step, tick.preview.measures.values)
        if scores is not None:
            self.curves.put(tick.step, scores.curves())
        if tick.series:
            steps = len(next(iter(tick.series.values())))
            self.recent.append((steps, tick.images, tick.seconds))
            while len(self.recent) > 1 and sum(seconds for _, _, seconds in self.recent) > SPEED_WINDOW_S:
                self.recent.popleft()

    @property
    def raw_due(self) -> bool:
        """Whether somebody waits for the generator as trained."""
        return self.raw_wished and "generator" not in self.generators

    def look_at(self, driver: Driver) -> bool:
        """Take over how the run stands between two ticks. True if it was rewound: then its last tick is in as well."""
        state = driver.state
        self.config = state.config
        self.device = device_title(state)
        self.alarms = driver.alarms
        history = self.run.history()
        self.edits, self.lost = tuple(history.edits), history.lost
        self.snapshots = driver.snapshots
        rewound = driver.rewinds != self.rewinds
        if rewound:
            self.rewinds = driver.rewinds
            self.begin(state.step)
        return rewound

    def status(self) -> RunStatus:
        """The run as it is now, as a value."""
        seconds = sum(seconds for _, _, seconds in self.recent)
        training = self.state == "training" and seconds > 0 and not self.slow_s
        return RunStatus(
            run_id=self.run.id,
            state=self.state,
            step=self.step,
            config=self.config,
            message=_STOPPING if self.state == "stopping" else self.message,
            progress=self.progress,
            steps_per_s=sum(steps for steps, _, _ in self.recent) / seconds if training else None,
            images_per_s=sum(images for _, images, _ in self.recent) / seconds if training else None,
            elapsed_s=self.elapsed_s,
            samples=self.samples,
            device=self.device,
            edits=self.edits,
            alarms=self.alarms,
            snapshots=self.snapshots,
            reports=tuple(self.reports),
            slow_s=self.slow_s,
            pending=len(self.orders),
            notice=self.notice or self.lost,
        )
