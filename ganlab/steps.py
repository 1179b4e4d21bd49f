"""Rising steps as ranges: what comes at a beat is a few numbers, however long the run."""

from __future__ import annotations

from collections.abc import Iterable

#: (first, last, every) of each range, rising; a step alone is (step, step, 1).
Ranges = tuple[tuple[int, int, int], ...]


def with_step(ranges: Ranges, step: int) -> Ranges:
    """The ranges and one more step, later than all of them. Takes time for the ranges, not for the steps in them."""
    if not ranges:
        return ((step, step, 1),)
    *before, (first, last, every) = ranges
    if first == last or step - last == every:
        return (*before, (first, step, step - last))
    return (*ranges, (step, step, 1))


def ranges_of(steps: Iterable[int]) -> Ranges:
    """Rising steps as ranges."""
    ranges: Ranges = ()
    for step in steps:
        ranges = with_step(ranges, step)
    return ranges


def steps_in(ranges: Ranges) -> tuple[int, ...]:
    """Each step of the ranges, rising."""
    return tuple(step for first, last, every in ranges for step in range(first, last + 1, every))
