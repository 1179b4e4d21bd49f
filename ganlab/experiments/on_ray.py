"""Runs trained by Ray, one task each, on whatever machines its cluster has.

The run folders lie on a path that all machines share, so logs, pages and orders are the same as for runs trained here.
"""

from __future__ import annotations

import logging
import os
import platform
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ganlab.config import TrainConfig
from ganlab.errors import ConfigError, GanlabError, RunBusyError, RunError
from ganlab.evaluation import Judge
from ganlab.runs import Run, Runs, drive, explain, log_failure
from ganlab.runs.ask import send
from ganlab.status import status_on_disk
from ganlab.version import VERSION

#: How often Ray begins a task again whose worker or machine is gone; the run goes on from its last snapshot.
RETRIES = 3
#: The lock of a machine that is gone may outlive it for so long.
LOCK_PATIENCE_S = 120.0
#: Seconds that runs which are told to stop may take for it.
STOP_PATIENCE_S = 60.0
_LOOK_EVERY_S = 5.0


@dataclass(frozen=True)
class Needs:
    """What a run takes of a machine while it trains; parts of a core or a GPU count."""

    cpus: float
    gpus: float


class Cluster:
    """A Ray cluster: the one that RAY_ADDRESS names, else one that runs here, else one made for this process.

    Raises ConfigError: Ray is not installed, cannot be reached, or is of another version there. To be closed.
    """

    def __init__(self) -> None:
        try:
            import ray
        except ImportError:
            raise ConfigError("--on ray needs Ray, which is not installed: pip install ray") from None
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, RuntimeError, ValueError) as error:
            where = os.environ.get("RAY_ADDRESS", "")
            raise ConfigError(
                f"Ray cannot be used{where and f' at {where!r}'} ({_brief(error)}): start it there with "
                "'ray start --head', or unset RAY_ADDRESS to use this machine alone"
            ) from None
        self._ray = ray

    def close(self) -> None:
        """Leave it; one that was made for this process ends."""
        self._ray.shutdown()

    def __str__(self) -> str:
        """'2 CPU cores', '64 CPU cores and 8 GPUs on 2 machines'"""
        there = self._ray.cluster_resources()
        machines = len([node for node in self._ray.nodes() if node["Alive"]])
        gpus = f" and {there['GPU']:g} GPUs" if there.get("GPU") else ""
        return f"{there.get('CPU', 0):g} CPU cores{gpus}" + (f" on {machines} machines" if machines > 1 else "")

    def needs(self, config: TrainConfig, cpus: float | None = None, gpus: float | None = None) -> Needs:
        """What a run takes; where nothing is asked for, a core, and a GPU if there is any that it may use."""
        usual = 1.0 if self._ray.cluster_resources().get("GPU") and config.device != "cpu" else 0.0
        return Needs(1.0 if cpus is None else cpus, usual if gpus is None else gpus)

    def fits(self, needs: Needs) -> bool:
        """Whether some machine of the cluster has so much."""
        there = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        return any(each.get("CPU", 0) >= needs.cpus and each.get("GPU", 0) >= needs.gpus for each in there)

    def train(
        self, runs: Mapping[Run, Needs], ended: Callable[[], bool] = lambda: False
    ) -> Generator[tuple[Run, str], None, None]:
        """Train runs to their ends; yields each as it ends, with why it failed or "".

        Once `ended()` is true, and when the generator is closed, what is in training stops, with a snapshot.
        """
        task = self._ray.remote(_train)
        going = {}
        for run, needs in runs.items():
            job = task.options(name=run.id, max_retries=RETRIES, num_cpus=needs.cpus, num_gpus=needs.gpus)
            going[job.remote(str(run.path.absolute()), _versions())] = run
        try:
            while going and not ended():
                for done in self._ray.wait(list(going), timeout=1)[0]:
                    run = going.pop(done)
                    yield run, self._outcome(run, done)
        finally:
            self._stop(going)

    def _outcome(self, run: Run, done: Any) -> str:
        """Why it failed, also in the run's log, or ""."""
        from ray.exceptions import RayError

        try:
            why = str(self._ray.get(done))
        except RayError as error:
            why = f"its process on Ray ended {RETRIES + 1} times ({_brief(error)}): resume it where there is more room"
        if why and run.history().ending is None and not run.held_elsewhere():
            log_failure(run, RunError(why))
        return why

    def _stop(self, going: dict[Any, Run]) -> None:
        """What is in training ends with a snapshot, and what has not begun does not begin."""
        for task, run in going.items():
            if run.held_elsewhere():
                with suppress(RunError):
                    send(run, {"kind": "stop"})
            else:
                self._ray.cancel(task)
        if going:
            self._ray.wait(list(going), num_returns=len(going), timeout=STOP_PATIENCE_S)


def _train(folder: str, versions: dict[str, str]) -> str:
    """On a machine of the cluster: train the run in a folder from where it stands. Returns why it failed, or ""."""
    path, here = Path(folder), platform.node()
    mine = _versions()
    if mine != versions:
        return f"machine {here!r} has {_listed(mine)} for {_listed(versions)}: all machines need the same"
    if not path.is_dir():
        return f"machine {here!r} does not see {folder!r}: put the checkpoints on a path that all machines share"
    end = time.monotonic() + LOCK_PATIENCE_S
    while True:
        try:
            run = Runs(path.parent).get(path.name)
            if status_on_disk(run).state != "finished":
                for _ in drive(run, judge=Judge):
                    pass
            return ""
        except RunBusyError as error:  # a lock that outlives a machine that is gone, or somebody trains it
            if time.monotonic() > end:
                return str(error)
            time.sleep(_LOOK_EVERY_S)
        except (GanlabError, OSError, torch.OutOfMemoryError) as error:
            return explain(error)


def _versions() -> dict[str, str]:
    """What must be alike on all machines."""
    return {"ganlab": VERSION, "torch": torch.__version__.partition("+")[0]}


def _listed(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
