"""From a sample on Train to Explore, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from browsing import badge, start_small
from playwright.sync_api import Page, Position, expect

from ganlab.explore import Explorer, draw
from ganlab.runs import Runs
from ganlab.training.state import fixed_latents

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_a_sample_that_is_clicked_is_the_picture_of_explore(
    page: Page, server: str, server_folders: dict[str, Path]
) -> None:
    start_small(page, server, steps=6)
    expect(badge(page, "Finished")).to_be_visible(timeout=60_000)
    runs = Runs(server_folders["CHECKPOINTS"])
    run = runs.all()[0]
    stage = page.locator(".ganlab-samples .ganlab-stage")
    expect(stage.locator("img")).to_be_visible()
    box = stage.bounding_box()
    assert box is not None
    at: Position = {"x": box["width"] * 2.5 / 8, "y": box["height"] * 1.5 / 8}  # third of the second row, of 8 × 8
    stage.hover(position=at)
    expect(page.locator(".ganlab-pick")).to_be_visible()
    stage.click(position=at)
    expect(page).to_have_url(re.compile(f"/explore.*{run.id}"))
    canvas = page.locator(".ganlab-walk .ganlab-stage canvas").first
    expect(canvas).to_be_visible()
    loaded = Explorer(runs).load(run.id)
    wanted = draw(loaded, fixed_latents(run.config)[10:11])[0]
    expect(page.get_by_text("step 6", exact=False).first).to_be_visible()
    page.wait_for_timeout(1500)
    shown = canvas.evaluate(
        """canvas => { const { width, height } = canvas;
          return [width, height, ...canvas.getContext("2d").getImageData(0, 0, width, height).data]; }"""
    )
    width, height = shown[:2]
    pixels = np.array(shown[2:], np.uint8).reshape(height, width, 4)[..., :3]
    assert np.abs(pixels.astype(int) - wanted).max() <= 3
