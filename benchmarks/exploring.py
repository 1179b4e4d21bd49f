"""How soon a slider on Explore shows its new picture, alone and beside a training."""

from __future__ import annotations

import contextlib
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.browser import open_train, start_run, token_of, window
from benchmarks.figures import Figure, Section, at_most, say
from benchmarks.server import Client, app, prepare_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: Between two moves: the next one starts from rest.
_REST_MS = 120

# Each move: the slider is set, its events are sent, and the clock runs until the frame after the new picture is in
# the page. `release` sends what letting go sends as well, on which Streamlit reruns the page.
_MOVE = """
async ({ moves, rest, release }) => {
  const walk = document.querySelector(".ganlab-walk");
  const [large, grid] = walk.querySelectorAll(".ganlab-stage");
  const slider = walk.querySelector("input[type=range]");
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const renewed = (stage, begun) => new Promise((resolve, reject) => {
    const before = stage.querySelector("img")?.src;
    const late = setTimeout(() => reject(new Error("no new picture within 10 s")), 10000);
    const observer = new MutationObserver(() => {
      const now = stage.querySelector("img")?.src;
      if (!now || now === before) return;
      observer.disconnect();
      clearTimeout(late);
      requestAnimationFrame(() => resolve(performance.now() - begun));
    });
    observer.observe(stage, { childList: true, subtree: true, attributes: true, attributeFilter: ["src"] });
  });
  const found = { large: [], grid: [] };
  for (let move = 0; move < moves; move++) {
    const reach = Number(slider.max);
    slider.value = reach * (((move * 7) % 20) / 10 - 0.97);
    const begun = performance.now();
    const both = [renewed(large, begun), renewed(grid, begun)];
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    if (release) slider.dispatchEvent(new Event("change", { bubbles: true }));
    const [one, many] = await Promise.all(both);
    found.large.push(one);
    found.grid.push(many);
    await pause(rest);
  }
  return found;
}
"""


def measure(browser: Browser, *, moves: int = 40) -> Section:
    """Recipe wgan-gp's network at its snapshot. Events are sent by script: the mouse's own way into the page and the
    screen's way to the eye are not in it, nor is a first look at a snapshot, which reads it from disk.
    """
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        run_id = prepare_run(Path(folder), steps=50)
        with app(Path(folder)) as served, window(browser) as page:
            explore = f"{served.url}/explore?run={run_id}"
            token = token_of(page, explore)
            with contextlib.closing(Client(served, token)) as client:
                say(f"exploring, {moves} moves")
                figures += _look(page, client, explore, run_id, moves, "")
                open_train(page, served.url)
                trained, _ = start_run(page, Steps=1_000_000)
                page.wait_for_timeout(5000)
                say(f"exploring beside a training, {moves} moves")
                figures += _look(page, client, explore, run_id, moves, ", training")
                client.post(f"/ganlab/runs/{trained}/stop")
    notes = [
        "Dragged: input events alone. Let go: the page is rerun by Streamlit at the same time.",
        "Route: one request after the other over one connection, from the first byte sent to the last one read.",
    ]
    return Section("A slider on Explore", figures, notes)


def _look(page: Page, client: Client, url: str, run_id: str, moves: int, when: str) -> list[Figure]:
    page.goto(url)
    for stage in range(2):
        page.locator(".ganlab-walk .ganlab-stage").nth(stage).locator("img").wait_for()
    page.wait_for_timeout(1000)
    dragged = page.evaluate(_MOVE, {"moves": moves, "rest": _REST_MS, "release": False})
    let_go = page.evaluate(_MOVE, {"moves": moves, "rest": _REST_MS, "release": True})
    return [
        Figure(f"dragged → picture{when}", dragged["large"], "ms", at_most(250, "p95")),
        Figure(f"dragged → 16 neighbours{when}", dragged["grid"], "ms"),
        Figure(f"let go → picture{when}", let_go["large"], "ms", at_most(250, "p95")),
        Figure(f"let go → 16 neighbours{when}", let_go["grid"], "ms"),
        Figure(f"route, 1 picture{when}", _ask(client, run_id, 1, moves), "ms", at_most(100, "p95")),
        Figure(f"route, 16 pictures{when}", _ask(client, run_id, 16, moves), "ms", at_most(100, "p95")),
    ]


def _ask(client: Client, run_id: str, count: int, times: int) -> list[float]:
    """Milliseconds of each of so many requests for a walk's pictures."""
    found: list[float] = []
    for move in range(times):
        path = f"/ganlab/runs/{run_id}/walk?snapshot=last&seed=0&count={count}&pc=0:{move / times:.3f}"
        begun = time.perf_counter()
        client.get(path)
        found.append(1000 * (time.perf_counter() - begun))
        time.sleep(_REST_MS / 1000)
    return found
