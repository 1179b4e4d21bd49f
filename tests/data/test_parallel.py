from __future__ import annotations

import threading

import pytest

from ganlab.data.parallel import share_out


def pools() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("ganlab-pictures")]


def test_results_are_taken_in_order_by_the_caller():
    taken, takers = [], set()

    def take(result: int) -> None:
        taken.append(result)
        takers.add(threading.current_thread())

    share_out(lambda item: item * item, range(100), take=take)
    assert taken == [item * item for item in range(100)]
    assert takers == {threading.current_thread()} and not pools()


def test_little_is_begun_before_its_turn():
    begun, taken = [], []

    def take(result: int) -> None:
        taken.append(result)
        assert len(begun) - len(taken) <= 24 + 1

    def items():
        for item in range(500):
            begun.append(item)
            yield item

    share_out(lambda item: item, items(), take=take)
    assert len(taken) == 500


@pytest.mark.parametrize("where", ["function", "take", "items"])
def test_an_exception_ends_it_and_no_thread_outlives_the_call(where: str):
    done = []

    def fail(item: int, here: str) -> int:
        if here == where and item == 10:
            raise KeyboardInterrupt if where == "take" else ValueError
        return item

    def function(item: int) -> int:
        done.append(item)
        return fail(item, "function")

    with pytest.raises((ValueError, KeyboardInterrupt)):
        share_out(function, (fail(item, "items") for item in range(1000)), take=lambda item: void(fail(item, "take")))
    assert not pools() and len(done) < 100


def void(_: object) -> None:
    return None
