"""Steps as ranges: few numbers, nothing lost."""

from __future__ import annotations

import pytest

from ganlab.steps import Ranges, ranges_of, steps_in, with_step


@pytest.mark.parametrize(
    ("steps", "ranges"),
    [
        ((), ()),
        ((0,), ((0, 0, 1),)),
        ((0, 25, 50, 75, 80), ((0, 75, 25), (80, 80, 1))),
        ((0, 1, 5, 9, 13, 20, 30), ((0, 1, 1), (5, 13, 4), (20, 30, 10))),
    ],
)
def test_ranges_say_each_step_once(steps: tuple[int, ...], ranges: Ranges) -> None:
    assert ranges_of(steps) == ranges
    assert steps_in(ranges) == tuple(steps)


def test_one_more_step_at_the_beat_adds_no_number():
    ranges: Ranges = ()
    for step in (*range(0, 1_000_000, 50), 1_000_007):
        ranges = with_step(ranges, step)
    assert ranges == ((0, 999_950, 50), (1_000_007, 1_000_007, 1))
