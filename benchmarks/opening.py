"""How long it takes to open the app, and from a click on Start to something on the screen."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.browser import open_train, start_run, wait_for_curves, window
from benchmarks.figures import Figure, Section, at_most, say
from benchmarks.server import App, app, prepare_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_NEW_RUN = ".ganlab-live:not([data-old])"


def measure(browser: Browser, *, repeats: int = 5) -> Section:
    """Each time a new server process; then its first page, a second tab, and a click on Start.

    The folder holds one finished run, so the page has curves to draw. Not covered: the machine's own first start,
    with nothing in the file cache, and the start of the browser.
    """
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        prepare_run(Path(folder), steps=50)
        for number in range(1, repeats + 1):
            say(f"opening, {number} of {repeats}")
            with app(Path(folder)) as served, window(browser) as page:
                for what, seconds in _open(served, page).items():
                    times.setdefault(what, []).append(seconds)
    goals = {
        "first page → Start button": at_most(4),
        "second tab → Start button": at_most(4),
        "click on Start → curve": at_most(2),
        "click on Start → grid": at_most(3),
    }
    figures = [Figure(what, values, "s", goals.get(what)) for what, values in times.items()]
    notes = [
        "First page: first one of a new server, browser's cache empty. Second tab: both warm.",
        "Click on Start: the page asks every 0.3 s at first, which is part of it; the grid is the first one shown "
        "(step 0 or later).",
    ]
    return Section("Opening the app", figures, notes)


def _open(served: App, page: Page) -> dict[str, float]:
    first = _timed(lambda: open_train(page, served.url))
    first_curves = first + _timed(lambda: wait_for_curves(page))
    second = page.context.new_page()
    warm = _timed(lambda: open_train(second, served.url))
    warm_curves = warm + _timed(lambda: wait_for_curves(second))
    second.close()
    curve, grid = _start(page)
    return {
        "process start → server up": served.up_s,
        "first page → Start button": first,
        "first page → curves of a run": first_curves,
        "second tab → Start button": warm,
        "second tab → curves of a run": warm_curves,
        "click on Start → curve": curve,
        "click on Start → grid": grid,
    }


def _start(page: Page) -> tuple[float, float]:
    """Seconds from the click to a line in the new run's chart and to its first grid. The server then ends the run."""
    page.evaluate("() => document.querySelector('.ganlab-live').dataset.old = 'true'")
    begun = time.perf_counter()
    start_run(page)
    seen: dict[str, float] = {}
    marks = {"curve": f"{_NEW_RUN} .scatterlayer path.js-line", "grid": f"{_NEW_RUN} .ganlab-samples img"}
    while len(seen) < len(marks):
        if time.perf_counter() - begun > 60:
            raise SystemExit(f"after a minute the page shows no {' and no '.join(sorted(set(marks) - set(seen)))}")
        for what in marks.keys() - seen.keys():
            if page.locator(marks[what]).count():
                seen[what] = time.perf_counter() - begun
        page.wait_for_timeout(10)
    return seen["curve"], seen["grid"]


def _timed(action: Callable[[], None]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun
