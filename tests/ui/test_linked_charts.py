"""Charts that move together, in a real browser."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from browsing import ROOT
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(240)]

RANGES = "() => [...document.querySelectorAll('.ganlab-plot')].filter((p) => p.layout).map((p) => p.layout.xaxis.range)"


def test_charts_point_and_zoom_together_and_a_click_shows_the_samples_of_that_step(
    page: Page, server: str, server_folders: dict[str, Path]
) -> None:
    shutil.copytree(ROOT / "checkpoints" / "digits-quick", server_folders["CHECKPOINTS"] / "digits-quick")
    page.goto(f"{server}/?run=digits-quick")
    page.wait_for_function(f"({RANGES})().length > 1", timeout=60_000)
    box = page.locator(".ganlab-plot").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 200, box["y"] + 100)
    expect(page.locator(".ganlab-plot .hoverlayer .legend")).to_have_count(2)
    page.mouse.click(box["x"] + 200, box["y"] + 100)
    expect(page.locator(".ganlab-samples-controls")).to_contain_text("show the newest")
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + 105, steps=5)
    page.mouse.up()
    page.wait_for_function(
        f"(({RANGES})().every(([from, to], n, all) => from > 100 && from === all[0][0] && to === all[0][1]))"
    )
