"""Who is answered, under which names, and who may show the app in a frame."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from ganlab.errors import ConfigError
from ganlab.ui.guard import Guard, frame_ancestors
from ganlab.ui.lab import Lab
from ganlab.ui.routes import routes

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOST = "127.0.0.1:8501"


@pytest.fixture
def option(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets options of Streamlit for this test."""
    known = st.get_option

    def choose(**chosen: Any) -> None:
        monkeypatch.setattr(
            "streamlit.config.get_option", lambda name: chosen.get(name.removeprefix("server."), known(name))
        )
        monkeypatch.setattr("streamlit.get_option", lambda name: chosen.get(name.removeprefix("server."), known(name)))

    return choose


@pytest.fixture
def client(fresh_lab: Lab) -> TestClient:
    guard = Middleware(Guard, frame_ancestors="'self'")
    client = TestClient(
        Starlette(routes=routes(), middleware=[guard]), base_url=f"http://{HOST}", follow_redirects=False
    )
    client.headers["X-Ganlab-Token"] = fresh_lab.token
    return client


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8501", "localhost.evil.example", "[::2]", "[", ""])
def test_a_foreign_name_is_told_which_ones_there_are(client: TestClient, host: str) -> None:
    for path in ("/", "/explore", "/static/anything.js", "/ganlab/static/plotly.min.js"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == 403, path
        assert "127.0.0.1" in answer.text
        assert "server.allowedHosts" in answer.text
    assert client.get("/_stcore/health", headers={"Host": host}).status_code != 403


@pytest.mark.parametrize("host", ["localhost:8501", "LOCALHOST", "127.0.0.1", "[::1]:8501", "[::1]"])
def test_this_machine_goes_by_all_its_own_names(client: TestClient, host: str) -> None:
    origin = {"Host": host, "Origin": f"http://{host}"}
    assert client.post("/ganlab/runs/nothing/stop", headers=origin).status_code == 409


def test_every_answer_says_who_may_frame_it(client: TestClient) -> None:
    for path in ("/train", "/nothing", "/ganlab/static/plotly.min.js", "/ganlab/runs/nothing/live"):
        assert client.get(path).headers["Content-Security-Policy"] == "frame-ancestors 'self'", path


def test_a_site_that_shall_may_frame_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert frame_ancestors() == "'self'"
    monkeypatch.setenv("GANLAB_FRAME_ANCESTORS", "'self' https://notes.example")
    assert frame_ancestors() == "'self' https://notes.example"


@pytest.mark.parametrize("text", ["*; script-src *", "a, b", "a\nSet-Cookie: b", "https://ünï.example"])
def test_nothing_else_gets_into_that_header(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("GANLAB_FRAME_ANCESTORS", text)
    with pytest.raises(ConfigError, match="GANLAB_FRAME_ANCESTORS"):
        frame_ancestors()


#: Origin, Sec-Fetch-Site, origins that the server was told, and whether the page may ask; Host is 127.0.0.1:8501.
ORIGINS = [
    ("http://127.0.0.1:8080", "same-origin", [], True),  # a proxy on this machine that replaces Host
    ("http://127.0.0.1:8080", None, [], False),  # another server's page, in a browser that does not tell
    ("http://127.0.0.1:8080", "same-site", [], False),
    ("https://lab.example", "same-origin", [], False),  # perhaps DNS rebinding of such a proxy
    ("https://lab.example", "same-origin", ["https://lab.example"], True),
    ("http://lab.example", None, ["http://lab.example"], True),
    ("http://lab.example", None, ["https://lab.example"], False),
    ("https://lab.example", "cross-site", ["https://lab.example"], False),
    ("http://[", "same-origin", [], False),
    ("null", "same-origin", [], False),
]


@pytest.mark.parametrize(("origin", "site", "told", "own"), ORIGINS)
def test_behind_a_proxy_that_replaces_host_only_own_pages_may_ask(
    client: TestClient, option: Callable[..., None], origin: str, site: str | None, told: list[str], *, own: bool
) -> None:
    option(corsAllowedOrigins=told)
    headers = {"Origin": origin} | ({} if site is None else {"Sec-Fetch-Site": site})
    answer = client.post("/ganlab/runs/nothing/stop", headers=headers)
    assert answer.status_code == (409 if own else 403)
    if not own and site in (None, "same-origin"):
        assert "server.corsAllowedOrigins" in answer.json()["error"]


def test_no_forwarded_name_is_believed(client: TestClient) -> None:
    headers = {"Origin": "https://lab.example", "X-Forwarded-Host": "lab.example"}
    assert client.post("/ganlab/runs/nothing/stop", headers=headers).status_code == 403


@pytest.mark.parametrize("base", ["lab", "/a/b/"])
def test_routes_are_below_the_base_path(option: Callable[..., None], base: str) -> None:
    before = [route.path for route in routes()]
    option(baseUrlPath=base)
    assert [route.path for route in routes()] == [f"/{base.strip('/')}{path}" for path in before]


def test_the_first_page_has_an_address_of_its_own(client: TestClient) -> None:
    assert client.get("/train").headers["Location"] == "./"
    assert client.get("/train?run=a%26b&seed=1").headers["Location"] == "./?run=a%26b&seed=1"


@pytest.fixture
def other_site() -> Iterator[Callable[[str], str]]:
    """Makes pages of another origin: takes their HTML, returns their address."""
    pages: list[bytes] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(pages[-1])

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def make(html: str) -> str:
        pages.append(html.encode())
        return f"http://localhost:{server.server_port}/"

    yield make
    server.shutdown()
    server.server_close()


@pytest.mark.browser
@pytest.mark.timeout(240)
def test_another_site_cannot_show_the_app_in_a_frame(
    window: Page, server: str, other_site: Callable[[str], str]
) -> None:
    window.goto(other_site(f'<iframe src="{server}/"></iframe>'))
    frame = window.frames[1]
    frame.wait_for_load_state()
    assert frame.url.startswith("chrome-error:")


@pytest.mark.browser
@pytest.mark.timeout(240)
def test_a_browser_under_a_foreign_name_reads_the_sentence(window: Page, server: str) -> None:
    window.goto(server.replace("127.0.0.1", "another.localhost"))  # which every browser takes for this machine
    sentence = window.locator("body").inner_text()
    assert sentence.startswith("host 'another.localhost:")
    assert "server.allowedHosts" in sentence


@pytest.mark.browser
@pytest.mark.timeout(240)
def test_the_first_page_is_found_by_its_name(window: Page, server: str) -> None:
    window.goto(f"{server}/train")
    window.get_by_role("button", name="Start", exact=True).wait_for()
    assert not window.get_by_text("Page not found").count()
