"""Who watches a run while it trains: its last steps, and the alarms that stand."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Iterator

from ganlab.alarms import Alarm, FailureKind, Watch, after_failure, as_record, look
from ganlab.runs.folder import Run
from ganlab.runs.scored import Scores
from ganlab.training import Tick, TrainState

#: Seconds between two looks; one costs about a millisecond.
LOOK_EVERY_S = 1.0
#: Looks without an alarm until it is over, so that one at its limit does not come and go.
OVER_AFTER_LOOKS = 5


class Lookout:
    """Raises and clears alarms as ticks come in; a change is a record for the log.

    different: different pictures among some of those that the run trains on, 0 if not known.
    """

    def __init__(self, run: Run, step: int, *, different: int = 0) -> None:
        self._run = run
        self._different = different
        self._watch = Watch()
        self._edited_at = step
        self._looked_at = 0.0
        self._disk: Alarm | None = None
        self._absent: Counter[str] = Counter()
        self.standing: dict[str, Alarm] = {}

    def take(self, tick: Tick) -> None:
        """Keep a tick's values in mind."""
        self._watch.take(tick.series, tick.step)
        if tick.preview is not None and tick.preview.measures is not None:
            self._watch.take_measures(tick.step, tick.preview.measures.values)

    def take_scores(self, step: int, scores: Scores) -> None:
        """Keep in mind what the samples scored."""
        values = {name: value for name, (value, _, _) in scores.curves().items()}
        floor = {f"floor_{name}": value for name, value in scores.floor.items()}
        self._watch.take_measures(step, values | floor)

    def edited(self, step: int) -> None:
        """From here on other settings hold; what came after `step` is forgotten. Alarms are judged anew."""
        self._watch.take_back(step)
        self._edited_at = step
        self._looked_at = 0.0
        self._absent.update(dict.fromkeys(self.standing, OVER_AFTER_LOOKS))

    def disk_failed(self, state: TrainState, message: str) -> None:
        """A snapshot or a grid could not be written."""
        self._disk = self.failed("disk", state, message)

    def disk_worked(self) -> None:
        """Writing goes well again."""
        self._disk = None

    def failed(self, kind: FailureKind, state: TrainState, message: str) -> Alarm:
        """The alarm of a run that cannot go on as it is."""
        snapshots = self._run.snapshot_steps()
        return after_failure(kind, state.config, step=state.step, message=message, snapshots=snapshots)

    def changes(
        self, state: TrainState, snapshots: tuple[int, ...], *, now: bool = False
    ) -> Iterator[tuple[str, dict[str, object]]]:
        """Kind and fields of a record for each alarm that has come up or is over since the last look."""
        if not now and time.monotonic() - self._looked_at < LOOK_EVERY_S:
            return
        self._looked_at = time.monotonic()
        found = {alarm.name: alarm for alarm in (*self._seen(state, snapshots), *([self._disk] if self._disk else []))}
        self._absent = Counter({name: self._absent[name] + 1 for name in self.standing if name not in found})
        over = [name for name, looks in self._absent.items() if looks >= OVER_AFTER_LOOKS]
        # One that goes on standing keeps its first words; numbers that change at each look would fill the log.
        new = {name: alarm for name, alarm in found.items() if name not in self.standing}
        self.standing = {name: alarm for name, alarm in (self.standing | new).items() if name not in over}
        for name in over:
            yield "clear", {"name": name, "step": state.step}
        for alarm in new.values():
            yield "alarm", as_record(alarm)

    def _seen(self, state: TrainState, snapshots: tuple[int, ...]) -> tuple[Alarm, ...]:
        recent = self._watch.recent(
            state.config,
            snapshots=snapshots,
            edited_at=self._edited_at,
            disk_free=_free_bytes(self._run),
            snapshot_bytes=_bytes_of(self._run, snapshots[-1]) if snapshots else 0,
            images=state.example_count,
            different=self._different,
        )
        return look(recent)


def _bytes_of(run: Run, step: int) -> int:
    try:
        return run.snapshot_path(step).stat().st_size
    except OSError:
        return 0


def _free_bytes(run: Run) -> int | None:
    try:
        return shutil.disk_usage(run.path).free
    except OSError:
        return None
