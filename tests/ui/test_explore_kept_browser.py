"""What Explore keeps, in a real browser: blends of classes in key frames and sums, directions by their name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from ganlab.config import TrainConfig
from ganlab.explore import Explorer, draw
from ganlab.gan.latent import share_arithmetic
from ganlab.runs import Run, Runs
from ganlab.runs.directions import KeptDirection, forget_direction, keep_direction
from ganlab.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(240)]

LARGE = ".ganlab-walk .ganlab-stage canvas"
GREY = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 16, 16).data].filter((_, n) => n % 4 === 0)"


@pytest.fixture(scope="module")
def run(server_folders: dict[str, Path]) -> Run:
    """A conditional run, with two directions kept."""
    runs = Runs(server_folders["CHECKPOINTS"])
    service = Service(runs)
    run_id = service.start(
        TrainConfig(conditional=True, width=4, z_dim=16, batch_size=16, max_steps=40, lr_d=0.01, lr_g=0.01)
    )
    assert service.wait(run_id, "finished", "failed", timeout_s=120)
    assert service.close()
    return runs.get(run_id)


@pytest.fixture(autouse=True)
def kept(run: Run) -> None:
    for place, name in enumerate(("a, first", "slant")):
        keep_direction(run, KeptDirection(name, tuple(float(place == n) for n in range(16))))


@pytest.fixture
def explore(page: Page, server: str, run: Run) -> Page:
    return opened(page, f"{server}/explore?run={run.id}&kind=kept&seed=7")


def opened(page: Page, url: str) -> Page:
    page.goto(url)
    expect(page.locator(LARGE).first).to_be_visible(timeout=30_000)
    settled(page)
    return page


def settled(page: Page) -> np.ndarray:
    expect(page.locator(".ganlab-walk")).to_have_attribute("aria-busy", "false", timeout=30_000)
    return np.array(page.locator(LARGE).first.evaluate(GREY)).reshape(16, 16)


def drawn(run: Run, latent: torch.Tensor, **shares: float) -> np.ndarray:
    """What Python draws; shares by class, as _3=0.5."""
    loaded = Explorer(Runs(run.path.parent)).load(run.id)
    wanted = torch.zeros(1, 10)
    for name, share in shares.items():
        wanted[0, int(name[1:])] = share
    return draw(loaded, latent, wanted)[0, ..., 0].astype(int)


def of_seed(run: Run, seed: int) -> torch.Tensor:
    return Explorer(Runs(run.path.parent)).load(run.id).space.of_seed(seed)


def choose_classes(page: Page, first: str, second: str) -> None:
    page.get_by_label("Class", exact=True).select_option(first)
    page.get_by_label("Blended with").select_option(second)
    settled(page)


def test_a_key_frame_keeps_its_blend_and_leads_back_to_it(explore: Page, window: Page, run: Run) -> None:
    explore.get_by_role("tab", name="Walk").click()
    choose_classes(explore, "3", "8")
    explore.get_by_role("button", name="Keep this picture").click()
    choose_classes(explore, "1", "none")
    explore.get_by_role("button", name="Keep this picture").click()
    expect(explore.locator(".ganlab-key")).to_have_count(2)
    expect(explore.locator(".ganlab-key canvas")).to_have_count(2)
    first = np.array(explore.locator(".ganlab-key canvas").first.evaluate(GREY)).reshape(16, 16)
    half = drawn(run, of_seed(run, 7), _3=0.5, _8=0.5)
    assert np.abs(first - half).max() <= 2, "its thumbnail"
    walk = explore.get_by_label("Frame of the walk")
    expect(walk).to_have_attribute("max", "149", timeout=20_000)
    walk.fill("0")
    explore.wait_for_function(
        """([css, wanted]) => { const canvas = document.querySelector(css);
        return [...canvas.getContext('2d').getImageData(0, 0, 16, 16).data].filter((_, n) => n % 4 === 0)
          .every((level, n) => Math.abs(level - wanted[n]) <= 2); }""",
        arg=[LARGE, half.ravel().tolist()],
    )
    explore.locator(".ganlab-key .ganlab-cell").first.click()
    assert np.abs(settled(explore) - half).max() <= 2
    expect(explore.get_by_label("Class", exact=True)).to_have_value("3")
    expect(explore.get_by_label("Blended with")).to_have_value("8")
    assert np.abs(settled(opened(window, explore.evaluate("location.href"))) - half).max() <= 2


def test_a_sum_has_the_classes_that_are_left(explore: Page, window: Page, run: Run) -> None:
    explore.get_by_role("tab", name="Arithmetic").click()
    seed = explore.get_by_label("seed", exact=True)
    terms = [(7, "2", "6"), (8, "6", "none"), (9, "4", "5")]
    for place, (number, first, second) in enumerate(terms):
        seed.fill(str(number))
        seed.press("Enter")
        choose_classes(explore, first, second)
        explore.get_by_role("button", name="Add this picture").nth(place).click()
    latent = of_seed(run, 7) - of_seed(run, 8) + of_seed(run, 9)
    rows = torch.zeros(3, 1, 10)
    rows[0, 0, [2, 6]], rows[1, 0, 6], rows[2, 0, [4, 5]] = 0.5, 1, 0.5
    shares = share_arithmetic([rows[0], rows[2]], [rows[1]])
    assert (shares > 0).sum() == 3
    result = explore.get_by_role("img", name="A − B + C")
    expect(result).to_be_visible()
    explore.wait_for_timeout(500)
    result.click()
    expect(explore.get_by_label("Class", exact=True)).to_have_value("mix")
    wanted = drawn(run, latent, **{f"_{label}": float(share) for label, share in enumerate(shares)})
    assert np.abs(settled(explore) - wanted).max() <= 2
    assert np.abs(settled(opened(window, explore.evaluate("location.href"))) - wanted).max() <= 2


def test_a_link_finds_a_kept_direction_by_its_name(explore: Page, window: Page, run: Run) -> None:
    slider = explore.get_by_label("slant", exact=True)
    slider.fill("2")
    slider.press("ArrowLeft")
    there = settled(explore)
    link = explore.evaluate("location.href")
    assert re.search(r"kept=slant(:|%3A)1\.9", link)
    forget_direction(run, "a, first")
    assert np.abs(settled(opened(window, link)) - there).max() <= 2
    keep_direction(run, KeptDirection("a, first", (3.0, *[0.0] * 15)))
    assert np.abs(settled(opened(window, link)) - there).max() <= 2


def test_a_direction_that_is_not_kept_is_said_in_a_sentence(window: Page, server: str, run: Run) -> None:
    page = opened(window, f"{server}/explore?run={run.id}&seed=7&class=0&kept=round:2,a%5C,%20first:1&kind=kept")
    expect(page.get_by_text("No direction “round” is kept with this run: the picture is without it.")).to_be_visible()
    moved = of_seed(run, 7)
    moved[0, 0] += 1
    assert np.abs(settled(page) - drawn(run, moved, _0=1)).max() <= 2
    expect(page.get_by_label("a, first", exact=True)).to_have_value("1")


def test_a_class_direction_shows_how_far_it_is_and_is_given_up(explore: Page) -> None:
    explore.get_by_role("tab", name="Arithmetic").click()
    explore.get_by_label("from", exact=True).select_option("3")
    explore.get_by_role("button", name="Find and keep").click()
    meter = explore.get_by_role("progressbar", name="How far it is")
    expect(meter).to_be_visible()
    explore.wait_for_function("() => document.querySelector('[aria-label=\"How far it is\"]').ariaValueNow > 0")
    explore.get_by_role("button", name="Cancel").click()
    expect(explore.get_by_text("Cancelled.")).to_be_visible()
    expect(meter).to_be_hidden()
    expect(explore.locator(".ganlab-chip")).to_have_count(2)


def test_the_page_that_is_taken_away_begins_with_the_blend(explore: Page, window: Page, run: Run, tmp_path: Path):
    choose_classes(explore, "3", "8")
    there = settled(explore)
    explore.get_by_role("tab", name="Take it away").click()
    with explore.expect_download() as download:
        explore.get_by_role("button", name="Save .html").click()
    names = []
    for kind in ("Picture", "Grid"):
        with explore.expect_download() as picture:
            explore.locator(".ganlab-form").get_by_role("button", name=kind).click()
        names.append(picture.value.suggested_filename)
    assert names[0].endswith("-picture.png")
    assert names[1].endswith("-grid-of-16.png")
    download.value.save_as(tmp_path / "taken.html")
    window.goto((tmp_path / "taken.html").as_uri())
    expect(window.locator("#facts")).not_to_be_empty(timeout=20_000)
    taken = np.array(window.locator("#large").evaluate(GREY)).reshape(16, 16)
    assert np.abs(taken - there).max() <= 2
