"""What the Train page offers, and where it stands, in a real browser."""

from __future__ import annotations

import re

import pytest
from browsing import badge, start_small
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(240)]


def test_a_finished_run_is_offered_no_rewind_to_where_it_stands(page: Page, server: str) -> None:
    start_small(page, server, steps=6)
    expect(badge(page, "Finished")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="Fork from step 6")).to_be_visible(timeout=10_000)
    page.get_by_role("button", name=re.compile("^Rewind to step")).click()
    dialog = page.get_by_role("dialog", name="Rewind the run")
    assert dialog.get_by_label("Step to go on from").locator("option").all_inner_texts() == ["step 0 (the beginning)"]
    dialog.get_by_role("button", name="Rewind", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(badge(page, "Finished")).to_be_visible(timeout=60_000)
    expect(page.locator(".ganlab-message[data-error]")).to_be_hidden()


def test_settings_that_are_unfolded_stay_so_when_a_run_begins_and_ends(page: Page, server: str) -> None:
    start_small(page, server, steps=100_000)
    expect(badge(page, "Training")).to_be_visible(timeout=30_000)
    note = page.get_by_text("1 run is ahead")
    expect(note).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(note).to_be_hidden(timeout=30_000)
    unfolded = page.get_by_test_id("stSidebar").locator("details[open] summary")
    expect(unfolded).to_contain_text(["Networks", "Run"])
