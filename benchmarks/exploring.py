"""How many pictures a second Explore shows while its pad is dragged, and how soon each follows the hand."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.browser import open_train, start_run, window
from benchmarks.figures import Figure, Section, at_least, at_most, say
from benchmarks.pictures import cache_in, make_pictures
from benchmarks.server import ROOT, app, prepare_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# The pad gets a pointer's events at every frame of the browser. A frame counts when the large canvas has been drawn
# anew; the hand's own frame is the one in which its event was sent.
_DRAG = """
async ({ seconds }) => {
  const pad = document.querySelector(".ganlab-pad");
  const canvases = [...document.querySelectorAll(".ganlab-pictures .ganlab-stage canvas")];
  const box = pad.getBoundingClientRect();
  const send = (type, x, y) => pad.dispatchEvent(new PointerEvent(type, {
    bubbles: true, pointerId: 1, button: 0, clientX: box.left + x, clientY: box.top + y }));
  pad.setPointerCapture = () => {};
  const shown = [0, 0];
  const lags = [];
  let sent = performance.now(), waiting = true;
  const put = CanvasRenderingContext2D.prototype.putImageData;
  CanvasRenderingContext2D.prototype.putImageData = function (...given) {
    put.apply(this, given);
    if (this.canvas === canvases[0]) {
      shown[0] += 1;
      if (waiting) lags.push(performance.now() - sent);
      waiting = false;
    } else if (this.canvas === canvases[1]) shown[1] += 1;
  };
  send("pointerdown", 140, 140);
  const begun = performance.now();
  let frames = 0;
  while (performance.now() - begun < 1000 * seconds) {
    await new Promise(requestAnimationFrame);
    frames += 1;
    const angle = frames / 20;
    if (!waiting) [sent, waiting] = [performance.now(), true];
    send("pointermove", 140 + 90 * Math.cos(angle), 140 + 90 * Math.sin(angle));
  }
  const spent = (performance.now() - begun) / 1000;
  send("pointerup", 140, 140);
  CanvasRenderingContext2D.prototype.putImageData = put;
  return { shown: shown[0] / spent, grid: shown[1] / 16 / spent, frames: frames / spent, lags };
}
"""


def measure(browser: Browser, *, moves: int = 40) -> Section:
    """At 28×28 and 64×64, alone and beside a training; a tenth of a second for each of `moves`.

    Events are sent by script: the mouse's own way into the page and the screen's way to the eye are not in it.
    """
    seconds = moves / 10
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as place, cache_in(Path(place) / "cache"):
        checkpoints = Path(place) / "checkpoints"
        runs = {"28×28": _shipped(checkpoints), "64×64": _made(checkpoints, Path(place) / "pictures")}
        with app(checkpoints) as served, window(browser) as page:
            for when in ("", ", training"):
                if when:
                    open_train(page, served.url)
                    start_run(page, Steps=1_000_000)
                    page.wait_for_timeout(5000)
                for size, run_id in runs.items():
                    say(f"dragging at {size}{when}, {seconds:g} s each")
                    figures += _look(page, f"{served.url}/explore?run={run_id}", seconds, size, when)
    notes = [
        "28×28: the shipped mnist-dcgan; 64×64: recipe folder-dcgan-64 after a few steps on pictures made up. "
        "Beside them trains recipe wgan-gp.",
        "Hand to picture: from the event to the canvas drawn anew.",
    ]
    return Section("Dragging on Explore", figures, notes)


def _shipped(checkpoints: Path) -> str:
    checkpoints.mkdir()
    (checkpoints / "mnist-dcgan").symlink_to(ROOT / "checkpoints" / "mnist-dcgan")
    return "mnist-dcgan"


def _made(checkpoints: Path, pictures: Path) -> str:
    """How long a generator draws does not depend on what it has learnt."""
    say("a run at 64×64")
    pictures.mkdir()
    make_pictures(pictures, 256, 64)
    return prepare_run(checkpoints, "--recipe", "folder-dcgan-64", "--folder", str(pictures), steps=3)


def _look(page: Page, url: str, seconds: float, size: str, when: str) -> list[Figure]:
    figures: list[Figure] = []
    for who, words in (("page", "your browser"), ("server", "the server")):
        for show in (1, 16):
            page.goto(f"{url}&show={show}")
            page.locator(".ganlab-pictures canvas").first.wait_for()
            page.get_by_label("Who draws the pictures").select_option(who)
            page.locator(".ganlab-drawn", has_text=words).wait_for()
            page.wait_for_timeout(2500)
            found: dict[str, Any] = page.evaluate(_DRAG, {"seconds": seconds})
            grid = f", with {show} others" if show > 1 else ""
            what = f"{size}, {words}{grid}{when}"
            figures.append(Figure(what, [found["shown"]], "pictures/s", at_least(50)))
            figures.append(Figure(f"{what}: hand to picture", found["lags"], "ms", at_most(50, "p95")))
            if show > 1:
                figures.append(Figure(f"{size}, {words}, the {show} others{when}", [found["grid"]], "grids/s"))
    return figures
