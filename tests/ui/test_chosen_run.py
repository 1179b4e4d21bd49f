"""The chosen run is one on all pages, and the browser's Back and Forward find it again."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import train_beforehand
from playwright.sync_api import Locator, Page, expect

from ganlab.config import TrainConfig

#: Between two looks at the history: Streamlit answers late on a busy machine, and what comes after the next step is put
#: on top of the history, which cuts off what lies ahead.
A_MOMENT_MS = 1500

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def runs(server_folders: dict[str, Path]) -> tuple[str, str]:
    """Ids of two finished runs, the older first."""
    tiny = TrainConfig(width=4, z_dim=8, batch_size=8, d_steps=1, max_steps=2, preview_every=2, preview_count=4)
    older, newer = (train_beforehand(server_folders, tiny.with_changes(seed=seed)) for seed in (1, 2))
    return older, newer


@pytest.fixture
def shown(page: Page) -> Callable[..., None]:
    """Waits until this page has this run in its box, in its middle and in its address, and its script has ended.

    Whoever goes on while it still runs may find Streamlit's answer to the page before on top of the history.
    """

    def expect_shown(run: str, *, on: str) -> None:
        part = ".ganlab-live" if on == "Train" else f".ganlab-walk[data-source='{run}']"
        expect(page.locator(part)).to_be_visible()
        expect(page.get_by_role("combobox", name="Run")).to_have_value(re.compile(run))
        page.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("run") == [run])
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")

    return expect_shown


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("link", name=name, exact=True)


def choose(page: Page, run: str) -> None:
    page.get_by_role("combobox", name="Run").click()
    page.get_by_role("option").filter(has_text=re.compile(rf"{run}$")).click()


def test_the_chosen_run_is_kept_on_every_page(
    page: Page, runs: tuple[str, str], server: str, shown: Callable[..., None]
) -> None:
    older, newer = runs
    page.goto(server)
    shown(newer, on="Train")
    choose(page, older)
    shown(older, on="Train")
    for name in ("Explore", "Train", "Explore"):
        tab(page, name).click()
        shown(older, on=name)
    tab(page, "Runs").click()
    page.locator("[class*=st-key-run-]").filter(has_text=newer).get_by_role("button", name="Explore").click()
    shown(newer, on="Explore")
    tab(page, "Train").click()
    shown(newer, on="Train")


def test_a_link_chooses_for_the_other_pages_too(
    page: Page, runs: tuple[str, str], server: str, shown: Callable[..., None]
) -> None:
    older, _ = runs
    page.goto(f"{server}/explore?run={older}")
    shown(older, on="Explore")
    tab(page, "Train").click()
    shown(older, on="Train")


def test_back_and_forward_restore_page_and_run(
    page: Page, runs: tuple[str, str], server: str, shown: Callable[..., None]
) -> None:
    older, newer = runs
    page.goto(server)
    shown(newer, on="Train")
    choose(page, older)
    shown(older, on="Train")
    tab(page, "Explore").click()
    shown(older, on="Explore")
    choose(page, newer)
    shown(newer, on="Explore")
    past = ((older, "Explore"), (older, "Train"), (newer, "Train"))
    for run, name in past:
        page.wait_for_timeout(A_MOMENT_MS)
        page.go_back()
        shown(run, on=name)
    for run, name in (*past[1::-1], (newer, "Explore")):
        page.wait_for_timeout(A_MOMENT_MS)
        page.go_forward()
        shown(run, on=name)
