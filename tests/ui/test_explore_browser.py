"""The Explore page in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from browsing import badge, start_small
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(240)]

LARGE = ".ganlab-walk .ganlab-stage canvas"


@pytest.fixture
def explore(page: Page, server: str) -> Page:
    """The page, open on the one run of this module, which the first test trains."""
    page.goto(server)
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible(timeout=30_000)
    if not page.locator(".ganlab-badge").count():
        start_small(page, server, steps=12)
    expect(badge(page, "Finished")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Explore").click()
    expect(page.locator("figcaption").first).to_contain_text("step 12", timeout=30_000)
    expect(page.locator(".ganlab-lock").first).to_be_visible(timeout=30_000)
    return page


@pytest.fixture
def window(browser: Browser) -> Iterator[Page]:
    """Another window. Streamlit itself asks in vain for some addresses below a page's own one."""
    context = browser.new_context(viewport={"width": 1000, "height": 900})
    yield context.new_page()
    context.close()


def pixels(page: Page) -> np.ndarray:
    script = "canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"
    return np.array(page.locator(LARGE).first.evaluate(script))


def drag(page: Page, *, by: int = 60) -> None:
    box = page.locator(".ganlab-pad").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - by / 2, y - by / 3)
    page.mouse.move(x - by, y - by / 2)
    page.mouse.up()


def settled(page: Page) -> np.ndarray:
    """The large picture, once the address and whoever draws have come to rest."""
    page.wait_for_timeout(400)
    expect(page.locator(".ganlab-walk")).to_have_attribute("aria-busy", "false", timeout=30_000)
    return pixels(page)


def choose(page: Page, who: str, words: str) -> np.ndarray:
    page.get_by_label("Who draws the pictures").select_option(who)
    expect(page.locator(".ganlab-drawn")).to_contain_text(words, timeout=20_000)
    return settled(page)


def test_page_and_server_draw_the_same_picture(explore: Page) -> None:
    for _ in range(2):
        drag(explore, by=37)
        explore.get_by_role("button", name="Random", exact=True).click()
        here, there = choose(explore, "page", "this page"), choose(explore, "server", "the server")
        assert len(here) == 16 * 16 * 4
        assert np.abs(here - there).max() <= 2


def test_a_link_shows_the_same_picture(explore: Page, window: Page) -> None:
    before = settled(explore)
    drag(explore)
    explore.get_by_label("Truncation").press("ArrowLeft")
    explore.get_by_role("button", name="Random", exact=True).click()
    there = settled(explore)
    assert not np.array_equal(before, there)
    window.goto(explore.url)
    expect(window.locator(LARGE).first).to_be_visible(timeout=30_000)
    expect(window.locator(".ganlab-lock").first).to_be_visible(timeout=30_000)
    assert np.abs(settled(window) - there).max() <= 2


def test_steps_are_undone_and_redone(explore: Page) -> None:
    first = settled(explore)
    drag(explore)
    second = settled(explore)
    explore.get_by_role("button", name="Random", exact=True).click()
    third = settled(explore)
    back, forth = "Control+z", "Control+Shift+z"
    for key, wanted in ((back, second), (back, first), (forth, second), (forth, third)):
        explore.keyboard.press(key)
        assert np.abs(settled(explore) - wanted).max() <= 2, key


def test_a_locked_slider_stays(explore: Page) -> None:
    sliders = explore.locator(".ganlab-sliders input[type=range]")
    sliders.first.press("ArrowRight")
    value = sliders.first.input_value()
    explore.locator(".ganlab-lock").first.click()
    for name in ("Random", "Reset"):
        explore.get_by_role("button", name=name, exact=True).click()
        assert explore.locator(".ganlab-sliders input[type=range]").first.input_value() == value
    assert float(explore.locator(".ganlab-sliders input[type=range]").nth(1).input_value()) == 0


def test_the_pad_is_moved_by_keys(explore: Page) -> None:
    pad = explore.locator(".ganlab-pad")
    seed = explore.get_by_label("seed", exact=True)
    seed.fill("205")
    seed.press("Enter")
    for key, wanted in (("Shift+ArrowRight", "206"), ("Shift+ArrowDown", "306"), ("ArrowLeft", "306"), ("Home", "0")):
        pad.press(key)
        expect(seed).to_have_value(wanted)


def test_a_walk_is_played_and_saved(explore: Page) -> None:
    explore.get_by_role("tab", name="Walk").click()
    explore.get_by_role("button", name="Random walk").click()
    expect(explore.locator(".ganlab-key")).to_have_count(6)
    explore.get_by_role("button", name="Remove key frame 6").click()
    expect(explore.locator(".ganlab-key")).to_have_count(5)
    explore.get_by_role("button", name="Play").click()
    explore.wait_for_function("() => Number(document.querySelector('[aria-label=\"Frame of the walk\"]').value) > 5")
    explore.get_by_role("button", name="Pause").click()
    explore.get_by_label("as", exact=True).select_option("gif")
    explore.get_by_label("pixels", exact=True).select_option("256")
    with explore.expect_download() as download:
        explore.get_by_role("button", name="Save film").click()
    assert Path(download.value.path()).read_bytes().startswith(b"GIF89a")


def test_a_latent_is_found_for_a_real_picture(explore: Page) -> None:
    explore.get_by_role("tab", name="From a picture").click()
    explore.get_by_role("button", name="Real picture 2", exact=True).click()
    walk = explore.get_by_role("button", name="Walk from here")
    expect(walk).to_be_visible(timeout=30_000)
    explore.get_by_role("button", name="Cancel").click()
    expect(explore.get_by_text("Cancelled")).to_be_visible()
    walk.click()
    expect(explore.get_by_text("This latent is not on the plane")).to_be_visible()
    expect(explore).to_have_url(re.compile("base="))


def test_a_generator_is_taken_away_and_opened_again(explore: Page, tmp_path: Path) -> None:
    before = settled(explore)
    explore.get_by_role("tab", name="Take it away").click()
    with explore.expect_download() as download:
        explore.get_by_role("button", name="Save .safetensors").click()
    file = tmp_path / "taken.safetensors"
    download.value.save_as(file)
    explore.get_by_text("Open a snapshot file").click()
    explore.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(file)
    expect(explore.get_by_text("Shown: taken.safetensors")).to_be_visible(timeout=20_000)
    expect(explore.locator(LARGE).first).to_be_visible(timeout=20_000)
    assert np.abs(settled(explore) - before).max() <= 2
