"""Snapshots: the weights (and all else needed to go on) of a run at one step, as safetensors files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ganlab.config import TrainConfig
from ganlab.errors import SnapshotError
from ganlab.runs.files import write_atomically
from ganlab.version import VERSION

SUFFIX = ".safetensors"


def snapshot_path(folder: Path, step: int) -> Path:
    return folder / f"{step:06d}{SUFFIX}"


def snapshot_steps(folder: Path) -> tuple[int, ...]:
    """Steps that have a snapshot, rising."""
    names = (path.stem for path in folder.glob(f"*{SUFFIX}"))
    return tuple(sorted(int(name) for name in names if name.isdecimal()))


def write_snapshot(path: Path, tensors: Mapping[str, Tensor], config: TrainConfig, step: int) -> None:
    """Raises OSError when it cannot be written; then whatever stood at `path` before still does."""
    metadata = {"ganlab": VERSION, "step": str(step), "config": config.model_dump_json()}
    write_atomically(path, save(dict(tensors), metadata))


def read_snapshot(path: Path, *, prefix: str = "") -> dict[str, Tensor]:
    """The tensors whose names begin with `prefix`, perhaps none.

    Raises SnapshotError: missing, cut short, or no safetensors file.
    """
    if not path.exists():
        raise SnapshotError(f"snapshot {path.name} of run {path.parent.parent.name!r} is missing: choose another one")
    try:
        with safe_open(path, framework="pt") as file:
            names = list(file.keys())
            tensors = {name: file.get_tensor(name) for name in names if name.startswith(prefix)}
    except (SafetensorError, OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise SnapshotError(
            f"snapshot {path.name} of run {path.parent.parent.name!r} is damaged or no safetensors file ({reason}): "
            "choose another one, or delete it to resume from the one before; nothing in it was run"
        ) from None
    if not any(name.startswith("average.") for name in names):
        raise SnapshotError(f"snapshot {path.name} holds nothing that ganlab wrote: choose another one")
    return tensors


def slim_snapshot(path: Path) -> None:
    """Keep only the averaged generator: enough to explore, not to go on training. Raises SnapshotError."""
    tensors = read_snapshot(path, prefix="average.")
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    write_atomically(path, save(tensors, metadata))
