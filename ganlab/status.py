"""What state a run is in, as its folder tells it; the service knows better of those it works on itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ganlab.alarms import Alarm, alarm_of
from ganlab.config import TrainConfig
from ganlab.runs import EXPLORE_ONLY, Edit, Ending, History, Run, orders
from ganlab.steps import Ranges, steps_in
from ganlab.training import Report

StateName = Literal[
    "queued",
    "loading",
    "training",
    "paused",
    "stopping",
    "stopped",
    "finished",
    "failed",
    "interrupted",
    "elsewhere",
    "paused-elsewhere",
]
Action = Literal["pause", "unpause", "stop", "resume", "resume_anyway"]

#: What may be done to a run in each state; states not listed allow nothing.
ACTIONS: dict[StateName, tuple[Action, ...]] = {
    "queued": ("stop",),
    "loading": ("stop",),
    "training": ("pause", "stop"),
    "paused": ("unpause", "stop"),
    "stopped": ("resume",),
    "failed": ("resume",),
    "interrupted": ("resume",),
    "elsewhere": ("pause", "stop"),
    "paused-elsewhere": ("unpause", "stop"),
}
#: States that change by themselves, so that watching them makes sense.
LIVE_STATES: tuple[StateName, ...] = ("queued", "loading", "training", "stopping", "elsewhere", "paused-elsewhere")
#: Another process holds the run, and takes orders.
ELSEWHERE: tuple[StateName, ...] = ("elsewhere", "paused-elsewhere")


@dataclass(frozen=True)
class RunStatus:
    """A run at one moment. Speeds and times are None where they are not known; samples: steps that have a grid.

    config: the settings as they stand; edits: what was done to it, in order; snapshots: steps that have one; slimmed:
    they hold generators alone, so that nothing can be done to it but explore it; changed: it did not begin, since its
    data or files are not as it left them; reports: of the last single updates; slow_s: seconds between two steps in
    slow motion, else 0; pending: orders that wait for the next tick; notice: why the last one came to nothing;
    waits_for: the run that a queued one waits for; communication: share of the time that several ranks spend on
    telling each other, where another process trains them.
    """

    run_id: str
    state: StateName
    step: int
    config: TrainConfig
    message: str = ""
    progress: tuple[str, float | None] | None = None
    steps_per_s: float | None = None
    images_per_s: float | None = None
    elapsed_s: float | None = None
    samples: Ranges = ()
    device: str = ""
    edits: tuple[Edit, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    snapshots: tuple[int, ...] = ()
    slimmed: bool = False
    changed: bool = False
    reports: tuple[Report, ...] = ()
    slow_s: float = 0.0
    pending: int = 0
    notice: str = ""
    waits_for: str = ""
    communication: float | None = None

    @property
    def max_steps(self) -> int:
        return self.config.max_steps

    @property
    def actions(self) -> tuple[Action, ...]:
        allowed = () if self.slimmed else ACTIONS.get(self.state, ())
        return (*allowed, "resume_anyway") if self.changed and "resume" in allowed else allowed

    @property
    def sample_steps(self) -> tuple[int, ...]:
        return steps_in(self.samples)

    @property
    def live(self) -> bool:
        return self.state in LIVE_STATES

    @property
    def left_s(self) -> float | None:
        return (self.max_steps - self.step) / self.steps_per_s if self.steps_per_s else None


def status_on_disk(run: Run) -> RunStatus:
    """The fold of the run's log, and whether somebody is writing to it."""
    history, slimmed = run.history(), run.slimmed
    state = _state_on_disk(run, history)
    note = f"This run {EXPLORE_ONLY}." if slimmed else _note(run, state)
    waiting = [order for _, order in orders.waiting(run.orders_folder)]
    pace = history.pace() if state == "elsewhere" else None
    return RunStatus(
        run_id=run.id,
        state=state,
        step=history.step,
        config=run.now,
        message=f"{history.message} {note}".strip() if slimmed else history.message or note,
        steps_per_s=pace,
        images_per_s=pace and pace * run.now.d_steps * run.now.batch_size,
        communication=history.communication() if state == "elsewhere" else None,
        elapsed_s=history.training_s,
        samples=run.samples(history),
        device=history.device,
        edits=tuple(history.edits),
        alarms=tuple(_alarms_of(history.alarms)),
        snapshots=run.snapshot_steps(),
        slimmed=slimmed,
        changed=history.changed,
        pending=len(waiting) if state in ELSEWHERE else 0,
        notice=history.lost or history.refused if state in ELSEWHERE else _lost(waiting) or history.lost,
    )


def _lost(waiting: list[orders.Order]) -> str:
    """What is said of orders that wait where nobody trains; of several the last counts."""
    return next(filter(None, map(orders.lost, reversed(waiting))), "")


def _alarms_of(records: Mapping[str, Mapping[str, Any]]) -> Iterator[Alarm]:
    for record in records.values():
        with contextlib.suppress(KeyError, TypeError, ValueError):
            yield alarm_of(record)


def _state_on_disk(run: Run, history: History) -> StateName:
    if history.ending == "finish" and history.step < run.now.max_steps:
        return "stopped"  # it was given more steps
    if history.ending is not None:
        return _ENDED[history.ending]
    if run.held_elsewhere():
        return "paused-elsewhere" if history.paused else "elsewhere"
    return "interrupted" if history.begun else "stopped"


def _note(run: Run, state: StateName) -> str:
    """What the state alone does not tell."""
    if state in ELSEWHERE:
        return "Another ganlab on this folder trains this run, and takes orders from here."
    ended = "The app ended while this run was training." if state == "interrupted" else ""
    where = where_it_goes_on(run) if "resume" in ACTIONS.get(state, ()) else ""
    return f"{ended} {where}".strip()


def where_it_goes_on(run: Run) -> str:
    """Where Resume begins, if that is not where the run stands."""
    history, steps = run.history(), run.snapshot_steps()
    begin = steps[-1] if steps else 0
    if begin == history.step:
        return ""
    last = f"goes on from its last snapshot, of step {begin:,}"
    where = last if steps else "begins at step 0, as there is no snapshot"
    return f"Resume {where}; the steps up to {history.step:,} are done once more."


_ENDED: dict[Ending, StateName] = {"stop": "stopped", "finish": "finished", "fail": "failed"}


def way_out(state: StateName) -> str:
    """What can be done instead, to end a sentence about an order that this state does not allow."""
    allowed = ACTIONS.get(state, ())
    return f"what can be done now is {' or '.join(allowed)}" if allowed else "nothing can be done to it now"
