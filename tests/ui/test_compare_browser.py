"""The Compare page in a real browser: a link holds what is looked at, and tables can be taken away."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from ganlab.config import TrainConfig
from ganlab.runs import Runs, drive

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def link(server: str, server_folders: dict[str, Path]) -> str:
    """To two seeds of a tiny run that have been trained to their end."""
    runs, ids = Runs(server_folders["CHECKPOINTS"]), []
    for seed in (0, 1):
        tiny = TrainConfig(
            width=4, z_dim=8, batch_size=8, d_steps=1, max_steps=6, preview_every=2, preview_count=4, seed=seed
        )
        run = runs.create(tiny)
        list(drive(run, tick_s=0))
        ids.append(run.id)
    return f"{server}/compare?of={','.join(ids)}"


def test_a_link_holds_what_is_looked_at(page: Page, link: str):
    from playwright.sync_api import expect

    page.goto(link)
    expect(page.locator(".ganlab-columns img")).to_have_count(2)
    page.get_by_label("Series").select_option("loss_g")
    page.get_by_label("Curves over").get_by_text("images").click()
    page.get_by_label("Step of all samples").fill("1")
    expect(page.get_by_text("step 2 ·")).to_be_visible()
    page.wait_for_function("location.search.includes('step=2') && location.search.includes('over=images')")
    asked = parse_qs(urlsplit(page.url).query)
    assert (asked["series"], asked["over"], asked["step"]) == (["loss_g"], ["images"], ["2"])
    other = page.context.new_page()  # a tab of its own, which remembers nothing
    other.goto(page.url)
    expect(other.get_by_text("step 2 ·")).to_be_visible()
    expect(other.get_by_label("Series")).to_have_value("loss_g")
    expect(other.get_by_text("real images seen")).to_be_visible()


def test_the_last_step_is_followed_by_a_link_that_names_none(page: Page, link: str):
    from playwright.sync_api import expect

    page.goto(f"{link}&step=2")
    slider = page.get_by_label("Step of all samples")
    expect(page.get_by_text("step 2 ·")).to_be_visible()
    slider.fill(slider.get_attribute("max") or "")
    page.wait_for_function("!location.search.includes('step=')")


def test_the_points_of_the_curves_are_handed_over(page: Page, link: str):
    page.goto(f"{link}&series=loss_d")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    assert download.value.suggested_filename == "loss_d.csv"
    with open(download.value.path(), newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["seed"], row["steps"]) for row in rows] == [(seed, str(step)) for seed in "01" for step in range(1, 7)]
