"""Scores on the Explore page: those of `evaluate`, at one snapshot or at each, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from ganlab.config import TrainConfig
from ganlab.data import Dataset, load_for
from ganlab.evaluation import evaluate
from ganlab.ui import explore_tools
from ganlab.ui.explore_sources import take_in
from ganlab.ui.lab import Lab

FEW = {"count": "12"}


@pytest.fixture
def tiny(tiny: TrainConfig) -> TrainConfig:
    """With three snapshots."""
    return tiny.with_changes(snapshot_every=2)


def told(answer: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.content.splitlines()]


def test_the_scores_of_the_generator_that_is_shown_are_those_of_evaluate(
    client: TestClient, fresh_lab: Lab, finished: str
):
    *way, last = told(client.get("judged", params=FEW))
    assert {"doing", "share"} == set(way[0]) and "Judging 12 samples" in {each["doing"] for each in way}
    run = fresh_lab.runs.get(finished)
    found = evaluate(fresh_lab.explorer.load(finished), load_for(run.config), count=12)
    assert {row["name"]: row["value"] for row in last["rows"]} == {each.name: each.value for each in found.scores}
    assert last["rows"][0]["title"] == "Fréchet distance" and last["network"].startswith("digits classifier")
    assert (last["count"], last["floor_count"], last["more"]) == (12, 12, "")
    row = last["rows"][0]
    assert row["floor"] < row["value"] and row["about"].endswith("Lower is better.")


def test_each_snapshot_has_its_value_and_the_best_is_named(client: TestClient, fresh_lab: Lab, finished: str):
    run, steps = fresh_lab.runs.get(finished), fresh_lab.explorer.snapshots(finished)
    assert len(steps) == 3
    *_, last = told(client.get("judged-at-each", params=FEW | {"network": "none"}))
    assert last["steps"] == list(steps) and last["left_out"] == []
    (row,) = last["rows"]
    assert row["name"] == "sliced-wasserstein" and len(row["values"]) == len(steps)
    assert row["best"] == steps[row["values"].index(min(row["values"]))]
    run.snapshot_path(steps[0]).write_bytes(b"broken")
    *_, last = told(client.get("judged-at-each", params=FEW | {"network": "none"}))
    assert (last["steps"], last["left_out"]) == (list(steps[1:]), [steps[0]])


def test_a_floor_of_another_number_is_no_line_for_what_depends_on_it(client: TestClient):
    *_, last = told(client.get("judged-at-each", params={"count": "200"}))
    floors = {row["name"]: row["floor"] for row in last["rows"]}
    assert last["floor_count"] == 179
    assert floors["frechet"] is None and floors["coverage"] is None and floors["legible"] is not None


def test_without_labels_it_says_how_to_get_more(client: TestClient, monkeypatch: pytest.MonkeyPatch):
    read = explore_tools.data_of

    def bare(config: Any) -> Dataset:
        data = read(config)
        return Dataset(data.name, data.examples, None, ())

    monkeypatch.setattr(explore_tools, "data_of", bare)
    *_, last = told(client.get("judged", params=FEW))
    assert "choose the FID network, whose 96 MB are downloaded once" in last["more"]
    assert last["floor_count"] == 0


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"count": "9"}, "Count must be a whole number from 10 to 50000, got 9"),
        ({"count": "many"}, "Count must be a whole number"),
        ({"network": "vgg"}, "Network cannot be “vgg”"),
    ],
)
@pytest.mark.parametrize("path", ["judged", "judged-at-each"])
def test_what_cannot_be_is_one_sentence(client: TestClient, path: str, query: dict[str, str], sentence: str):
    answer = client.get(path, params=query)
    assert sentence in (answer.json() if answer.status_code == 400 else told(answer)[-1])["error"]


def test_a_file_has_one_snapshot(client: TestClient, fresh_lab: Lab, finished: str):
    run = fresh_lab.runs.get(finished)
    name = take_in(run.snapshot_path(run.snapshot_steps()[-1]).read_bytes(), "a.safetensors")
    base = str(client.base_url).replace(finished, name)
    assert "open its run" in client.get(f"{base}judged-at-each").json()["error"]
    assert told(client.get(f"{base}judged", params=FEW | {"network": "none"}))[-1]["rows"]
