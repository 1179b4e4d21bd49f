"""The generators of runs, kept ready."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from torch import Tensor

from ganlab.errors import RunError
from ganlab.explore.checks import check_one_of
from ganlab.explore.loading import WEIGHTS, Loaded, WeightsName, load_file, load_run
from ganlab.runs import Run, Runs

#: A step that has a snapshot, the last one that has, or the generator of a run in progress.
Snapshot = int | Literal["last", "live"]
#: (run, weights) → step and tensors ("average.…" or "generator.…") of a run in progress, or None.
Live = Callable[[str, WeightsName], tuple[int, Mapping[str, Tensor]] | None]

MOST_IMAGES = 256
MOST_LOADED = 8

#: What tells whether a loaded generator is still the one that is asked for: a file's time, or live tensors.
_Stamp = int | Mapping[str, Tensor]


class Explorer:
    """Loads the generators of `runs` and keeps the last few. Every method may be called from any thread."""

    def __init__(self, runs: Runs, live: Live = lambda run_id, weights: None) -> None:
        self.runs = runs
        self._live = live
        self._lock = threading.Lock()
        self._loaded: OrderedDict[tuple[str, Snapshot, WeightsName], tuple[_Stamp, Loaded]] = OrderedDict()

    def snapshots(self, run_id: str) -> tuple[int, ...]:
        """Steps of a run that can be drawn from, rising. Raises RunError when there is no such run."""
        return self.runs.get(run_id).snapshot_steps()

    def load(self, run_id: str, snapshot: Snapshot = "last", *, weights: WeightsName = "average") -> Loaded:
        """The generator of a snapshot; "live" is the last snapshot when the run is not in progress.

        weights: "average" or "generator", the one as trained, which a slimmed run no longer has.
        Raises RunError: no such run, or nothing to draw from yet. Raises SnapshotError: missing or damaged.
        """
        check_one_of("weights", weights, WEIGHTS)
        run = self.runs.get(run_id)
        now = self._live(run_id, weights) if snapshot == "live" else None
        if now is not None:
            return self._keep((run.id, "live", weights), now[1], lambda: load_run(run, now[0], weights, now[1]))
        step = snapshot if isinstance(snapshot, int) else _last_step(run)
        return self._keep((run.id, step, weights), _written_ns(run, step), lambda: _read(run, step, weights))

    def load_file(self, path: Path, *, weights: WeightsName = "average") -> Loaded:
        """The generator of a snapshot file from anywhere. Raises SnapshotError."""
        return load_file(path, weights=weights)

    def _keep(self, key: tuple[str, Snapshot, WeightsName], stamp: _Stamp, load: Callable[[], Loaded]) -> Loaded:
        """The loaded generator, from memory if it was used lately; two readers of one wait for one reading."""
        with self._lock:
            if key not in self._loaded or not _same(self._loaded[key][0], stamp):
                self._loaded[key] = (stamp, load())
                if len(self._loaded) > MOST_LOADED:
                    self._loaded.popitem(last=False)
            self._loaded.move_to_end(key)
            return self._loaded[key][1]


def _read(run: Run, step: int, weights: WeightsName) -> Loaded:
    return load_run(run, step, weights, run.load_snapshot(step, prefix=f"{weights}."))


def _same(one: _Stamp, other: _Stamp) -> bool:
    return one is other or (isinstance(one, int) and one == other)


def _written_ns(run: Run, step: int) -> int:
    """When the file of a snapshot was written: after a rewind the same step may have other weights."""
    try:
        return run.snapshot_path(step).stat().st_mtime_ns
    except (OSError, RunError):
        return 0  # reading it says what is wrong


def _last_step(run: Run) -> int:
    steps = run.snapshot_steps()
    if not steps:
        raise RunError(
            f"run {run.id!r} has no snapshot yet: let it train to step {run.config.snapshot_every}, "
            "or stop it, which writes one"
        )
    return steps[-1]
