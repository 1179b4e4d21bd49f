"""A lab of its own for each test of the screen; a server and a window for those of the browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import streamlit as st
from browsing import free_port, is_complaint, is_ours, serving
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ganlab.config import TrainConfig
from ganlab.ui.lab import Lab, lab
from ganlab.ui.routes import routes

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture
def tiny() -> TrainConfig:
    """Trains in a blink: the smallest net on the built-in digits."""
    return TrainConfig(width=4, z_dim=8, batch_size=8, d_steps=1, max_steps=6, preview_every=2, preview_count=4)


@pytest.fixture
def fresh_lab(checkpoints: object) -> Iterator[Lab]:
    """The lab that pages and routes of this test see, on an empty checkpoints folder."""
    lab.cache_clear()
    yield lab()
    assert lab().service.close(), "the trainer did not end"
    lab.cache_clear()


@pytest.fixture
def finished(fresh_lab: Lab, tiny: TrainConfig) -> str:
    """A tiny run that has been trained to its end."""
    run_id = fresh_lab.service.start(tiny)
    assert fresh_lab.service.wait(run_id, "finished", "failed", timeout_s=60)
    assert fresh_lab.service.status(run_id).state == "finished"
    return run_id


@pytest.fixture
def client(fresh_lab: Lab, finished: str) -> Iterator[TestClient]:
    """Asks what Explore's page asks about the finished run."""
    base = f"http://127.0.0.1:8501/ganlab/explore/{finished}/"
    with TestClient(Starlette(routes=routes()), base_url=base) as client:
        client.headers["X-Ganlab-Token"] = fresh_lab.token
        yield client


@pytest.fixture(autouse=True)
def data_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory of this test, empty; what is prepared goes elsewhere, and nothing loaded before is seen."""
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path / "cache"))
    st.cache_resource.clear()
    return tmp_path / "data"


@pytest.fixture
def pictures(tmp_path: Path) -> Callable[..., Path]:
    """Makes folders of small PNGs, no two alike, in sub-folders where classes are named."""

    def make(name: str, *, count: int = 20, classes: Sequence[str] = ("",)) -> Path:
        rng = np.random.default_rng(count)
        for index in range(count):
            file = tmp_path / name / classes[index % len(classes)] / f"{index:03}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 256, (20, 30, 3), np.uint8)).save(file)
        return tmp_path / name

    return make


@pytest.fixture(scope="module")
def server_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Where the server of a module has its CHECKPOINTS, DATA and CACHE."""
    return {name: tmp_path_factory.mktemp(name.lower()) for name in ("CHECKPOINTS", "DATA", "CACHE")}


@pytest.fixture(scope="module")
def server(server_folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on a free port, with folders of its own; it must end cleanly within 10 s of SIGTERM."""
    port = free_port()
    with serving(port, server_folders, tmp_path_factory.mktemp("server") / "log.txt"):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # on a busy machine a page takes its time
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    """A window; anything the page complains of in its console, or fetches from elsewhere, fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.grant_permissions([])
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: (
            complaints.append(f"{message.text} {message.location.get('url', '')}") if is_complaint(message) else None
        ),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url) if not is_ours(request.url, server) else None)
    yield page
    context.close()
    assert not complaints


@pytest.fixture
def window(browser: Browser) -> Iterator[Page]:
    """Another window, of somebody who was sent a link."""
    context = browser.new_context(viewport={"width": 1000, "height": 900})
    yield context.new_page()
    context.close()
