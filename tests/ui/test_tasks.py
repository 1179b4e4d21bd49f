"""What a newcomer does first, in a real browser at 1440×900: how many clicks it takes, and that nothing is scrolled."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import ROOT, badge
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300)]


class Newcomer:
    """Clicks what is on the screen, and counts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def click(self, target: Locator) -> None:
        """It must be in the window as it is."""
        self.sees(target)
        target.click()
        self.clicks += 1

    def sees(self, target: Locator) -> None:
        expect(target).to_be_visible(timeout=60_000)
        box, size = target.bounding_box(), self.page.viewport_size
        assert box is not None
        assert size is not None
        assert box["y"] >= 0, f"{target} is above the window"
        assert box["y"] + box["height"] <= size["height"], f"{target} is below the fold"

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)


@pytest.fixture
def newcomer(page: Page, server: str, server_folders: dict[str, Path]) -> Iterator[Newcomer]:
    """On the first screen of an app that has just been installed."""
    shutil.rmtree(server_folders["CHECKPOINTS"])
    server_folders["CHECKPOINTS"].mkdir()
    shutil.copytree(ROOT / "checkpoints" / "digits-quick", server_folders["CHECKPOINTS"] / "digits-quick")
    page.goto(server)
    yield Newcomer(page)
    assert page.evaluate("() => window.scrollY") == 0


def test_train_digits_steer_the_run_and_send_a_link(newcomer: Newcomer) -> None:
    page = newcomer.page
    newcomer.click(newcomer.button("Train this yourself"))
    expect(badge(page, "Training")).to_be_visible(timeout=60_000)
    newcomer.sees(page.locator(".ganlab-samples img").first)
    assert newcomer.clicks <= 2, "train digits"

    newcomer.clicks = 0
    newcomer.sees(page.locator(".ganlab-list .ganlab-plot-frame").first)
    newcomer.sees(page.locator(".ganlab-chip", has_text="Critic loss"))
    assert newcomer.clicks <= 1, "find out whether the critic rises"

    rate = page.get_by_label("Learning rate of D, of this run")
    newcomer.click(page.get_by_role("button", name="Settings you can change now"))
    newcomer.click(newcomer.button("Halve Learning rate of D"))
    expect(rate).to_have_value("0.001")
    newcomer.click(newcomer.button("Undo last edit"))
    expect(rate).to_have_value("0.002", timeout=60_000)
    assert newcomer.clicks <= 3, "halve a learning rate and take it back"

    newcomer.clicks = 0
    newcomer.click(page.get_by_test_id("stTopNavLink").filter(has_text="Explore"))
    newcomer.click(newcomer.button("Copy link"))
    assert newcomer.clicks <= 2, "send a link"
    page.goto(page.url.split("/explore")[0])
    newcomer.page.get_by_role("button", name="Stop").click()
    expect(badge(page, "Stopped")).to_be_visible(timeout=60_000)


def test_take_a_sample_of_train_into_a_walk_and_save_it(newcomer: Newcomer) -> None:
    page = newcomer.page
    newcomer.click(newcomer.button("Train this yourself"))
    newcomer.sees(page.locator(".ganlab-samples img").first)
    expect(newcomer.button("Pin")).to_be_visible(timeout=60_000)

    newcomer.clicks = 0
    newcomer.click(page.locator(".ganlab-samples .ganlab-stage"))
    newcomer.click(newcomer.button("Add to walk"))
    newcomer.click(newcomer.button("New"))
    newcomer.click(newcomer.button("Add to walk"))
    with page.expect_download(timeout=60_000) as film:
        newcomer.click(newcomer.button("Save film"))
    assert Path(film.value.path()).stat().st_size > 10_000
    assert newcomer.clicks <= 6
    page.goto(page.url.split("/explore")[0])
    page.get_by_role("button", name="Stop").click()
    expect(badge(page, "Stopped")).to_be_visible(timeout=60_000)


def test_on_first_opening_the_curve_draws_and_can_be_played_again(newcomer: Newcomer) -> None:
    page = newcomer.page
    expect(page.locator(".ganlab-replay-samples img")).to_be_visible(timeout=60_000)
    newcomer.sees(page.locator(".ganlab-replay-samples"))
    newcomer.sees(page.locator(".ganlab-replay-curve"))
    expect(page.locator(".ganlab-replay-step")).to_have_text("step 1,500", timeout=60_000)
    newcomer.click(newcomer.button("Play"))
    expect(newcomer.button("Pause")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    newcomer.sees(newcomer.button("Train this yourself"))
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
