"""A headless Chromium, and what is done on the pages before something is measured."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchmarks.server import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_PATIENCE_MS = 60_000


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of the tests. Draws on the CPU: headless there is no GPU to help."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        raise SystemExit("playwright is not installed: pip install -r requirements-dev.txt") from None
    script = ["sh", str(ROOT / "tests" / "install-browser.sh"), "--find"]
    found = subprocess.run(script, capture_output=True, text=True, check=False).stdout.strip()
    if not found:
        raise SystemExit("no Chromium on this machine: `make browser` installs one or says how")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def window(browser: Browser) -> Iterator[Page]:
    """A page of a fresh profile, 1440×900."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(_PATIENCE_MS)
    try:
        yield context.new_page()
    finally:
        context.close()


def open_train(page: Page, url: str) -> None:
    """Go to the Train page and wait until Start can be pressed."""
    page.goto(url)
    page.get_by_role("button", name="Start", exact=True).wait_for()


def wait_for_curves(page: Page, within: str = ".ganlab-live") -> None:
    page.locator(f"{within} .scatterlayer path.js-line").first.wait_for(state="attached")


def start_run(page: Page, **settings: int) -> tuple[str, str]:
    """Press Start on an open Train page, settings of group Run changed first. Returns the run's id and the token."""
    for title, value in settings.items():
        _set(page, title.replace("_", " "), value)
    before = page.url
    with page.expect_request(lambda request: _asks_for_another_run(request.url, before)) as asked:
        page.get_by_role("button", name="Start", exact=True).click()
    return _run_of(asked.value.url), asked.value.headers["x-ganlab-token"]


def token_of(page: Page, url: str) -> str:
    """Open a page that asks one of our routes, and take its token from the request."""
    with page.expect_request(lambda request: "x-ganlab-token" in request.headers) as asked:
        page.goto(url)
    return asked.value.headers["x-ganlab-token"]


def _set(page: Page, title: str, value: int) -> None:
    box = page.get_by_label(title, exact=True)
    if not box.is_visible():
        page.locator("summary", has_text=re.compile("^.*Run$")).click()
    box.fill(str(value))
    box.press("Enter")


def _asks_for_another_run(url: str, page_url: str) -> bool:
    return "/ganlab/runs/" in url and _run_of(url) not in page_url


def _run_of(url: str) -> str:
    return url.partition("/ganlab/runs/")[2].partition("/")[0]
