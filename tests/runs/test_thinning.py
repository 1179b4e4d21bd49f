"""Snapshots that outgrow their space thin out with age."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ganlab.runs.thinning import to_drop


def kept_of(steps: range, count: int, **options: set[int]) -> list[int]:
    """What is left of snapshots of one byte each when each is written in turn."""
    left: list[int] = []
    for step in steps:
        left.append(step)
        for dropped in to_drop(dict.fromkeys(left, 1), space=count, **options):
            left.remove(dropped)
    return left


def test_nothing_goes_while_there_is_room():
    assert to_drop({100: 5, 200: 5}, space=10) == []


def test_the_last_one_stays_even_where_it_alone_is_too_large():
    assert to_drop({100: 50, 200: 50}, space=10) == [100]


def test_protected_ones_go_last():
    assert sorted(to_drop({1: 1, 2: 1, 3: 1, 4: 1}, space=2, kept={2})) == [1, 3]
    assert to_drop({1: 1, 2: 1}, space=1, kept={1}) == [1]


@pytest.mark.parametrize("count", [4, 8, 20])
def test_the_older_the_sparser_and_no_age_is_forgotten(count: int):
    left = kept_of(range(100, 100_100, 100), count)
    assert len(left) == count
    assert left[-1] == 100_000
    gaps = [after - before for before, after in pairwise(left)]
    assert max(gaps[: len(gaps) // 2]) >= max(gaps[-2:])
    assert left[0] <= 70_000
