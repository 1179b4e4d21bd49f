"""What is not imported before it is needed: each of these takes longer than drawing a page."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ganlab.ui.late import late_routes
from ganlab.ui.routes import routes

ROOT = Path(__file__).parents[2]


def run(script: str) -> None:
    """In a process of its own, where the folder of runs is the one that comes with ganlab."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | {"GANLAB_CHECKPOINTS": str(ROOT / "checkpoints")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr


def test_the_server_is_up_before_torch_is_imported():
    run("import sys, app; assert not {'torch', 'numpy', 'ganlab.ui.routes'} & sys.modules.keys()")


@pytest.mark.parametrize("page", ["train", "explore"])
def test_a_page_is_drawn_without_pandas(page: str):
    run(f"""
import sys
from streamlit.testing.v1 import AppTest
drawn = AppTest.from_string("from ganlab.ui import {page}; {page}.page()", default_timeout=60)
drawn.query_params["run"] = "digits-quick"
drawn.run()
assert not drawn.exception and drawn.selectbox(key="run box").value
assert "pandas" not in sys.modules""")


@pytest.mark.parametrize("base", ["", "lab"])
def test_the_routes_that_wait_are_those_that_there_are(base: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("streamlit.get_option", lambda _: base)
    late = late_routes()
    for route in routes():
        path = route.path.replace("{", "").replace("}", "")
        assert [each for each in late if each.path_regex.match(path)], path


def test_a_route_that_waited_answers_as_itself(monkeypatch: pytest.MonkeyPatch):
    with TestClient(Starlette(routes=late_routes()), base_url="http://127.0.0.1:8501") as late:
        assert late.get("/ganlab/static/plotly.min.js").status_code == 200
        assert late.get("/ganlab/runs/none/live").status_code == 401
        assert late.post("/ganlab/runs/none/pause").status_code == 401
        assert late.get("/ganlab/nowhere").status_code == 404
