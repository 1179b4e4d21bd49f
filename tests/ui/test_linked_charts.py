"""Charts that move together, in a real browser."""

from __future__ import annotations

import re
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
    expect(page.locator(".ganlab-plot .hoverlayer .legend").nth(2)).to_be_visible()
    page.mouse.click(box["x"] + 200, box["y"] + 100)
    expect(page.locator(".ganlab-samples-controls")).to_contain_text("show the newest")
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + 105, steps=5)
    page.mouse.up()
    page.wait_for_function(
        f"(({RANGES})().every(([from, to], n, all) => from > 100 && from === all[0][0] && to === all[0][1]))"
    )


def test_a_tile_leads_to_its_chart_and_a_pinned_grid_stays_under_the_curve(
    page: Page, server: str, server_folders: dict[str, Path]
) -> None:
    shutil.copytree(ROOT / "checkpoints" / "digits-quick", server_folders["CHECKPOINTS"] / "pinned")
    page.goto(f"{server}/?run=pinned")
    tile = page.locator(".ganlab-tile", has_text="Diversity")
    expect(tile.locator(".ganlab-tile-value")).to_have_text(re.compile(r"^\d\.\d+$"), timeout=60_000)
    tile.click()
    expect(page.get_by_role("region", name="Variety of samples")).to_be_focused()
    expect(page.get_by_role("region", name="Variety of samples")).to_be_in_viewport()

    slider = page.get_by_label("Step of the samples")
    slider.fill("3")
    before = slider.get_attribute("aria-valuetext")
    page.get_by_role("button", name="Pin", exact=True).click()
    slider.fill("9")
    page.get_by_role("button", name="Pin", exact=True).click()
    expect(page.locator(".ganlab-pin img")).to_have_count(2)
    page.reload()
    expect(page.locator(".ganlab-pin img")).to_have_count(2, timeout=60_000)
    page.get_by_role("button", name=f"Show the samples at {before}", exact=True).click()
    expect(slider).to_have_attribute("aria-valuetext", before or "")
    expect(page.get_by_role("button", name="Pin", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Pin", exact=True).click()
    expect(page.locator(".ganlab-pin img")).to_have_count(1)
