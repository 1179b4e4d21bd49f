"""What watching costs the training: one run, in blocks of time with nobody, readers, or pages looking on.

A page in a browser costs twice: what the server does to answer it, and what the browser itself computes. With few
cores the browser takes CPU time from the trainer whatever the app does, the more so headless, where it draws
without a GPU. So a plain reader stands beside it, which asks for the same things and draws nothing: its ratio is
what the app costs, the page's ratio is what somebody with this machine sees.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import orjson

from benchmarks.browser import open_train, start_run, wait_for_curves, window
from benchmarks.figures import Figure, Section, at_least, say
from benchmarks.machine import cpu_seconds
from benchmarks.server import App, Client, Reader, app

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Watcher = Literal["nobody", "reader", "4 readers", "page", "4 pages"]
#: Share of the speed with nobody, in percent, that is to be kept.
_GOALS: dict[Watcher, float] = {"reader": 98, "4 readers": 95, "page": 98, "4 pages": 95}

_EVERY_S = 1.0
_SETTLE_S = 3.0
_PATIENCE_S = 30.0


@dataclass(frozen=True)
class Block:
    """A stretch of the run. Cores: how many the server and the browser kept busy; None where nobody can say."""

    steps_per_s: float
    server_cores: float | None
    browser_cores: float | None


def measure(browser: Browser, *, rounds: int = 4, block_s: float = 12.0) -> Section:
    """Blocks in turn, each between two with nobody, with whose mean it is compared.

    Recipe wgan-gp, without snapshots. Opening the pages is not in their block. Not covered: pages that show a long
    history.
    """
    blocks: list[tuple[Watcher, Block]] = []
    with tempfile.TemporaryDirectory() as folder, app(Path(folder)) as served:
        with window(browser) as page:
            open_train(page, served.url)
            run_id, token = start_run(page, Steps=10_000_000, Snapshot_every=1_000_000)
            wait_for_curves(page)
        log = TickLog(Path(folder) / run_id / "history.jsonl")
        with contextlib.closing(Client(served, token)) as client:
            time.sleep(_SETTLE_S)
            for watcher in _turns(rounds):
                say(f"block {len(blocks) + 1} of {2 * len(_GOALS) * rounds + 1}: {watcher} looking on")
                readers = [Reader(client, run_id) for _ in range(_count(watcher))]
                with _watching(watcher, browser, served, readers) as pass_time:
                    blocks.append((watcher, _block(log, served, block_s, pass_time)))
            client.post(f"/ganlab/runs/{run_id}/stop")
    return Section("Training while somebody looks on", list(_figures(blocks)), _NOTES)


def _turns(rounds: int) -> list[Watcher]:
    each: list[Watcher] = [turn for watcher in _GOALS for turn in (watcher, "nobody")]
    return ["nobody", *each * rounds]


def _count(watcher: Watcher) -> int:
    return 4 if watcher.startswith("4") else 1


_NOTES = (
    "Share: of the mean speed of the two blocks beside it with nobody looking on.",
    "Cores: CPU seconds per second. The page's own computing competes with the trainer where cores are few; the "
    "readers' share is the cost of the app alone.",
    "Steps per CPU second of the server leave out what others took: the least noisy measure of the app's own cost.",
)


class TickLog:
    """A run's log as a clock: the trainer appends a record every quarter of a second. Reading it asks nobody."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def next_tick(self) -> tuple[int, float]:
        """Wait for the next record with a step. Returns the step and the clock at that moment."""
        before, deadline = self._last_step(), time.perf_counter() + _PATIENCE_S
        while time.perf_counter() < deadline:
            now, step = time.perf_counter(), self._last_step()
            if step != before:
                return step, now
            time.sleep(0.002)
        raise SystemExit(f"the run made no step in {_PATIENCE_S:g} s")

    def _last_step(self) -> int:
        with self._path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 65_536))
            whole_lines = file.read().rpartition(b"\n")[0]
        record = orjson.loads(whole_lines.rpartition(b"\n")[2])
        return int(record["step"])


@contextlib.contextmanager
def _watching(
    watcher: Watcher, browser: Browser, served: App, readers: Sequence[Reader]
) -> Iterator[Callable[[float], None]]:
    """Yields how to let so many seconds pass. Pages are open and drawn by then, and closed afterwards."""
    if "page" in watcher:
        with contextlib.ExitStack() as windows:
            pages = [windows.enter_context(window(browser)) for _ in range(_count(watcher))]
            for page in pages:
                open_train(page, served.url)
                wait_for_curves(page)
            pages[0].wait_for_timeout(1000 * _SETTLE_S)
            yield lambda seconds: pages[0].wait_for_timeout(1000 * seconds)
        time.sleep(1)
    elif "reader" in watcher:
        for reader in readers:
            reader.refresh()
        yield lambda seconds: _read_along(readers, seconds)
    else:
        yield time.sleep


def _read_along(readers: Sequence[Reader], seconds: float) -> None:
    """Refresh as often as pages do until the time has passed."""
    end = time.perf_counter() + seconds
    while (left := end - time.perf_counter()) > 0:
        for reader in readers:
            reader.refresh()
        time.sleep(min(_EVERY_S, left))


def _block(log: TickLog, served: App, seconds: float, pass_time: Callable[[float], None]) -> Block:
    first, begun = log.next_tick()
    server, browser = cpu_seconds(served.pid), cpu_seconds(os.getpid(), without=served.pid)
    pass_time(seconds)
    server_cores = _rate(server, cpu_seconds(served.pid), time.perf_counter() - begun)
    browser_cores = _rate(browser, cpu_seconds(os.getpid(), without=served.pid), time.perf_counter() - begun)
    last, ended = log.next_tick()
    return Block((last - first) / (ended - begun), server_cores, browser_cores)


def _rate(before: float | None, after: float | None, seconds: float) -> float | None:
    return None if before is None or after is None else (after - before) / seconds


def _figures(blocks: list[tuple[Watcher, Block]]) -> Iterator[Figure]:
    watchers: tuple[Watcher, ...] = ("nobody", *_GOALS)
    for watcher in watchers:
        yield Figure(f"{watcher}: speed", [block.steps_per_s for name, block in blocks if name == watcher], "steps/s")
    for watcher in watchers[1:]:
        shares = [
            block.steps_per_s / ((blocks[place - 1][1].steps_per_s + blocks[place + 1][1].steps_per_s) / 2)
            for place, (name, block) in enumerate(blocks)
            if name == watcher
        ]
        yield Figure(
            f"{watcher}: share of the speed with nobody",
            [100 * share for share in shares],
            "%",
            at_least(_GOALS[watcher]),
        )
    for watcher in watchers:
        mine = [block for name, block in blocks if name == watcher]
        servers = [block.server_cores for block in mine if block.server_cores is not None]
        browsers = [block.browser_cores for block in mine if block.browser_cores is not None]
        if servers:
            yield Figure(f"{watcher}: server", servers, "cores")
            thrift = [block.steps_per_s / block.server_cores for block in mine if block.server_cores]
            yield Figure(f"{watcher}: steps per CPU second of the server", thrift)
        if browsers and watcher != "nobody":
            who = "reading itself" if "reader" in watcher else "browser"
            yield Figure(f"{watcher}: {who}", browsers, "cores")
