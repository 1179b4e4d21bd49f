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
from typing import Any

import pytest
import requests
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
def proxy(
    app: int, folder: Path, change: Callable[[str], str] = lambda block: block, *, secured: bool = False
) -> Iterator[str]:
    """A server block of docs/serving.md in front of the app, changed; yields its address."""
    plain, with_password = re.findall(r"```nginx\n(.*?)```", (ROOT / "docs" / "serving.md").read_text(), re.DOTALL)
    port = free_port()
    block = with_password if secured else plain
    block = change(re.sub(r"listen \d+", f"listen 127.0.0.1:{port}", block).replace("8501", str(app)))
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
        yield f"{'https' if secured else 'http'}://127.0.0.1:{port}/lab/"
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


@contextmanager
def window(browser: Browser, **options: Any) -> Iterator[Page]:
    """Whatever fails in it, or is not found, fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, **options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert not complaints


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with window(browser) as page:
        yield page


@pytest.mark.parametrize("change", [str, hide_host])
def test_all_pages_work_below_a_path(page: Page, app: int, tmp_path: Path, change: Callable[[str], str]) -> None:
    with proxy(app, tmp_path, change) as address:
        walk_through_all_pages(page, address)


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_all_pages_work_behind_tls_and_a_password(browser: Browser, app: int, tmp_path: Path) -> None:
    with proxy(app, tmp_path, lambda block: with_keys(block, tmp_path), secured=True) as address:
        answer = requests.get(address, verify=False, timeout=10)
        assert answer.status_code == 401 and "ganlab" in answer.headers["WWW-Authenticate"]
        assert requests.get(address, verify=False, timeout=10, auth=("anna", "wrong")).status_code == 401
        assert requests.get(address.replace("https", "http"), timeout=10).status_code == 400, (
            "nothing goes in the clear"
        )
        who = {"username": "anna", "password": "a word"}
        with window(browser, http_credentials=who, ignore_https_errors=True) as page:
            walk_through_all_pages(page, address)


def with_keys(block: str, folder: Path) -> str:
    """With a certificate and a list of users of the test's own."""
    key, certificate, users = folder / "key", folder / "certificate", folder / "users"
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "1"]
    subprocess.run(["openssl", *words, "-subj", "/CN=127.0.0.1"], check=True, capture_output=True)
    hashed = subprocess.run(["openssl", "passwd", "-apr1", "a word"], check=True, capture_output=True, text=True).stdout
    users.write_text(f"anna:{hashed}")
    paths = {"/etc/ssl/certs/lab.example.pem": certificate, "/etc/ssl/private/lab.example.key": key}
    for name, path in (paths | {"/etc/nginx/ganlab.users": users}).items():
        assert name in block
        block = block.replace(name, str(path))
    return block


def walk_through_all_pages(page: Page, address: str) -> None:
    """Train, watch, list, explore, reload, and ask nobody but the proxy for anything."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
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
