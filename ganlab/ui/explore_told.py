"""Work that tells how far it is while its answer is read, and ends when nobody reads it any more."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool

from ganlab.errors import GanlabError
from ganlab.ui.explore_requests import dumped
from ganlab.ui.sentences import as_sentence

#: What is being done → a function to be called with the share of it that is done.
Doing = Callable[[str], Callable[[float], None]]

_EVERY_S = 0.1


class NobodyReads(BaseException):
    """Raised in the work by what tells of it; no Exception, so that nothing on the way takes it for a failure."""


async def told(work: Callable[[Doing], dict[str, Any]], *, every_s: float | None = None) -> AsyncGenerator[bytes]:
    """JSON lines: {"doing", "share"} while `work` goes on, beside the server's loop, then what it returns.

    An error becomes the last line. When the lines are no longer read, the next thing that the work tells ends it.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
    unread = threading.Event()
    pause_s = _EVERY_S if every_s is None else every_s

    def doing(words: str) -> Callable[[float], None]:
        spoken_s = float("-inf")

        def tell(share: float) -> None:
            nonlocal spoken_s
            if unread.is_set():
                raise NobodyReads
            if time.monotonic() - spoken_s >= pause_s or share >= 1:
                spoken_s = time.monotonic()
                loop.call_soon_threadsafe(lines.put_nowait, {"doing": words, "share": share})

        return tell

    async def do() -> None:
        try:
            lines.put_nowait(await run_in_threadpool(work, doing))
        except NobodyReads:
            pass
        except (GanlabError, OSError) as error:
            lines.put_nowait({"error": as_sentence(error)})
        finally:
            lines.put_nowait(None)

    doer = asyncio.create_task(do())
    try:
        while (line := await lines.get()) is not None:
            yield dumped(line) + b"\n"
        await doer
    finally:
        unread.set()
