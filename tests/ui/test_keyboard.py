"""The pages by keyboard alone, in a real browser."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from browsing import ROOT
from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(240)]

LOOKS = """window.looks = (it) => {
  const found = [];
  for (let each = it; each && each !== document.body; each = each.parentElement) {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor, opacity } = getComputedStyle(each);
    found.push(outlineStyle === "none" ? "" : outlineWidth + outlineColor, boxShadow, borderColor);
    if (opacity === "0") return "hidden";
  }
  return found.join();
}"""
#: What has the focus; its looks are kept.
FOCUSED = """() => {
  const it = document.activeElement;
  if (!it || it === document.body) return null;
  (window.stops ??= []).push({ it, looks: looks(it) });
  const name = it.getAttribute("aria-label") || it.innerText || it.dataset.testid || it.className;
  return { name, bar: it.className.includes?.("modebar") ?? false };
}"""
#: Of each in turn, once the focus has left them all: whether it looked otherwise with it.
SEEN = "() => stops.map((stop) => stop.looks !== 'hidden' && stop.looks !== looks(stop.it))"
PAGES = ["Train", "Explore", "Plane", "Learn", "Runs", "Compare", "Data"]


@pytest.mark.parametrize("path", ["", "explore", "plane", "learn", "runs", "compare?of=one&of=two", "data"])
def test_the_pages_come_first_and_the_focus_is_seen_wherever_it_goes(
    page: Page, server: str, server_folders: dict[str, Path], path: str
) -> None:
    for name in ("one", "two"):
        shutil.copytree(ROOT / "checkpoints" / "digits-quick", server_folders["CHECKPOINTS"] / name, dirs_exist_ok=True)
    page.goto(f"{server}/{path}")
    page.locator(".ganlab, [data-testid=stMain] button").first.wait_for(timeout=60_000)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1500)
    page.evaluate(LOOKS)
    stops: list[dict[str, Any]] = []
    while len(stops) < 200:
        page.keyboard.press("Tab")
        page.wait_for_timeout(250)  # colours change over a moment
        stop = page.evaluate(FOCUSED)
        if stop is None:
            break
        stops.append(stop)
    names = [stop["name"].split("\n")[-1].strip() for stop in stops]
    assert names[0] == "Skip to main content"
    assert names[1:8] == PAGES
    assert 10 < len(stops) < 200, "the focus leaves the page in the end"
    assert not [name for name, seen in zip(names, page.evaluate(SEEN), strict=True) if not seen]
    bars = [place for place, stop in enumerate(stops) if stop["bar"]]
    assert all(after - before > 1 for before, after in pairwise(bars)), "a bar of a chart is one stop"
