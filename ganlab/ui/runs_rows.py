"""A run of the list in words: what state it is in, how far it is, what it has come to, what it takes on disk."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ganlab.data import DATASETS
from ganlab.errors import GanlabError
from ganlab.gan.losses import LOSSES
from ganlab.pictures import grid_columns, thumbnail
from ganlab.runs import Run, best_of
from ganlab.status import RunStatus, StateName, status_on_disk
from ganlab.ui.lab import Lab
from ganlab.ui.presence import byte_words

#: How each state is called, and the colour of its badge.
STATES: dict[StateName, tuple[str, str]] = {
    "training": ("Training", "green"),
    "loading": ("Loading", "blue"),
    "paused": ("Paused", "orange"),
    "stopping": ("Stopping", "orange"),
    "elsewhere": ("Running elsewhere", "violet"),
    "paused-elsewhere": ("Paused elsewhere", "violet"),
    "queued": ("Queued", "gray"),
    "finished": ("Finished", "blue"),
    "stopped": ("Stopped", "gray"),
    "failed": ("Failed", "red"),
    "interrupted": ("Interrupted", "orange"),
}
#: A space at which no line ends.
_FIXED = "\u00a0"


@dataclass(frozen=True)
class Row:
    """A run as the list shows it. values: of its last step, by series."""

    run: Run
    title: str
    note: str
    status: RunStatus
    values: tuple[tuple[str, float], ...]
    size_bytes: int

    @property
    def can_be_explored(self) -> bool:
        """Whether there are weights to draw with: of a snapshot, or of the last grid of a run in progress here."""
        live = self.status.state in ("training", "paused") and bool(self.status.samples)
        return live or bool(self.status.snapshots)

    def fits(self, text: str, states: Sequence[StateName]) -> bool:
        """Whether all words of `text` are in its names or settings, and its state is one of `states`, if any."""
        config = self.run.config
        places = (self.title, self.note, self.run.id, config.dataset, config.folder, config.loss, config.network)
        said = " ".join(places).casefold()
        return (not states or self.status.state in states) and all(word in said for word in text.casefold().split())


def rows_of(lab: Lab) -> list[Row]:
    """All runs, the newest first."""
    active = lab.service.active()
    return [row for run in lab.runs.all() if (row := _row_of(lab, run, run.id in active)) is not None]


def _row_of(lab: Lab, run: Run, active: bool) -> Row | None:
    """None when it was deleted or damaged meanwhile."""
    try:
        if active:
            return _row(run, lab.service.status(run.id))
        held = run.history().ending is None and run.held_elsewhere()
        return _row_at_rest(run, (*run.version(), held))
    except (GanlabError, OSError):
        return None


@functools.lru_cache(maxsize=2048)
def _row_at_rest(run: Run, version: tuple[int, ...]) -> Row:
    """As long as nothing in its folder changes, a run need not be looked through again."""
    return _row(run, status_on_disk(run))


def _row(run: Run, status: RunStatus) -> Row:
    last = run.last_values()
    values = tuple(last[1].items()) if last else ()
    return Row(run, run.title, run.history().note, status, values, run.size_bytes())


def facts_of(row: Row) -> str:
    """'step 1,234 of 2,000 · critic loss −3.21 · …': what is known; a line ends between two facts alone."""
    status, values = row.status, dict(row.values)
    steps = f"step {status.step:,} of {status.max_steps:,}"
    parent, best = row.run.parent, best_of(row.run.history())
    facts = [
        steps,
        *_losses(row.run, values),
        f"{status.steps_per_s:.1f} steps/s" if status.steps_per_s else "",
        f"{time_words(status.left_s)} left" if status.left_s and status.state == "training" else "",
        f"trained {time_words(status.elapsed_s)}" if status.elapsed_s else "",
        byte_words(row.size_bytes),
        f"best {best.title} {best.value:.3g} at step {best.step:,}" if best else "",
        _count(len(status.snapshots), "snapshot") if status.snapshots else "",
        "for exploring only" if status.slimmed else "",
        f"fork of {parent[0]} at step {parent[1]:,}" if parent else "",
    ]
    return f"{_FIXED}· ".join(fact.replace(" ", _FIXED) for fact in facts if fact)


def live_facts(lab: Lab, run_id: str) -> dict[str, object]:
    """What the row of a run in progress shows, as one JSON-ready value. Raises RunError."""
    row = _row(lab.runs.get(run_id), lab.service.status(run_id))
    status = row.status
    return {
        "state": status.state,
        "live": status.live or status.state == "paused",
        "step": status.step,
        "max_steps": status.max_steps,
        "facts": facts_of(row),
    }


def totals_of(rows: Iterable[Row], free_bytes: int | None) -> str:
    """'12 runs · 340 MB on disk · 51 GB free'."""
    rows = list(rows)
    free = f"  ·  {byte_words(free_bytes)} free" if free_bytes is not None else ""
    return f"{_count(len(rows), 'run')}  ·  {byte_words(sum(row.size_bytes for row in rows))} on disk{free}"


def picture_of(row: Row) -> bytes | None:
    """A corner of its last grid, as WebP; None before the first, or when it cannot be read."""
    if not row.status.samples:
        return None
    step = row.status.samples[-1][1]
    try:
        return _picture(row.run, step, row.run.sample_path(step).stat().st_mtime_ns)
    except (GanlabError, OSError, ValueError):
        return None


@functools.lru_cache(maxsize=512)
def _picture(run: Run, step: int, version: int) -> bytes:
    return thumbnail(run.sample(step), _columns(run))


def _columns(run: Run) -> int:
    """Points share one picture."""
    return grid_columns(run.config.preview_count) if DATASETS[run.config.dataset].has_images else 1


def time_words(seconds: float) -> str:
    """'40 s', '3 min', '2 h 10 min'."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _losses(run: Run, values: dict[str, float]) -> list[str]:
    titles = {"loss_d": LOSSES[run.config.loss].d_title, "loss_g": "generator"}
    return [f"{title} loss {values[name]:.3g}".replace("-", "−") for name, title in titles.items() if name in values]


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
