"""Which snapshots go when they have outgrown their space on disk."""

from __future__ import annotations

from collections.abc import Collection, Mapping


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
