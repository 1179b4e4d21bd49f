"""Pages and routes in a folder with a bad run of each kind: each is named in a warning, the good one can be used."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from broken import LEFT_OUT, fuzzed, one_of_each
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from ganlab.ui.lab import Lab
from ganlab.ui.routes import routes
from ganlab.ui.style import escaped

pytestmark = pytest.mark.usefixtures("made_up_data")


@pytest.fixture
def said(fresh_lab: Lab) -> dict[str, str]:
    return one_of_each(fresh_lab.runs.root)


@pytest.fixture
def client(fresh_lab: Lab) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes()), base_url="http://127.0.0.1:8501") as client:
        client.headers["X-Ganlab-Token"] = fresh_lab.token
        yield client


def train_page() -> None:
    from ganlab.ui import train

    train.page()


def explore_page() -> None:
    from ganlab.ui import explore

    explore.page()


def runs_page() -> None:
    from ganlab.ui import runs

    runs.page()


@pytest.mark.parametrize("script", [train_page, explore_page, runs_page])
def test_each_page_names_the_bad_runs_and_shows_the_good_one(script: Callable[[], None], said: dict[str, str]):
    page = AppTest.from_function(script, default_timeout=60)
    page.query_params["run"] = "good"
    page.run()
    assert not page.exception
    warnings = [each.value for each in page.warning]
    assert len(warnings) == len(said)
    for name, words in said.items():
        marks = escaped(f"“{name}”"), escaped(shown(words))
        assert [warning for warning in warnings if all(mark in warning for mark in marks)], name
    if script is runs_page:
        assert sum("Stopped" in each.value for each in page.markdown) == 1 + len(LEFT_OUT)
    else:
        assert page.selectbox(key="run box").value == "good"


def shown(words: str) -> str:
    """As a page quotes and names settings."""
    return re.sub("'([^']*)'", r"“\1”", words).replace("lr_g", "learning rate of G")


GETS = ("live", "pulse", "branches", "csv", "samples/1", "scores/1")


def test_the_routes_of_a_bad_run_say_why_and_those_of_the_good_one_answer(client: TestClient, said: dict[str, str]):
    for name, words in said.items():
        for what in GETS:
            answer = client.get(f"/ganlab/runs/{name}/{what}")
            if words == "1 line is damaged":
                assert answer.status_code == 200, (name, what)
            else:
                assert answer.status_code == 404 and shown(words) in answer.json()["error"], (name, what)
        answer = client.get(f"/ganlab/explore/{name}/space")
        assert answer.status_code == (200 if words == "1 line is damaged" else 404)
    assert [client.get(f"/ganlab/runs/good/{what}").status_code for what in GETS] == [200] * len(GETS)
    assert client.get("/ganlab/explore/good/space").json()["steps"] == [1]


def test_the_routes_answer_whatever_a_log_says(client: TestClient, fresh_lab: Lab, said: dict[str, str]):
    log = fresh_lab.runs.root / "good" / "history.jsonl"
    whole = log.read_bytes()
    for seed in range(60):
        log.unlink()
        log.write_bytes(fuzzed(seed, whole))
        for what in GETS:
            assert client.get(f"/ganlab/runs/good/{what}").status_code in (200, 404), (seed, what)
