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
