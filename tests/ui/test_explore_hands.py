"""Explore under a hand: the picture is dragged, the tools lie beside it, a walk plays in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browsing import train_beforehand
from playwright.sync_api import Locator, Page, expect

from ganlab.config import TrainConfig

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(240)]

CONFIG = TrainConfig(width=4, z_dim=16, batch_size=16, max_steps=12, snapshot_every=6, precision="float32")
DRAWN = "canvas => canvas.toDataURL()"


@pytest.fixture(scope="module")
def run(server_folders: dict[str, Path]) -> str:
    return train_beforehand(server_folders, CONFIG)


@pytest.fixture
def explore(page: Page, server: str, run: str) -> Page:
    page.goto(f"{server}/explore?run={run}")
    expect(page.locator(".ganlab-lock").first).to_be_visible()
    return page


def box(part: Locator) -> tuple[float, float, float, float]:
    """Left, top, right, bottom in the window."""
    found = part.bounding_box()
    assert found is not None
    return found["x"], found["y"], found["x"] + found["width"], found["y"] + found["height"]


def settled(page: Page) -> str:
    expect(page.locator(".ganlab-walk")).to_have_attribute("aria-busy", "false", timeout=20_000)
    page.wait_for_timeout(400)
    return page.locator(".ganlab-grip").evaluate(DRAWN)


def wait_for_another(part: Locator, before: str) -> None:
    wanted = "([canvas, before]) => canvas.toDataURL() !== before"
    part.page.wait_for_function(wanted, arg=[part.element_handle(), before])


def test_tools_lie_beside_the_picture_where_there_is_room_and_never_over_it(explore: Page) -> None:
    picture, tools = explore.locator(".ganlab-grip"), explore.locator(".ganlab-tools")
    others = explore.locator(".ganlab-others .ganlab-canvas")
    explore.get_by_role("button", name="Random walk").click()
    save = explore.get_by_role("button", name="Save film")
    expect(save).to_be_visible()
    assert box(picture)[2] <= box(tools)[0] and box(picture)[3] <= 900
    assert box(tools)[1] < 250 and box(tools)[2] <= 1440
    assert box(save)[3] <= 900 and box(others)[3] <= 900
    for width in (1280, 1000, 390):
        explore.set_viewport_size({"width": width, "height": 900})
        explore.wait_for_timeout(300)
        left, _, right, bottom = box(picture)
        assert right <= box(tools)[0] or box(tools)[1] >= bottom or left >= box(tools)[2]
        assert right - left > 150
        assert explore.evaluate("() => document.documentElement.scrollWidth") <= width


def test_the_picture_is_dragged_along_the_first_two_directions(explore: Page) -> None:
    picture, pad = explore.locator(".ganlab-grip"), explore.locator(".ganlab-pad")
    before, seeds = settled(explore), pad.evaluate(DRAWN)
    left, top, right, bottom = box(picture)
    x, y = (left + right) / 2, (top + bottom) / 2
    explore.mouse.move(x, y)
    explore.mouse.down()
    explore.mouse.move(x + 0.25 * (right - left), y - 0.125 * (bottom - top), steps=4)
    explore.mouse.up()
    sliders = explore.locator(".ganlab-sliders input[type=range]")
    assert float(sliders.nth(0).input_value()) == pytest.approx(1.5, abs=0.06)
    assert float(sliders.nth(1).input_value()) == pytest.approx(0.75, abs=0.06)
    assert float(sliders.nth(2).input_value()) == 0
    assert settled(explore) != before
    expect(explore).to_have_url(re.compile(r"act=0%3A1\.\d+%2C1%3A0\.\d+"))
    assert pad.evaluate(DRAWN) != seeds, "thumbnails follow the sliders"
    explore.get_by_role("button", name="Undo", exact=True).click()
    assert settled(explore) == before
    picture.click()
    expect(explore.get_by_role("button", name="Undo", exact=True)).to_be_disabled()


def test_a_walk_plays_in_the_large_picture_and_ends_where_it_is_paused(explore: Page) -> None:
    before, picture = settled(explore), explore.locator(".ganlab-grip")
    facts = explore.locator(".ganlab-walk figcaption").first
    explore.get_by_role("button", name="Random walk").click()
    expect(explore.locator(".ganlab-key")).to_have_count(6)
    explore.get_by_role("button", name="Play").click()
    expect(facts).to_contain_text(re.compile(r"walk · \d\.\d of 5\.0 s"))
    wait_for_another(picture, before)
    explore.get_by_role("button", name="Pause").click()
    expect(facts).to_contain_text("a latent of its own")
    paused = settled(explore)
    expect(explore).to_have_url(re.compile("base="))
    explore.get_by_label("Frame of the walk").press("End")
    wait_for_another(picture, paused)
    explore.get_by_role("button", name="Play").click()
    expect(facts).to_contain_text("walk ·")
    explore.get_by_role("tab", name="Time").click()
    expect(facts).to_contain_text("a latent of its own")
    explore.locator(".ganlab-pad").press("ArrowRight")
    expect(facts).to_contain_text("near seed 0")
