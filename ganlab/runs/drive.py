"""Training a run in its folder: the loop's ticks, written down as they come."""

from __future__ import annotations

import contextlib
import platform
import time
from collections.abc import Callable, Generator

import torch

from ganlab.data import Dataset, load_for
from ganlab.errors import GanlabError, RunError
from ganlab.machine import fastest_precision
from ganlab.runs.folder import Run
from ganlab.training import (
    Precision,
    Tick,
    TrainState,
    new_state,
    pick_device,
    restore_state,
    spare_one_core,
    train,
)
from ganlab.version import VERSION

Progress = Callable[[str, float | None], None]


def drive(
    run: Run, *, tick_s: float = 0.25, progress: Progress = lambda label, fraction: None
) -> Generator[tuple[TrainState, Tick], None, None]:
    """Train `run` from where it stands to its last step, and write log, samples and snapshots.

    Yields the state (not to be changed) with each tick. Closing the generator stops the run, with a snapshot.
    progress: called with what is being done before the first step, and how far it is (0 to 1, or None).
    Raises RunBusyError, SnapshotError, DataError, ConfigError, TrainingError; the log then says why it failed.
    """
    with run.locked(), spare_one_core():
        try:
            progress("Loading the data", None)
            data = load_for(run.config, progress=progress)
            progress("Building the networks", None)
            state = _state_of(run, data, fastest_precision(pick_device(run.config)))
            _log_begin(run, state)
            yield from _write_ticks(run, data, state, tick_s)
        except GeneratorExit:
            raise
        except Exception as error:
            with contextlib.suppress(OSError):
                run.log("fail", time=time.time(), message=explain(error))
            raise


def _state_of(run: Run, data: Dataset, auto: Precision) -> TrainState:
    steps = run.snapshot_steps()
    if not steps:
        return new_state(run.config, data, auto=auto)
    return restore_state(run.config, data, run.load_snapshot(steps[-1]), auto=auto)


def _log_begin(run: Run, state: TrainState) -> None:
    machine = {"ganlab": VERSION, "torch": torch.__version__, "python": platform.python_version()}
    kind = "resume" if run.history().begun else "start"
    run.log(kind, time=time.time(), step=state.step, device=device_title(state.device, state.precision), **machine)


def _write_ticks(
    run: Run, data: Dataset, state: TrainState, tick_s: float
) -> Generator[tuple[TrainState, Tick], None, None]:
    saved_step = state.step
    try:
        for tick in train(data, state, tick_s=tick_s):
            if tick.series:
                run.log("tick", step=tick.step, seconds=tick.seconds, images=tick.images, series=dict(tick.series))
            if tick.preview is not None:
                run.save_sample(tick.preview.step, tick.preview.images)
            if tick.snapshot_due:
                run.save_snapshot(state.step, state.to_tensors())
                saved_step = state.step
            yield state, tick
    except GeneratorExit:
        if state.step > saved_step:
            run.save_snapshot(state.step, state.to_tensors())
        run.log("stop", time=time.time(), step=state.step)
        run.sync_log()
        raise
    if state.step > saved_step:
        run.save_snapshot(state.step, state.to_tensors())
    run.log("finish", time=time.time(), step=state.step)
    run.sync_log()


def check_resumable(run: Run) -> None:
    """Raises RunError when there is nothing to go on with: finished, or only the generator was kept."""
    steps = run.snapshot_steps()
    if run.history().ending == "finish":
        raise RunError(f"run {run.id!r} is finished at step {run.config.max_steps}: start a new run to train longer")
    if steps and not run.load_snapshot(steps[-1], prefix="position"):
        raise RunError(f"run {run.id!r} was slimmed to its generators and can only be explored: start a new run")


def device_title(device: torch.device, precision: Precision) -> str:
    """Device and precision in words for the log and the screen."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    return f"{name}, {precision}"


def explain(error: BaseException) -> str:
    """An error in one sentence with what to do."""
    if isinstance(error, torch.OutOfMemoryError):
        return "the GPU's memory is full: choose a smaller batch size or width, or stop what else uses the GPU"
    if isinstance(error, OSError) and error.errno is not None:
        return f"the run's folder cannot be written ({error.strerror}): make room, then resume from the last snapshot"
    if isinstance(error, GanlabError):
        return str(error)
    words = " ".join(str(error).split())
    return f"an error that ganlab did not expect ({type(error).__name__}: {words}); the last snapshot is intact"
