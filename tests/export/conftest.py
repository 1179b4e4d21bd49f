"""A browser that knows the runtime, and nobody to fetch from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from in_the_page import READ, RuntimePage
from playwright.sync_api import Browser, sync_playwright

from ganlab.export.browser import runtime


@pytest.fixture(scope="module")  # two at a time would be one too many for Playwright
def offline_browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def runtime_page(offline_browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RuntimePage]:
    page = offline_browser.new_page()
    page.set_content("<!doctype html><input type=file multiple id=files>")
    page.add_script_tag(content=runtime() + READ)
    yield RuntimePage(page, tmp_path_factory.mktemp("files"))
    page.close()
