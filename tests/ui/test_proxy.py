"""The app below a path, behind the reverse proxy of docs/serving.md."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browsing import ROOT, badge, free_port, is_complaint, serving, set_setting
from playwright.sync_api import Browser, Page, expect

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed (Debian: nginx-light)"),
]


@pytest.fixture(scope="module")
def app(server_folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an app below /lab, which goes by no other name than its own."""
    port = free_port()
    with serving(port, server_folders, tmp_path_factory.mktemp("server") / "log.txt", base="lab"):
        yield port


@contextmanager
def proxy(app: int, folder: Path, change: Callable[[str], str] = lambda block: block) -> Iterator[str]:
    """The server block of docs/serving.md in front of the app, changed; yields its address."""
    (block,) = re.findall(r"```nginx\n(.*?)```", (ROOT / "docs" / "serving.md").read_text(), re.DOTALL)
    port = free_port()
    block = change(block.replace("listen 80", f"listen 127.0.0.1:{port}").replace("8501", str(app)))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off; {paths} {block} }}\n"
    )
    process = subprocess.Popen(
        [str(NGINX), "-p", str(folder), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
    )
    try:
        wait_until_open(port, process)
        yield f"http://127.0.0.1:{port}/lab/"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def wait_until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("nginx did not begin to answer")


def hide_host(block: str) -> str:
    return block.replace("proxy_set_header Host $http_host;", "")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window; whatever fails in it, or is not found, fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert not complaints


@pytest.mark.parametrize("change", [str, hide_host])
def test_all_pages_work_below_a_path(page: Page, app: int, tmp_path: Path, change: Callable[[str], str]) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with proxy(app, tmp_path, change) as address:
        page.goto(address)
        page.get_by_role("button", name="Start", exact=True).wait_for()
        set_setting(page, "Networks", "Width", "4")
        set_setting(page, "Run", "Steps", "100000")
        page.get_by_role("button", name="Start", exact=True).click()
        expect(badge(page, "Training")).to_be_visible()
        expect(page.locator(".ganlab-plot .scatterlayer path.js-line").first).to_be_attached()
        expect(page.locator(".ganlab-live img").first).to_be_visible()
        page.get_by_role("link", name="Runs", exact=True).click()
        expect(page.locator("[class*=st-key-run-]").first.locator(".ganlab-muted")).to_contain_text("step")
        page.get_by_role("link", name="Train", exact=True).click()
        page.locator(".ganlab-live").get_by_role("button", name="Stop", exact=True).click()
        expect(badge(page, "Stopped")).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("button", name="CSV").click()
        assert Path(download.value.path()).read_bytes().startswith(b"step,")
        page.get_by_role("link", name="Explore", exact=True).click()
        expect(page.locator(".ganlab-walk .ganlab-stage canvas").first).to_be_visible()
        page.reload()
        expect(page.locator(".ganlab-walk .ganlab-stage canvas").first).to_be_visible()
        page.goto(f"{address}train")
        expect(badge(page, "Stopped")).to_be_visible()
        page.goto("about:blank")
    outside = [
        url for url in asked if not url.startswith((address, address.replace("http", "ws"), "data:", "blob:", "about:"))
    ]
    assert not outside
