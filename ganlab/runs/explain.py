"""Errors and devices in words."""

from __future__ import annotations

import torch

from ganlab.alarms import FailureKind
from ganlab.errors import GanlabError, TrainingError
from ganlab.training import TrainState


def failure_kind(error: BaseException) -> FailureKind:
    """Which failure an error is, for its alarm."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return "out-of-memory"
    if isinstance(error, OSError) and error.errno is not None:
        return "disk"
    return "not-finite" if isinstance(error, TrainingError) else "other"


def device_title(state: TrainState) -> str:
    """Device, precision and how steps reach a GPU, in words for the log and the screen."""
    name = torch.cuda.get_device_name(state.device) if state.device.type == "cuda" else "CPU"
    count = state.ranks.count
    title = name if count == 1 else f"{count} × {name}"
    return ", ".join(filter(None, (title, state.precision, state.stepping)))


def explain(error: BaseException) -> str:
    """An error in one sentence with what to do."""
    if isinstance(error, torch.OutOfMemoryError):
        return "the GPU's memory is full: choose a smaller batch size or width, or stop what else uses the GPU"
    if isinstance(error, OSError) and error.errno is not None:
        return (
            f"the run's folder cannot be written ({error.strerror}): make room or check its rights, "
            "then resume from the last snapshot"
        )
    if isinstance(error, GanlabError):
        return str(error)
    words = " ".join(str(error).split())
    return f"an error that ganlab did not expect ({type(error).__name__}: {words}); the last snapshot is intact"
