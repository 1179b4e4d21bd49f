"""The routes answer our own pages, and nobody else."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ganlab.config import TrainConfig
from ganlab.status import StateName
from ganlab.ui.browser import ROUTE, version
from ganlab.ui.lab import Lab
from ganlab.ui.routes import routes

HOST = "127.0.0.1:8501"


@pytest.fixture
def client(fresh_lab: Lab) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes()), base_url=f"http://{HOST}") as client:
        client.headers["X-Ganlab-Token"] = fresh_lab.token
        yield client


def guarded_requests(run_id: str) -> list[tuple[str, str]]:
    return [
        ("GET", f"/ganlab/runs/{run_id}/live"),
        ("GET", f"/ganlab/runs/{run_id}/pulse"),
        ("GET", f"/ganlab/runs/{run_id}/samples/0"),
        ("GET", f"/ganlab/runs/{run_id}/raw/live"),
        ("GET", f"/ganlab/runs/{run_id}/scores/0"),
        ("GET", f"/ganlab/runs/{run_id}/branches"),
        ("GET", f"/ganlab/runs/{run_id}/csv"),
        ("GET", f"/ganlab/runs/{run_id}/plane"),
        ("GET", f"/ganlab/runs/{run_id}/plane/0"),
        ("GET", f"/ganlab/runs/{run_id}/plane/0/moves"),
        ("GET", f"/ganlab/compare?runs={run_id}"),
        ("GET", "/ganlab/dirac"),
        ("POST", f"/ganlab/runs/{run_id}/stop"),
    ]


@pytest.mark.parametrize(
    ("header", "value", "word"),
    [
        ("X-Ganlab-Token", "", "token"),
        ("X-Ganlab-Token", "guessed", "token"),
        ("X-Ganlab-Token", "ünïcode", "token"),
        ("Host", "evil.example", "evil.example"),
        ("Host", "evil.example:8501", "evil.example"),
        ("Origin", "http://evil.example", "evil.example"),
        ("Origin", "http://127.0.0.1:9999", "9999"),
        ("Origin", "null", "null"),
        ("Sec-Fetch-Site", "cross-site", "another site"),
        ("Sec-Fetch-Site", "same-site", "another site"),
    ],
)
def test_foreign_requests_get_one_sentence_and_nothing_else(
    client: TestClient, finished: str, header: str, value: str, word: str
) -> None:
    for method, path in guarded_requests(finished):
        answer = client.request(method, path, headers={header.encode(): value.encode()})
        assert answer.status_code == (401 if word == "token" else 403), path
        assert list(answer.json()) == ["error"]
        assert word in answer.json()["error"]


def test_every_route_but_plotly_and_the_modules_is_guarded(client: TestClient) -> None:
    paths = {route.path for route in routes() if "/explore/" not in route.path}  # those: test_explore_routes.py
    modules = f"/{ROUTE}/{version()}/{{path:path}}"
    assert paths - {"/train", "/ganlab/static/plotly.min.js", modules} == {
        "/ganlab/runs/{run_id}/live",
        "/ganlab/runs/{run_id}/pulse",
        "/ganlab/runs/{run_id}/samples/{step}",
        "/ganlab/runs/{run_id}/raw/{snapshot}",
        "/ganlab/runs/{run_id}/scores/{step}",
        "/ganlab/runs/{run_id}/branches",
        "/ganlab/runs/{run_id}/csv",
        "/ganlab/runs/{run_id}/plane",
        "/ganlab/runs/{run_id}/plane/update",
        "/ganlab/runs/{run_id}/plane/{step}",
        "/ganlab/runs/{run_id}/plane/{step}/moves",
        "/ganlab/compare",
        "/ganlab/dirac",
        "/ganlab/runs/{run_id}/{action}",
    }, "a new route needs a row in guarded_requests"


def test_own_page_is_answered(client: TestClient, finished: str) -> None:
    answer = client.get(
        f"/ganlab/runs/{finished}/live", headers={"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == 200
    view = answer.json()
    assert (view["state"], view["live"], view["step"], view["actions"]) == ("finished", False, 6, [])
    assert view["samples"] == [[0, 6, 2]]
    assert view["grid"] == {"columns": 2, "rows": 2}
    drawn = {series["name"] for chart in view["charts"] for series in chart["series"]}
    for_alarms = {"stride_g", "critic_gap_error"}
    logged = set(view["curves"]["series"])
    assert drawn == logged - for_alarms, "each logged series is drawn, and nothing else is promised"
    assert all(len(values) == 6 for parts in view["curves"]["series"].values() for values in parts.values())


def test_a_reader_gets_only_what_it_lacks(client: TestClient, finished: str) -> None:
    part = client.get(f"/ganlab/runs/{finished}/live", params={"bucket": 1, "start": 5}).json()["curves"]
    assert (part["start"], part["count"]) == (5, 6)
    assert all(len(parts["mean"]) == 1 for parts in part["series"].values())


def test_samples_are_the_grid_on_disk(client: TestClient, finished: str) -> None:
    picture = Image.open(io.BytesIO(client.get(f"/ganlab/runs/{finished}/samples/4").content))
    assert (picture.format, picture.size) == ("WEBP", (33, 33))
    assert client.get(f"/ganlab/runs/{finished}/samples/5").status_code == 404


def test_the_grid_as_trained_says_its_step_and_has_the_grids_size(client: TestClient, finished: str) -> None:
    answer = client.get(f"/ganlab/runs/{finished}/raw/live")
    kept = client.get(f"/ganlab/runs/{finished}/samples/6").content
    assert answer.headers["X-Ganlab-Step"] == "6"
    assert Image.open(io.BytesIO(answer.content)).size == Image.open(io.BytesIO(kept)).size
    assert client.get(f"/ganlab/runs/{finished}/raw/first").status_code == 400


@pytest.mark.parametrize("run_id", ["nothing", "..%2F..%2Fetc", ".hidden"])
def test_unknown_runs_are_refused_in_words(client: TestClient, run_id: str) -> None:
    of_runs = [(method, path) for method, path in guarded_requests(run_id) if path != "/ganlab/dirac"]
    for method, path in of_runs:
        answer = client.request(method, path)
        assert answer.status_code in (404, 409), path


def test_actions_reach_the_service(client: TestClient, fresh_lab: Lab, finished: str, tiny: TrainConfig) -> None:
    run = fresh_lab.service.start(tiny.with_changes(max_steps=100_000))
    assert fresh_lab.service.wait(run, "training", timeout_s=60)
    orders: tuple[tuple[str, StateName], ...] = (
        ("pause", "paused"),
        ("unpause", "training"),
        ("stop", "stopped"),
        ("resume", "training"),
    )
    for action, state in orders:
        assert client.post(f"/ganlab/runs/{run}/{action}").status_code == 200
        assert fresh_lab.service.wait(run, state, timeout_s=60), action
    refused = client.post(f"/ganlab/runs/{finished}/pause")
    assert refused.status_code == 409
    assert "finished" in refused.json()["error"]
    assert client.post(f"/ganlab/runs/{finished}/explode").status_code == 409
