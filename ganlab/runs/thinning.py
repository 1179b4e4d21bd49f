"""Which snapshots go when they have outgrown their space on disk."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from ganlab.runs.history import History
from ganlab.runs.scored import best_of
from ganlab.runs.snapshots import SUFFIX


def thin(folder: Path, history: History, space: int) -> None:
    """Remove snapshots from their folder until the others fit into `space` bytes.

    What a rewind left behind goes first, then as `to_drop` says; those before edits and the best one are kept longest.
    """
    files = (path for path in folder.glob(f"*{SUFFIX}") if path.is_file() and not path.is_symlink())
    sizes = {path: path.stat().st_size for path in files}
    own = {step: folder / name for step, name in history.snapshots.items()}
    behind = sorted(sizes.keys() - own.values())
    while behind and sum(sizes.values()) > space:
        path = behind.pop(0)
        path.unlink(missing_ok=True)
        del sizes[path]
    present = {step: sizes[path] for step, path in own.items() if path in sizes}
    best = best_of(history)
    kept = {edit.step for edit in history.edits} | ({best.step} if best else set())
    for step in to_drop(present, space=space, kept=kept):
        own[step].unlink(missing_ok=True)


def drop_interim(folder: Path, history: History, last: int) -> None:
    """Those before the last one have served, unless something was done at their step that one may go back to."""
    for step in history.interim - {last} - {edit.step for edit in history.edits}:
        (folder / history.snapshots[step]).unlink(missing_ok=True)


def to_drop(sizes: Mapping[int, int], *, space: int, kept: Collection[int] = ()) -> list[int]:
    """Steps whose snapshots must go until the others fit into `space` bytes.

    sizes: step → bytes. The last one always stays, those in `kept` as long as any other is left. The rest thins out
    with age: the next to go is the one whose neighbours lie closest together for its distance from the end.
    """
    left = sorted(sizes)
    dropped: list[int] = []
    total = sum(sizes.values())
    while total > space and len(left) > 1:
        candidates = [step for step in left[:-1] if step not in kept] or left[:-1]
        crowded = min(candidates, key=lambda step: _room(left, step))
        left.remove(crowded)
        dropped.append(crowded)
        total -= sizes[crowded]
    return dropped


def _room(steps: list[int], step: int) -> float:
    """How many times older the neighbour before is than the one after; before the first lies step 0.

    Ages count from one gap beyond the last step, so that the last has an age as well.
    """
    place = steps.index(step)
    before = steps[place - 1] if place else 0
    end = 2 * steps[-1] - steps[-2]
    return (end - before) / (end - steps[place + 1])
