"""Snapshots: the weights (and all else needed to go on) of a run at one step, as safetensors files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ganlab.config import TrainConfig, parse_config
from ganlab.errors import ConfigError, SnapshotError
from ganlab.runs.files import plain, write_atomically
from ganlab.version import VERSION

SUFFIX = ".safetensors"
_NAME = re.compile(r"([0-9]{6,})(?:-[0-9]{1,4})?" + re.escape(SUFFIX))


def free_name(folder: Path, step: int) -> str:
    """A file name for the snapshot of a step that no other file has."""
    names = (f"{step:06d}{SUFFIX}", *(f"{step:06d}-{again}{SUFFIX}" for again in range(2, 10_000)))
    return next(name for name in names if not (folder / name).exists())


def is_name_of(step: int | str, name: str) -> bool:
    """Whether a name is one that `free_name` gives for a step: a plain name, never a path."""
    named = _NAME.fullmatch(name)
    return named is not None and named[1] == str(step).zfill(6)


def write_snapshot(path: Path, tensors: Mapping[str, Tensor], config: TrainConfig, step: int) -> None:
    """Raises OSError when it cannot be written; then whatever stood at `path` before still does."""
    metadata = {"ganlab": VERSION, "step": str(step), "config": config.model_dump_json()}
    write_atomically(path, save(dict(tensors), metadata))


def read_snapshot(path: Path, *, prefix: str = "") -> dict[str, Tensor]:
    """The tensors whose names begin with `prefix`, perhaps none.

    Raises SnapshotError: missing, cut short, or no safetensors file.
    """
    with _opened(path) as file:
        names = list(file.keys())
        tensors = {name: file.get_tensor(name) for name in names if name.startswith(prefix)}
    if not any(name.startswith("average.") for name in names):
        raise SnapshotError(f"snapshot {path.name} holds nothing that ganlab wrote: choose another one")
    return tensors


def read_config(path: Path) -> TrainConfig:
    """The config that a snapshot was made with. Raises SnapshotError."""
    with _opened(path) as file:
        content = (file.metadata() or {}).get("config", "")
    try:
        return parse_config(orjson.loads(content))
    except (orjson.JSONDecodeError, ConfigError, TypeError):
        raise SnapshotError(
            f"snapshot {path.name} does not say what settings it was made with: choose another"
        ) from None


def is_slim(path: Path) -> bool:
    """Whether a snapshot holds the averaged generator alone; one that cannot be read is not taken for such."""
    try:
        with _opened(path) as file:
            return "position" not in file.keys()  # noqa: SIM118 - no mapping
    except SnapshotError:
        return False


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A safetensors file to read from. Raises SnapshotError: missing, not to be read, cut short, of another step."""
    called = f"snapshot {path.name} of run {path.parent.parent.name!r}"
    instead = "choose another one, or delete it to resume from the one before"
    try:
        with open(path, "rb", opener=plain):
            pass
    except FileNotFoundError:
        raise SnapshotError(f"{called} is missing: choose another one") from None
    except OSError as error:
        raise SnapshotError(
            f"{called} cannot be read ({error.strerror}): check the rights of the file, or choose another one"
        ) from None
    try:
        with safe_open(path, framework="pt") as file:
            step = (file.metadata() or {}).get("step")
            if step is not None and not is_name_of(step, path.name):
                raise SnapshotError(f"{called} holds step {step[:20]}, so another file was put in its place: {instead}")
            yield file
    except (SafetensorError, OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise SnapshotError(
            f"{called} is damaged or no safetensors file ({reason}): {instead}; nothing in it was run"
        ) from None


def slim_snapshot(path: Path) -> None:
    """Keep only the averaged generator: enough to explore, not to go on training. Raises SnapshotError."""
    tensors = read_snapshot(path, prefix="average.")
    with _opened(path) as file:
        metadata = file.metadata()
    write_atomically(path, save(tensors, metadata))
