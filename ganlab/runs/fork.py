"""New runs that begin where another one stood."""

from __future__ import annotations

import heapq
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor

from ganlab.config import TrainConfig, changes_between
from ganlab.data import shape_for
from ganlab.errors import ConfigError, RunError
from ganlab.runs.files import read
from ganlab.runs.folder import PLANE, Run
from ganlab.runs.history import encode_record
from ganlab.runs.resume import EXPLORE_ONLY, config_from
from ganlab.runs.root import Runs
from ganlab.training import check_fit

#: Settings that the weights' shapes follow from; of a class-conditional network, `_CLASSES` as well.
_SHAPES = ("network", "width", "depth", "norm_g", "norm_d", "head", "head_width", "upsample", "conditional", "z_dim")
_CLASSES = ("dataset", "folder", "classes")
#: Settings that say which examples are trained on.
_DATA = ("dataset", "folder", "image_size", "crop", "classes", "max_images")
_AT_ONCE = 2**20  # bytes of log


def fork(runs: Runs, run: Run, step: int, changes: Mapping[str, Any], *, name: str = "") -> Run:
    """A new run that goes on from a snapshot of `run` with other settings; step 0: with new weights.

    It is complete in itself: curves and samples up to that step are copied. Any setting may change, at a step above
    0 only those that the weights do not depend on. The parent is not touched. max_steps stays unless it is changed,
    even where the run has come to it. name: the new run's id, "" for one made of time and recipe.

    Raises ConfigError, DataError, SnapshotError, RunError (name taken, folder not writable); then nothing is left.
    """
    before = config_from(run, step)
    config = before.with_changes(**changes)
    if step:
        _check_shapes(before, config, step)
    check_fit(config)
    tensors = _whole_snapshot(run, step) if step else {}
    child = runs.create(config, name=name, parent={"run": run.id, "step": step})
    try:
        with child.locked():
            _fill(child, run, step, tensors, before)
    except BaseException as error:
        shutil.rmtree(child.path, ignore_errors=True)
        if isinstance(error, OSError):
            raise RunError(
                f"run {run.id!r} cannot be forked, since its copy cannot be written ({error.strerror or error}): "
                "make room or check the rights of the checkpoints folder"
            ) from None
        raise
    return child


def parent_of(run: Run) -> tuple[str, int] | None:
    """Id of the run that this one is a fork of, which may be gone, and the step it began at; None for no fork."""
    return run.parent


def children(runs: Runs, run: Run) -> list[tuple[str, int]]:
    """Ids of the forks of a run and the steps that they began at, the newest first."""
    return [(child.id, child.parent[1]) for child in runs.all() if child.parent and child.parent[0] == run.id]


def _check_shapes(before: TrainConfig, after: TrainConfig, step: int) -> None:
    fixed = (*_SHAPES, *(_CLASSES if before.conditional else ()))
    differing = [name for name in changes_between(before, after) if name in fixed]
    if not differing and shape_for(before) != shape_for(after):
        differing = ["the shape of the images"]
    if differing:
        raise ConfigError(
            f"{' and '.join(differing)} cannot change at step {step}, since its weights depend on it: "
            "fork from step 0, or leave it as it is"
        )


def _whole_snapshot(run: Run, step: int) -> dict[str, Tensor]:
    tensors = run.load_snapshot(step)
    if "position" not in tensors:
        raise RunError(f"run {run.id!r} {EXPLORE_ONLY}")
    return tensors


def _fill(child: Run, run: Run, step: int, tensors: Mapping[str, Tensor], before: TrainConfig) -> None:
    if step:
        _copy_log(child, run, step)
        _copy_samples(child, run, step)
        child.save_snapshot(step, tensors)
    known = run.history().data
    if step and known and not changes_between(before, child.config).keys() & set(_DATA):
        child.log("data", **asdict(known))
    child.log("fork", time=time.time(), step=step, parent=run.id, changes=changes_between(before, child.config))
    child.sync_log()


def _copy_log(child: Run, run: Run, step: int) -> None:
    """What led up to `step`, without what was taken back on the way."""
    waiting: list[bytes] = []
    size = 0
    for _, _, line in heapq.merge(*_copied(run, step), key=lambda entry: entry[:2]):
        waiting.append(line)
        size += len(line)
        if size >= _AT_ONCE:
            child.append_log(b"".join(waiting))
            waiting, size = [], 0
    child.append_log(b"".join(waiting))


def _copied(run: Run, step: int) -> Iterator[Iterator[tuple[int, int, bytes]]]:
    """Step, rank within it and line: of the ticks, the measures and the edits."""
    history = run.history()
    yield ((last, 0, line) for last, line in history.ticks.until(step).lines())
    yield ((last, 1, line) for last, line in history.measures.until(step).lines())
    yield (
        (edit.step, 2, encode_record(edit.kind, asdict(edit) | {"parent": edit.parent or run.id}))
        for edit in history.edits
        if edit.step <= step
    )


def _copy_samples(child: Run, run: Run, step: int) -> None:
    for each in run.sample_steps():
        if each <= step:
            for file in (run.sample_path(each), run.scores_path(each), run.sample_path(each).with_suffix(PLANE)):
                if (content := _content(file)) is not None:
                    (child.path / "samples" / file.name).write_bytes(content)


def _content(file: Path) -> bytes | None:
    """None when it is not there or cannot be read: the copy of a run does without."""
    with suppress(OSError):
        return read(file)
    return None
