"""What state a run is in, as its folder tells it; the service knows better of those it works on itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ganlab.runs import Ending, History, Run
from ganlab.steps import Ranges, ranges_of, steps_in

StateName = Literal[
    "queued", "loading", "training", "paused", "stopping", "stopped", "finished", "failed", "interrupted", "elsewhere"
]
Action = Literal["pause", "unpause", "stop", "resume"]

#: What may be done to a run in each state; states not listed allow nothing.
ACTIONS: dict[StateName, tuple[Action, ...]] = {
    "queued": ("stop",),
    "loading": ("stop",),
    "training": ("pause", "stop"),
    "paused": ("unpause", "stop"),
    "stopped": ("resume",),
    "failed": ("resume",),
    "interrupted": ("resume",),
}
#: States that change by themselves, so that watching them makes sense.
LIVE_STATES: tuple[StateName, ...] = ("queued", "loading", "training", "stopping", "elsewhere")


@dataclass(frozen=True)
class RunStatus:
    """A run at one moment. Speeds and times are None where they are not known; samples: steps that have a grid."""

    run_id: str
    state: StateName
    step: int
    max_steps: int
    message: str = ""
    progress: tuple[str, float | None] | None = None
    steps_per_s: float | None = None
    images_per_s: float | None = None
    elapsed_s: float | None = None
    samples: Ranges = ()
    device: str = ""

    @property
    def actions(self) -> tuple[Action, ...]:
        return ACTIONS.get(self.state, ())

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
    history = run.history()
    state = _state_on_disk(run, history)
    return RunStatus(
        run_id=run.id,
        state=state,
        step=history.step,
        max_steps=run.config.max_steps,
        message=history.message or _NOTES.get(state, ""),
        elapsed_s=history.training_s,
        samples=ranges_of(step for step in run.sample_steps() if step <= history.step),
        device=history.device,
    )


def _state_on_disk(run: Run, history: History) -> StateName:
    if history.ending is not None:
        return _ENDED[history.ending]
    if run.held_elsewhere():
        return "elsewhere"
    return "interrupted" if history.begun else "stopped"


_ENDED: dict[Ending, StateName] = {"stop": "stopped", "finish": "finished", "fail": "failed"}
_NOTES: dict[StateName, str] = {
    "interrupted": "The app ended while this run was training; Resume goes on from its last snapshot.",
    "elsewhere": "Another ganlab on this folder is training this run; it can be watched here and stopped there.",
}


def way_out(state: StateName) -> str:
    """What can be done instead, to end a sentence about an order that this state does not allow."""
    allowed = ACTIONS.get(state, ())
    return f"what can be done now is {' or '.join(allowed)}" if allowed else "nothing can be done to it now"
