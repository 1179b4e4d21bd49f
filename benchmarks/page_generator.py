"""A generator that runs in the page: until its first picture, from the hand to the picture, grids.

Exported pages are opened from the disk. Their weights are random, since only their number matters.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from playwright.sync_api import Browser, Page, expect

from benchmarks.figures import Figure, Section, at_least, at_most, say
from ganlab.config import TrainConfig
from ganlab.data import shape_for
from ganlab.explore import Loaded
from ganlab.export.browser import runtime
from ganlab.export.compile import program_of
from ganlab.export.files import take_away
from ganlab.export.program import work
from ganlab.gan.networks import build_networks
from ganlab.recipes import RECIPES

#: Name → the config whose generator is drawn.
CASES = {
    "28×28 (dcgan-mnist)": RECIPES["dcgan-mnist"].config,
    "64×64 (folder-dcgan-64)": RECIPES["folder-dcgan-64"].config,
    "64×64 (DCGAN, width 64)": TrainConfig(dataset="stl10", image_size=64, network="dcgan", width=64, z_dim=100),
}

#: A slider moves with every frame; for each picture the time since the move that it shows, and pictures a second.
_DRAG = """async (seconds) => {
  const input = document.querySelector("#directions input");
  const waits = [];
  const drawLarge = page.drawLarge.bind(page);
  let moved = null;
  page.drawLarge = async () => {
    const since = moved;
    await drawLarge();
    if (since !== null) waits.push(performance.now() - since);
  };
  const begun = performance.now();
  for (let i = 0; performance.now() - begun < 1000 * seconds; i++) {
    await new Promise(requestAnimationFrame);
    input.value = 3 * Math.sin(i / 20);
    moved = performance.now();
    input.dispatchEvent(new Event("input"));
  }
  page.drawLarge = drawLarge;
  return { waits, rate: (1000 * waits.length) / (performance.now() - begun) };
}"""

#: Sets of pictures in a row, without a screen in between; the time of each.
_DRAW = """async ([count, seconds]) => {
  await page.generator.whole;
  const latents = latentsOf(1, count);
  const times = [];
  for (const begun = performance.now(); performance.now() - begun < 1000 * seconds; ) {
    const before = performance.now();
    await page.generator.drawMany(latents);
    times.push(performance.now() - before);
  }
  return times;
}"""


def measure(browser: Browser, *, seconds: float) -> Section:
    """seconds: how long each thing is done."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "generator.html"
        figures = [figure for name in CASES for figure in _figures(browser, name, path, seconds)]
    return Section(
        "A generator in the page",
        [Figure("the runtime, uncompressed", [len(runtime().encode()) / 1e6], "MB", at_most(5)), *figures],
        ["60 pictures a second are as many as the browser shows."],
    )


def _figures(browser: Browser, name: str, path: Path, seconds: float) -> Iterator[Figure]:
    say(f"{name} in the page …")
    loaded = _random(CASES[name])
    path.write_bytes(take_away(loaded, "html"))
    yield Figure(f"{name}: products for a picture", [work(program_of(loaded.generator)) / 1e6], "million")
    page, first_s = _opened(browser, path)
    yield Figure(f"{name}: first picture of a page of {path.stat().st_size / 1e6:.1f} MB", [first_s], "s", at_most(2))
    dragged = page.evaluate(_DRAG, seconds)
    yield Figure(f"{name}: while dragging", [dragged["rate"]], "pictures/s", at_least(50))
    yield Figure(f"{name}: from the hand to the picture", dragged["waits"], "ms", at_most(50, "p95"))
    yield Figure(f"{name}: a picture", page.evaluate(_DRAW, [1, seconds]), "ms")
    grids = [1000 / ms for ms in page.evaluate(_DRAW, [16, seconds])]
    yield Figure(f"{name}: grids of 4×4", grids, "grids/s", at_least(20))
    page.close()


def _random(config: TrainConfig) -> Loaded:
    rng, device = torch.Generator().manual_seed(0), torch.device("cpu")
    nets = build_networks(config, shape_for(config), init_rng=rng, dropout_rng=torch.Generator(), device=device)
    generator = nets[0].eval().requires_grad_(False)
    return Loaded("benchmark", config, 0, "average", generator)


def _opened(browser: Browser, path: Path) -> tuple[Page, float]:
    """A page with its grid closed, since that is measured apart, and the seconds until its first picture."""
    page = browser.new_page(viewport={"width": 700, "height": 900})
    begun = time.perf_counter()
    page.goto(path.as_uri())
    expect(page.locator("#facts")).not_to_be_empty(timeout=60_000)
    return page, time.perf_counter() - begun
