"""What the tests of the real browser do on a page, and around it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ganlab.config import TrainConfig
from ganlab.runs import Runs
from ganlab.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Locator, Page

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(port: int, folders: Mapping[str, Path], log: Path, *options: str, base: str = "") -> Iterator[None]:
    """The app on this port, below `base`; it must end cleanly within 10 s of SIGTERM."""
    environment = os.environ | {f"GANLAB_{name}": str(folder) for name, folder in folders.items()}
    more = ("--server.port", str(port), "--server.headless", "true", "--server.baseUrlPath", base, *options)
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *more]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            wait_for(f"http://127.0.0.1:{port}{base and '/' + base}", process, log)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                code = process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise
    text = log.read_text()
    assert code in (0, -signal.SIGTERM), text
    assert "Traceback" not in text, text


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(log.read_text())


def train_beforehand(folders: Mapping[str, Path], config: TrainConfig, *, stop: bool = False) -> str:
    """A run that the server finds in its folder, trained to its end or stopped when it has begun; returns its id."""
    with pytest.MonkeyPatch.context() as environment:
        for name, folder in folders.items():
            environment.setenv(f"GANLAB_{name}", str(folder))
        service = Service(Runs())
        run_id = service.start(config)
        if stop:
            assert service.wait(run_id, "training", timeout_s=60)
            service.stop(run_id)
        assert service.wait(run_id, "stopped" if stop else "finished", timeout_s=60)
        assert service.close()
    return run_id


def is_ours(url: str, server: str) -> bool:
    return url.startswith((server, server.replace("http", "ws"), "data:", "blob:"))


def is_complaint(message: ConsoleMessage) -> bool:
    """An order that is refused is an answer like any other, though the browser notes it.

    And Streamlit itself asks in vain for some addresses below a page's own one.
    """
    in_vain = re.search(
        r"/(explore|runs|data|compare|plane|learn)/_stcore/(health|host-config)$", message.location.get("url", "")
    )
    return message.type == "error" and not in_vain and not re.search(r"status of (400|409)", message.text)


def badge(page: Page, word: str) -> Locator:
    return page.locator(".ganlab-badge", has_text=word)


def set_setting(page: Page, group: str, label: str, value: str) -> None:
    box = page.get_by_label(label, exact=True)
    summary = page.locator("summary", has_text=re.compile(f"^.*{group}$"))
    from playwright.sync_api import TimeoutError

    for _ in range(3):  # a script that is still running may fold the group again
        if not box.is_visible():
            summary.click()
        with contextlib.suppress(TimeoutError):
            box.fill(value, timeout=10_000)
            break
    box.press("Enter")


def start_small(page: Page, server: str, *, steps: int) -> None:
    page.goto(server)
    page.get_by_role("button", name="Start", exact=True).wait_for()
    set_setting(page, "Networks", "Width", "4")
    set_setting(page, "Run", "Steps", str(steps))
    set_setting(page, "Run", "Samples every", "5")
    page.get_by_role("button", name="Start", exact=True).click()
