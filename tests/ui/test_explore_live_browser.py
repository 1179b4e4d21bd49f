"""A run in progress on the Explore page, in a real browser: averaged and as trained."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from browsing import badge, start_small
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(240)]

TO_THE_LAST = """slider => {
  slider.value = slider.max;
  for (const kind of ["input", "change"]) slider.dispatchEvent(new Event(kind));
}"""

GROWN = """before => {
  const found = /step ([\\d,]+)/.exec(document.querySelector("figcaption").innerText);
  return found && Number(found[1].replaceAll(",", "")) > before;
}"""


def step_of(page: Page) -> int:
    found = re.search(r"step ([\d,]+)", page.locator("figcaption").first.inner_text())
    return int(found[1].replace(",", "")) if found else -1


def test_a_run_in_progress_is_followed_averaged_and_as_trained(page: Page, server: str) -> None:
    start_small(page, server, steps=100_000)
    expect(badge(page, "Training")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Explore").click()
    expect(page.locator("figcaption").first).to_contain_text("step", timeout=30_000)
    page.get_by_label("Snapshot", exact=True).evaluate(TO_THE_LAST)
    for weights in ("As trained", "Averaged"):
        page.get_by_role("radio", name=weights).click()
        expect(page.locator(".ganlab-drawn")).to_contain_text("drawn by the server")
        # The average is of the last grid, which may lie before what was just shown as trained.
        page.wait_for_function(GROWN, arg=step_of(page), timeout=60_000)
        expect(page).to_have_url(re.compile("live&weights=generator" if weights == "As trained" else "live&seed"))
