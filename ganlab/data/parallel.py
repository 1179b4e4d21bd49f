"""Work shared out to a few threads that are gone when the call is over. The only pool outside the service."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_MOST_WORKERS = 8
_AHEAD = 3  # items per worker that are begun before their turn: keeps all busy, and memory small


def share_out(function: Callable[[_Item], _Result], items: Iterable[_Item], *, take: Callable[[_Result], None]) -> None:
    """take(function(item)) for every item in order; `function` runs in threads, `take` in the caller's.

    An exception of either ends it at once: what has begun is awaited, the rest never starts.
    """
    workers = min(os.cpu_count() or 1, _MOST_WORKERS)
    waiting = iter(items)
    with ThreadPoolExecutor(workers, thread_name_prefix="ganlab-pictures") as pool:

        def begin(count: int) -> Iterator[Future[_Result]]:
            return (pool.submit(function, item) for item in islice(waiting, count))

        begun = deque(begin(workers * _AHEAD))
        try:
            while begun:
                take(begun.popleft().result())
                begun.extend(begin(1))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
