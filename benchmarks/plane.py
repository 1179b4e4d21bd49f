"""The plane while it trains: updates of G a second with nobody and with the page looking on, and pictures a second."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.browser import window
from benchmarks.figures import Figure, Section, at_least, say
from benchmarks.pace import TickLog
from benchmarks.server import app

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_SETTLE_S = 3.0
#: Counts how often another step is drawn.
_COUNT = """() => {
  window.drawn = 0;
  const picture = document.querySelector(".ganlab-plane-picture");
  new MutationObserver(() => window.drawn++).observe(picture, { attributeFilter: ["aria-label"] });
}"""


def measure(browser: Browser, *, rounds: int = 3, block_s: float = 8.0) -> Section:
    """The ring with the non-saturating loss: two hidden layers of 64 units, one step of D, a look every 10 steps.

    Blocks with the page, each between two with nobody. The page shows real and generated points, D, its lines and the
    arrows, as at first.
    """
    alone, beside, drawn = [], [], []
    with tempfile.TemporaryDirectory() as folder, app(Path(folder)) as served:
        with window(browser) as page:
            run_id = _start(page, served.url)
        log = TickLog(Path(folder) / run_id / "history.jsonl")
        time.sleep(_SETTLE_S)
        alone.append(_speed(log, block_s))
        for number in range(1, rounds + 1):
            say(f"plane, round {number} of {rounds}")
            with window(browser) as page:
                page.goto(f"{served.url}/plane?run={run_id}")
                page.get_by_text("the plane at step").wait_for()
                page.wait_for_timeout(1000 * _SETTLE_S)
                page.evaluate(_COUNT)
                begun, first = time.perf_counter(), log.next_tick()
                page.wait_for_timeout(1000 * block_s)
                drawn.append(page.evaluate("window.drawn") / (time.perf_counter() - begun))
                beside.append(_between(first, log.next_tick()))
            time.sleep(1)
            alone.append(_speed(log, block_s))
    return Section("The plane while it trains", list(_figures(alone, beside, drawn)), _NOTES)


_NOTES = (
    "Pictures a second: looks that were drawn; there is one for every 10 steps.",
    "Share: of the mean of the two blocks beside it with nobody looking on. Headless, the browser draws on the CPU.",
)


def _figures(alone: list[float], beside: list[float], drawn: list[float]) -> Iterator[Figure]:
    shares = [200 * speed / (alone[n] + alone[n + 1]) for n, speed in enumerate(beside)]
    yield Figure("nobody: updates of G", alone, "steps/s")
    yield Figure("page open: updates of G", beside, "steps/s", at_least(100))
    yield Figure("page open: share of the speed with nobody", shares, "%", at_least(90))
    yield Figure("page open: pictures", drawn, "pictures/s", at_least(15))


def _start(page: Page, url: str) -> str:
    """A run that does not end. Returns its id."""
    page.goto(f"{url}/plane")
    page.get_by_role("combobox", name="Loss").click()
    page.get_by_role("option", name="Non-saturating", exact=False).first.click()
    with page.expect_request(lambda request: request.url.endswith("/plane") and "/runs/" in request.url) as asked:
        page.get_by_role("button", name="Start", exact=True).click()
    run = asked.value.url.removesuffix("/plane")
    page.get_by_role("button", name="Pause").wait_for()
    longer = {"changes": {"max_steps": 10_000_000, "snapshot_every": 1_000_000}}
    token = {"X-Ganlab-Token": asked.value.headers["x-ganlab-token"], "Origin": url}
    answer = page.request.post(f"{run}/edit", data=longer, headers=token)
    if not answer.ok:
        raise SystemExit(f"the run could not be made longer: {answer.text()}")
    return run.rpartition("/")[2]


def _speed(log: TickLog, seconds: float) -> float:
    first = log.next_tick()
    time.sleep(seconds)
    return _between(first, log.next_tick())


def _between(first: tuple[int, float], last: tuple[int, float]) -> float:
    return (last[0] - first[0]) / (last[1] - first[1])
