"""A browser that knows the runtime, and nobody to fetch from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from ganlab.export.browser import runtime


@pytest.fixture(scope="session")
def offline_browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def runtime_page(offline_browser: Browser) -> Iterator[Page]:
    """A page with the runtime. Files that a test puts into `page.files` are found under http://ganlab.test/."""
    page = offline_browser.new_page()
    files: dict[str, bytes] = {}
    page.files = files  # pyright: ignore[reportAttributeAccessIssue]
    page.route("**/*", lambda route: route.fulfill(body=files.get(route.request.url.rpartition("/")[2], b"")))
    page.goto("http://ganlab.test/")
    page.add_script_tag(content=runtime())
    yield page
    page.close()
