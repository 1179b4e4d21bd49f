"""The Explore page in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from browsing import train_beforehand
from playwright.sync_api import expect

from ganlab.config import TrainConfig

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

LARGE = ".ganlab-walk .ganlab-stage canvas"
CONFIG = TrainConfig(
    width=4, z_dim=16, batch_size=16, max_steps=12, snapshot_every=6, lr_d=0.01, lr_g=0.01, precision="float32"
)


@pytest.fixture(scope="module")
def run(server_folders: dict[str, Path]) -> str:
    """The run of this module, with snapshots of steps 6 and 12."""
    return train_beforehand(server_folders, CONFIG)


@pytest.fixture
def explore(page: Page, server: str, run: str) -> Page:
    return opened(page, f"{server}/explore?run={run}")


@pytest.fixture
def telephone(browser: Browser, server: str, run: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    yield opened(context.new_page(), f"{server}/explore?run={run}")
    context.close()


@pytest.fixture
def later(server_folders: dict[str, Path], run: str) -> Iterator[Callable[[], None]]:
    """The run as it was at step 6; call it to let it be trained on."""
    last = server_folders["CHECKPOINTS"] / run / "snapshots" / "000012.safetensors"
    aside = last.rename(last.with_suffix(".aside"))
    yield lambda: (aside.rename(last), None)[1]
    if aside.exists():
        aside.rename(last)


def opened(page: Page, url: str) -> Page:
    page.goto(url)
    expect(page.locator(LARGE).first).to_be_visible()
    expect(page.locator(".ganlab-lock").first).to_be_visible()
    return page


def link_of(page: Page) -> str:
    settled(page)
    page.get_by_role("button", name="Copy link").click()  # the address itself follows a moment later
    return page.evaluate("location.href")


def drag(page: Page, *, by: int = 60) -> None:
    box = page.locator(".ganlab-pad").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - by / 2, y - by / 3)
    page.mouse.move(x - by, y - by / 2)
    page.mouse.up()


def swipe(page: Page, control: Locator, *, right: int = 0, down: int = 0) -> int:
    """A finger on the middle of a control goes so many pixels; returns how far the page was scrolled."""
    scrolled = "() => document.querySelector('[data-testid=stMain]').scrollTop"
    control.scroll_into_view_if_needed()
    box = control.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before, fingers = page.evaluate(scrolled), page.context.new_cdp_session(page)
    for kind, share in (("touchStart", 0), *(("touchMove", n / 8) for n in range(1, 9)), ("touchEnd", None)):
        points = [] if share is None else [{"x": x + share * right, "y": y + share * down}]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    settled(page)
    return page.evaluate(scrolled) - before


def settled(page: Page) -> np.ndarray:
    """The large picture, once it is of the place as it is, and the address as well."""
    drawn = page.wait_for_function(
        """large => {
          const [walk, canvas] = [".ganlab-walk", large].map((each) => document.querySelector(each));
          if (walk?.getAttribute("aria-busy") !== "false" || canvas.hidden) return null;
          return [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data];
        }""",
        arg=LARGE,
    )
    return np.array(drawn.json_value())


def choose(page: Page, who: str, words: str) -> np.ndarray:
    page.get_by_label("Who draws the pictures").select_option(who)
    expect(page.locator(".ganlab-drawn")).to_contain_text(words)
    return settled(page)


def test_page_and_server_draw_the_same_picture(explore: Page) -> None:
    for _ in range(2):
        drag(explore, by=37)
        explore.get_by_role("button", name="Random", exact=True).click()
        here, there = choose(explore, "page", "your browser"), choose(explore, "server", "the server")
        assert len(here) == 16 * 16 * 4
        assert np.abs(here - there).max() <= 2


def test_a_link_shows_the_same_picture(explore: Page, window: Page) -> None:
    before = settled(explore)
    drag(explore)
    explore.get_by_label("Truncation").press("ArrowLeft")
    explore.get_by_role("button", name="Random", exact=True).click()
    there = settled(explore)
    assert not np.array_equal(before, there)
    assert np.abs(settled(opened(window, link_of(explore))) - there).max() <= 2


@pytest.mark.slow
def test_a_link_shows_the_same_picture_after_the_run_has_trained_on(
    page: Page, server: str, run: str, window: Page, later: Callable[[], None]
) -> None:
    explore = opened(page, f"{server}/explore?run={run}")
    expect(explore.locator("figcaption").first).to_contain_text("step 6")
    explore.get_by_role("button", name="Random", exact=True).click()
    settled(explore)
    later()
    explore.get_by_label("Truncation").press("ArrowLeft")
    there = settled(explore)
    assert np.abs(settled(opened(window, link_of(explore))) - there).max() <= 2
    for each in (explore, window):
        expect(each.locator("figcaption").first).to_contain_text("step 6")


@pytest.mark.slow
def test_another_snapshot_is_taken_up_when_the_last_one_is_gone(
    page: Page, server: str, server_folders: dict[str, Path], run: str, later: Callable[[], None]
) -> None:
    explore = opened(page, f"{server}/explore?run={run}")
    choose(explore, "server", "the server")
    later()
    thinned = server_folders["CHECKPOINTS"] / run / "snapshots" / "000006.safetensors"
    aside = thinned.rename(thinned.with_suffix(".thinned"))
    try:
        explore.get_by_label("Truncation").press("ArrowLeft")
        expect(explore.locator("figcaption").first).to_contain_text("step 12")
    finally:
        aside.rename(thinned)


@pytest.mark.slow
def test_a_link_keeps_the_directions_of_the_weights_that_they_were_found_in(explore: Page, window: Page) -> None:
    explore.get_by_role("button", name="Random", exact=True).click()
    explore.get_by_role("radio", name="As trained").click()
    there = settled(explore)
    assert np.abs(settled(opened(window, link_of(explore))) - there).max() <= 2


@pytest.mark.slow
def test_a_link_shows_what_was_moved_while_the_run_still_trained(
    page: Page, server: str, server_folders: dict[str, Path], window: Page
) -> None:
    run = train_beforehand(server_folders, CONFIG.model_copy(update={"max_steps": 100_000}), stop=True)
    page.goto(f"{server}/?run={run}")
    page.get_by_role("button", name="Resume").click()
    explore = opened(page.context.new_page(), f"{server}/explore?run={run}")
    explore.get_by_label("Snapshot", exact=True).press("End")
    expect(explore.get_by_text("in training now")).to_be_visible()
    explore.get_by_role("button", name="Random", exact=True).click()
    page.get_by_role("button", name="Stop").click()
    expect(explore.get_by_text("in training now")).to_be_hidden()
    there = settled(explore)
    assert np.abs(settled(opened(window, link_of(explore))) - there).max() <= 2


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_locked_slider_stays(explore: Page) -> None:
    sliders = explore.locator(".ganlab-sliders input[type=range]")
    sliders.first.press("ArrowRight")
    value = sliders.first.input_value()
    explore.locator(".ganlab-lock").first.click()
    for name in ("Random", "Reset"):
        explore.get_by_role("button", name=name, exact=True).click()
        assert explore.locator(".ganlab-sliders input[type=range]").first.input_value() == value
    assert float(explore.locator(".ganlab-sliders input[type=range]").nth(1).input_value()) == 0


@pytest.mark.slow
def test_the_pad_is_moved_by_keys(explore: Page) -> None:
    pad = explore.locator(".ganlab-pad")
    seed = explore.get_by_label("seed", exact=True)
    seed.fill("205")
    seed.press("Enter")
    for key, wanted in (("Shift+ArrowRight", "206"), ("Shift+ArrowDown", "306"), ("ArrowLeft", "306"), ("Home", "0")):
        pad.press(key)
        expect(seed).to_have_value(wanted)


@pytest.mark.slow
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


@pytest.mark.slow
def test_films_over_the_training_are_saved(explore: Page) -> None:
    explore.get_by_role("tab", name="Time").click()
    explore.get_by_label("as", exact=True).select_option("gif")
    for what in ("this picture", "the grids kept while training"):
        explore.get_by_label("of", exact=True).select_option(what)
        with explore.expect_download() as download:
            explore.get_by_role("button", name="Save film").click()
        assert Path(download.value.path()).read_bytes().startswith(b"GIF89a")
        expect(explore.get_by_role("button", name="Save film")).to_be_visible()


@pytest.mark.slow
def test_a_latent_is_found_for_a_real_picture(explore: Page) -> None:
    explore.get_by_role("tab", name="From a picture").click()
    explore.get_by_role("button", name="Real picture 2", exact=True).click()
    walk = explore.get_by_role("button", name="Walk from here")
    expect(walk).to_be_visible()
    explore.get_by_role("button", name="Cancel").click()
    expect(explore.get_by_text("Cancelled")).to_be_visible()
    walk.click()
    expect(explore.get_by_text("This latent is not on the plane")).to_be_visible()
    expect(explore).to_have_url(re.compile("base="))


@pytest.mark.slow
def test_a_generator_is_taken_away_and_opened_again(explore: Page, tmp_path: Path) -> None:
    before = settled(explore)
    explore.get_by_role("tab", name="Take it away").click()
    with explore.expect_download() as download:
        explore.get_by_role("button", name="Save .safetensors").click()
    file = tmp_path / "taken.safetensors"
    download.value.save_as(file)
    explore.get_by_text("Open a snapshot file").click()
    explore.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(file)
    expect(explore.get_by_text("Shown: taken.safetensors")).to_be_visible()
    expect(explore.locator(".ganlab-walk[data-source^='file:']")).to_be_attached()
    assert np.abs(settled(explore) - before).max() <= 2
    expect(explore).not_to_have_url(re.compile("run=|seed="))  # it would open a picture of the run
    expect(explore.get_by_label("Run", exact=True)).to_have_count(0)
    explore.get_by_role("button", name="Copy link").click()
    expect(explore.get_by_text("No link leads to a file")).to_be_visible()


@pytest.mark.slow
def test_a_finger_drags_the_pad_and_sliders_and_scrolls_beside_them(telephone: Page) -> None:
    expect(telephone.get_by_role("link", name="Train")).not_to_be_in_viewport()  # the menu does not lie over the page
    assert telephone.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth") == 390
    facts = telephone.locator("figcaption").first
    assert swipe(telephone, telephone.locator(".ganlab-pad"), right=-60, down=-80) == 0
    expect(facts).to_contain_text("near seed 101 ")
    cut = telephone.get_by_label("Truncation")
    assert swipe(telephone, cut, right=60, down=20) == 0
    value = float(cut.input_value())
    assert value > 1
    assert swipe(telephone, cut, right=-20, down=-150) > 0
    assert float(cut.input_value()) == value, "a finger that scrolls turns no slider"
    expect(telephone.locator(LARGE).first).to_be_in_viewport()


def test_all_snapshots_are_scored_as_a_curve_that_leads_to_each(explore: Page) -> None:
    explore.get_by_role("tab", name="Scores").click()
    explore.get_by_label("samples", exact=True).select_option("500")
    explore.get_by_label("seen by").select_option("none")
    explore.get_by_role("button", name="Score all snapshots").click()
    curve = explore.locator(".ganlab-score-curve")
    expect(curve).to_have_attribute("aria-label", re.compile("^Sliced Wasserstein distance over 2 snapshots"))
    expect(explore.get_by_text("★ best")).to_have_count(1)
    explore.get_by_role("button", name="6", exact=True).click()
    expect(explore.get_by_role("slider", name="Snapshot")).to_have_value("0")
    explore.get_by_label("seen by").select_option("usual")
    explore.get_by_label("samples", exact=True).select_option("10000")
    explore.get_by_role("button", name="Score all snapshots").click()
    explore.get_by_role("button", name="Cancel").click()
    expect(explore.get_by_text("Cancelled.")).to_be_visible()
    explore.get_by_label("samples", exact=True).select_option("500")
    explore.get_by_role("button", name="Score this generator").click()
    expect(explore.get_by_role("cell", name="Fréchet distance", exact=True)).to_be_visible()
