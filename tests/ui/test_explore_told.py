"""Long work tells how far it is, and ends when nobody reads what it tells."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from ganlab.errors import GanlabError
from ganlab.ui.explore_told import Doing, told
from ganlab.ui.sentences import as_sentence

WAIT_S = 30.0


def lines_of(work: Callable[[Doing], dict[str, Any]]) -> list[dict[str, Any]]:
    async def read() -> list[dict[str, Any]]:
        return [json.loads(line) async for line in told(work, every_s=0)]

    return asyncio.run(read())


def test_what_is_done_and_how_far_then_what_came_of_it():
    def work(doing: Doing) -> dict[str, Any]:
        for words in ("Reading", "Comparing"):
            tell = doing(words)
            tell(0.5)
            tell(1)
        return {"found": 7}

    steps = [{"doing": words, "share": share} for words in ("Reading", "Comparing") for share in (0.5, 1)]
    assert lines_of(work) == [*steps, {"found": 7}]


@pytest.mark.parametrize("error", [GanlabError("no classes: choose another run"), OSError(28, "No space left")])
def test_an_error_is_the_last_line(error: Exception):
    def work(doing: Doing) -> dict[str, Any]:
        doing("Reading")(0)
        raise error

    assert lines_of(work)[-1] == {"error": as_sentence(error)}


def test_a_mistake_of_ours_is_not_hidden():
    def work(doing: Doing) -> dict[str, Any]:
        raise KeyError("mistake")

    with pytest.raises(KeyError):
        lines_of(work)


def test_work_that_nobody_reads_of_ends():
    ended, told_after = threading.Event(), threading.Event()

    def work(doing: Doing) -> dict[str, Any]:
        tell = doing("Training")
        try:
            tell(0.1)
            assert told_after.wait(WAIT_S)
            for _ in range(1000):
                tell(0.2)
        finally:
            ended.set()
        raise AssertionError("it went on")

    async def read_one() -> None:
        lines = told(work, every_s=0)
        assert json.loads(await anext(lines))["share"] == 0.1
        await lines.aclose()  # as the server does when the page has gone
        told_after.set()
        assert await asyncio.to_thread(ended.wait, WAIT_S)

    asyncio.run(read_one())
