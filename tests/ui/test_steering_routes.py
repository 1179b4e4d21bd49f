"""The hand on a run, as the page's requests lay it."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import orjson
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ganlab.config import KNOBS, TrainConfig
from ganlab.curves import Curves
from ganlab.runs import EXPLORE_ONLY
from ganlab.ui.knobs import settings_schema
from ganlab.ui.lab import Lab
from ganlab.ui.routes import routes


@pytest.fixture
def client(fresh_lab: Lab) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes()), base_url="http://127.0.0.1:8501") as client:
        client.headers["X-Ganlab-Token"] = fresh_lab.token
        yield client


@pytest.fixture
def paused(fresh_lab: Lab, tiny: TrainConfig) -> str:
    """A run that has begun and waits."""
    run_id = fresh_lab.service.start(tiny.with_changes(max_steps=100_000, snapshot_every=5))
    assert fresh_lab.service.wait(run_id, "training", timeout_s=60)
    fresh_lab.service.pause(run_id)
    assert fresh_lab.service.wait(run_id, "paused", timeout_s=60)
    fresh_lab.service.single(run_id, "both")
    return run_id


def order(client: TestClient, run_id: str, action: str, **particulars: Any) -> dict[str, Any]:
    answer = client.post(f"/ganlab/runs/{run_id}/{action}", json=particulars)
    assert answer.status_code == 200, answer.text
    return answer.json()


def view_when(client: TestClient, run_id: str, holds: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """The first view of which something holds."""
    deadline, view = time.monotonic() + 20, {}
    while time.monotonic() < deadline:
        view = client.get(f"/ganlab/runs/{run_id}/live").json()
        if holds(view):
            return view
    raise AssertionError(f"that never came to hold: {view}")


def view_of(client: TestClient, run_id: str) -> dict[str, Any]:
    return view_when(client, run_id, lambda view: True)


def test_an_edit_and_its_undo_are_seen_in_the_view(client: TestClient, paused: str) -> None:
    before = view_of(client, paused)["settings"]["lr_g"]
    order(client, paused, "edit", changes={"lr_g": before / 2})
    view = view_when(client, paused, lambda view: view["settings"]["lr_g"] == before / 2)
    assert [(edit["kind"], edit["changes"]) for edit in view["edits"]] == [("edit", {"lr_g": [before, before / 2]})]
    order(client, paused, "undo")
    view = view_when(client, paused, lambda view: view["settings"]["lr_g"] == before)
    assert [edit["kind"] for edit in view["edits"]] == ["edit", "undo"]


def test_single_updates_are_reported_with_numbers_before_and_after(client: TestClient, paused: str) -> None:
    step = view_when(client, paused, lambda view: view["reports"])["step"]
    order(client, paused, "single", what="d", count=2)
    order(client, paused, "single", what="g")
    view = view_when(client, paused, lambda view: len(view["reports"]) == 4)
    assert [report["what"] for report in view["reports"]] == ["both", "d", "d", "g"]
    assert all(len(report["score_real"]) == 2 and report["sentence"] for report in view["reports"])
    assert view["step"] == step
    order(client, paused, "single", what="both", count=1)
    view_when(client, paused, lambda view: view["step"] == step + 1)


def test_a_rewind_is_another_timeline_and_a_fork_a_branch(client: TestClient, paused: str) -> None:
    order(client, paused, "edit", changes={"d_steps": 2})  # takes a snapshot
    view = view_when(client, paused, lambda view: view["edits"] and view["snapshots"])
    step, timeline = view["snapshots"][-1][1], view["curves"]["timeline"]
    order(client, paused, "single", what="both", count=3)
    view_when(client, paused, lambda view: view["step"] == step + 3)
    order(client, paused, "rewind", step=step, changes={"lr_d": 1e-5})
    view = view_when(client, paused, lambda view: view["step"] == step)
    assert view["settings"]["lr_d"] == 1e-5
    assert view["curves"]["timeline"] != timeline
    asked = {"bucket": 1, "start": step - 1}
    whole = client.get(f"/ganlab/runs/{paused}/live", params=asked | {"timeline": timeline}).json()
    part = client.get(f"/ganlab/runs/{paused}/live", params=asked | {"timeline": view["curves"]["timeline"]}).json()
    assert (whole["curves"]["start"], part["curves"]["start"]) == (0, step - 1)

    child = order(client, paused, "fork", step=step, name="branch", changes={"lr_g": 1e-5})["run"]
    assert child == "branch"
    branches = client.get(f"/ganlab/runs/{paused}/branches").json()
    assert [(each["id"], each["step"]) for each in branches["children"]] == [("branch", step)]
    parent = client.get("/ganlab/runs/branch/branches").json()["parent"]
    assert (parent["id"], parent["step"]) == (paused, step)
    client.post("/ganlab/runs/branch/stop")


def test_a_slimmed_run_is_shown_for_exploring_and_refuses_all_hands(
    client: TestClient, fresh_lab: Lab, finished: str
) -> None:
    assert view_of(client, finished)["explore_only"] is False
    fresh_lab.runs.get(finished).slim()
    view = view_of(client, finished)
    assert (view["explore_only"], view["actions"], view["message"]) == (True, [], f"This run {EXPLORE_ONLY}.")
    for action, body in {
        "edit": {"changes": {"max_steps": 3000}},
        "undo": {},
        "rewind": {"step": 0},
        "fork": {"step": 6},
        "resume": {},
    }.items():
        answer = client.post(f"/ganlab/runs/{finished}/{action}", json=body)
        assert (answer.status_code, answer.json()["error"]) == (409, f"Run “{finished}” {EXPLORE_ONLY}."), action
    assert view_of(client, finished) == view


def test_a_queued_run_is_told_which_paused_run_it_waits_for(
    client: TestClient, fresh_lab: Lab, paused: str, tiny: TrainConfig
) -> None:
    title, queued = fresh_lab.runs.get(paused).title, fresh_lab.service.start(tiny)
    assert view_of(client, paused)["waits_for"] is None
    ahead = {"id": paused, "title": title, "state": "paused", "actions": ["unpause", "stop"]}
    assert view_of(client, queued)["waits_for"] == ahead
    order(client, paused, "unpause")
    view = view_when(client, queued, lambda view: view["waits_for"]["state"] == "training")
    assert view["waits_for"]["actions"] == ["stop"]
    order(client, paused, "stop")
    assert view_when(client, queued, lambda view: view["state"] == "finished")["waits_for"] is None


def test_charts_follow_the_loss_and_keep_what_the_old_one_left(client: TestClient, paused: str) -> None:
    order(client, paused, "edit", changes={"loss": "non-saturating", "penalty": "none"})
    order(client, paused, "single", what="both")
    view = view_when(client, paused, lambda view: len(view["reports"]) == 2)
    shown = {series["name"]: chart["title"] for chart in view["charts"] for series in chart["series"]}
    assert "d_real" in shown
    assert "wasserstein loss, until step" in shown["wasserstein"]


def test_a_reader_that_merges_its_own_buckets_is_sent_only_what_is_new(
    client: TestClient, fresh_lab: Lab, finished: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    curves = Curves(most_buckets=4)
    curves.append({"loss_d": np.array([1.0, 3, 5, 7, 9])})  # buckets of 2
    monkeypatch.setattr(fresh_lab.service, "curves", lambda run_id, **reader: curves.part(**reader))

    def part(**reader: int) -> dict[str, Any]:
        return client.get(f"/ganlab/runs/{finished}/live", params=reader).json()["curves"]

    new = part(bucket=1, start=3, timeline=0)
    assert (new["bucket"], new["start"], new["count"]) == (2, 1, 3)
    assert new["series"]["loss_d"]["mean"] == [6, 9]
    assert part(bucket=1, start=3, timeline=7)["start"] == 0, "of another timeline it has nothing"
    assert part(bucket=1, start=99, timeline=0)["start"] == 0, "it claims more than there is"
    assert part(bucket=3, start=3, timeline=0)["start"] == 0, "its buckets do not fit into ours"


def test_scores_and_csv_of_a_run(client: TestClient, finished: str) -> None:
    scores = client.get(f"/ganlab/runs/{finished}/scores/4").json()
    assert scores["low"] < scores["high"]
    assert len(scores["counts"]["real"]) == len(scores["counts"]["fake"])
    assert client.get(f"/ganlab/runs/{finished}/scores/5").status_code == 404
    answer = client.get(f"/ganlab/runs/{finished}/csv")
    assert f"{finished}.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["step"] for row in rows] == ["0", "1", "2", "3", "4", "5", "6"]


@pytest.mark.parametrize(
    ("action", "body", "status", "word"),
    [
        ("edit", b"{", 400, "JSON"),
        ("edit", b"[1]", 400, "object"),
        ("edit", b"\xff\xfe", 400, "JSON"),
        ("edit", b'{"changes": {"lr_g": NaN}}', 400, "JSON"),
        ("edit", b'{"changes": 3}', 400, "changes"),
        ("edit", b"{}", 400, "setting"),
        ("edit", b'{"changes": {"lr_g": -1}}', 400, "Learning rate of G"),
        ("edit", b'{"changes": {"lr_g": [[[]]]}}', 400, "Learning rate of G"),
        ("edit", b'{"changes": {"width": 8}}', 400, "fork"),
        ("edit", b'{"changes": {"lr_h": 1}}', 400, "lr_g"),
        ("edit", b" " * (2**16 + 1), 413, "longer"),
        ("undo", b"", 409, "no edit"),
        ("rewind", b"", 400, "step"),
        ("rewind", b'{"step": "2"}', 400, "step"),
        ("rewind", b'{"step": 999}', 409, "999"),
        ("rewind", b'{"step": -1}', 409, "-1"),
        ("fork", b'{"step": 999}', 409, "999"),
        ("fork", b'{"step": 0, "name": 7}', 400, "name"),
        ("fork", b'{"step": 0, "name": "../out"}', 409, "letters"),
        ("single", b'{"what": "all"}', 409, "“both”"),
        ("single", b'{"count": true}', 400, "count"),
        ("slow", b'{"seconds": "long"}', 400, "seconds"),
        ("slow", b'{"seconds": 1e9}', 409, "beat"),
        ("slow", b'{"seconds": 1}', 409, "in progress"),
    ],
)
def test_absurd_orders_get_one_sentence(
    client: TestClient, finished: str, action: str, body: bytes, status: int, word: str
) -> None:
    answer = client.post(f"/ganlab/runs/{finished}/{action}", content=body)
    assert answer.status_code == status, answer.text
    assert word.casefold() in answer.json()["error"].casefold()


def test_each_knob_is_declared_once_and_fit_for_a_page() -> None:
    schema = settings_schema()
    names = [setting["name"] for setting in schema]
    assert len(names) == len(set(names)) == len(TrainConfig.model_fields) - 2, (
        "all but the recipe's label and drawn points"
    )
    assert {setting["name"] for setting in schema if setting["knob"]} == set(KNOBS)
    assert all(setting["title"] and setting["help"] for setting in schema)
    assert orjson.loads(orjson.dumps(schema))
