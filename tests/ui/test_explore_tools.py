"""The tools of the Explore page: what they are answered, and how they are refused."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from starlette.testclient import TestClient

from ganlab.config import TrainConfig
from ganlab.data import DATASETS
from ganlab.explore import features, labels
from ganlab.ui import explore_told, explore_tools
from ganlab.ui.explore_sources import take_in
from ganlab.ui.lab import Lab

Z_DIM = 8
Z = np.random.default_rng(1).standard_normal((6, Z_DIM)).astype("<f4")


@pytest.fixture
def short_search(monkeypatch: pytest.MonkeyPatch) -> None:
    search = explore_tools.Search(drawn=8, starts=2, kept=1, steps=20)
    monkeypatch.setattr(explore_tools, "Search", lambda: search)
    monkeypatch.setattr(explore_tools, "_TOLD_EVERY_S", 0.0)


def told(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()]


def pictures(answer: Any) -> np.ndarray:
    width, height = map(int, answer.headers["X-Ganlab-Size"].split("x"))
    return np.frombuffer(answer.content, np.uint8).reshape(-1, height, width, 4)


def test_a_run_beside_itself_is_the_same(client: TestClient, finished: str) -> None:
    own = client.post("draw", content=Z.tobytes())
    beside = client.post("beside", params={"other": finished}, content=Z.tobytes())
    assert beside.content == own.content


def test_only_runs_with_as_many_numbers_in_z_are_offered(
    client: TestClient, fresh_lab: Lab, finished: str, tiny: TrainConfig
) -> None:
    other = fresh_lab.service.start(tiny.with_changes(z_dim=5))
    assert fresh_lab.service.wait(other, "finished", timeout_s=60)
    assert [run["id"] for run in client.get("others").json()["runs"]] == [finished]
    refused = client.post("beside", params={"other": other}, content=Z.tobytes())
    assert refused.status_code == 400
    assert "latent size" in refused.json()["error"]


def test_a_search_tells_how_it_goes_and_ends_with_a_latent(client: TestClient, short_search: None) -> None:
    first, *steps = told(client.post("find", params={"real": 3}).content)
    pixels = np.frombuffer(base64.b64decode(first["target"]), np.uint8)
    assert np.array_equal(pixels, pictures(client.get("real"))[3].ravel())
    assert steps[-1]["step"] == steps[-1]["steps"] == 20
    assert sum(len(each["losses"]) for each in steps) == 21
    assert [each["psnr"] for each in steps] == sorted(each["psnr"] for each in steps), "the best so far is told"
    assert len(steps[-1]["z"]) == Z_DIM


def test_any_picture_can_be_looked_for(client: TestClient, short_search: None) -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (90, 40), (10, 200, 30, 128)).save(buffer, "png")
    first, *steps = told(client.post("find", content=buffer.getvalue()).content)
    assert (first["width"], first["height"]) == (16, 16)
    assert steps and not first["inverted"]
    turned, *_ = told(client.post("find", params={"invert": 1}, content=buffer.getvalue()).content)
    assert turned["inverted"]
    one, other = (np.frombuffer(base64.b64decode(each["target"]), np.uint8)[::4] for each in (first, turned))
    assert np.abs(one.astype(int) + other - 255).max() <= 1


@pytest.mark.parametrize(
    ("query", "content", "word"),
    [
        ({}, b"no picture", "cannot be used"),
        ({"real": 99}, b"", "real must be"),
        ({"real": "x"}, b"", "whole number"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(
    client: TestClient, query: dict[str, str | int], content: bytes, word: str
) -> None:
    answer = client.post("find", params=query, content=content)
    assert answer.status_code == 400
    assert word.casefold() in answer.json()["error"].casefold()


def test_an_error_on_the_way_is_the_last_line(client: TestClient) -> None:
    last = told(client.post("find", params={"real": 1, "label": 3}).content)[-1]
    assert "no classes" in last["error"]


def test_the_nearest_training_pictures_are_told(client: TestClient) -> None:
    *doing, found = told(client.post("near", content=Z.tobytes()).content)
    assert all(line["doing"] for line in doing)
    count = np.asarray(found["indices"]).size
    assert len(base64.b64decode(found["pictures"])) == count * found["width"] * found["height"] * 4
    assert "nearest training picture" in found["verdict"]
    assert np.asarray(found["distances"]).shape == (6, 5)


def test_data_that_is_not_here_is_not_fetched(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explore_tools, "presence_of", lambda spec: "not downloaded")
    answer = client.get("real")
    assert answer.status_code == 400
    assert "Data page downloads it" in answer.json()["error"]
    assert "Data page" in told(client.post("near", content=Z.tobytes()).content)[-1]["error"]


def test_sums_are_of_the_means(client: TestClient) -> None:
    answer = client.post("total", params={"a": 2, "b": 3, "c": 1}, content=Z.tobytes())
    found = np.frombuffer(answer.content, "<f4")
    assert np.allclose(found, Z[:2].mean(0) - Z[2:5].mean(0) + Z[5], atol=1e-6)
    for absurd in ({"a": 6, "b": 6, "c": 6}, {"a": -1, "b": 7, "c": 0}, {"a": 0, "b": 6, "c": 0}):
        refused = client.post("total", params=absurd, content=Z.tobytes())
        assert refused.status_code == 400
        assert "A − B + C" in refused.json()["error"]


def test_a_sum_has_the_classes_that_are_left(client: TestClient, fresh_lab: Lab, tiny: TrainConfig) -> None:
    run_id = fresh_lab.service.start(tiny.with_changes(conditional=True))
    assert fresh_lab.service.wait(run_id, "finished", timeout_s=60)
    blends = np.zeros((3, 10), "<f4")
    blends[[0, 0, 1, 1, 2], [1, 2, 1, 2, 3]] = [0.5, 0.5, 0.5, 0.5, 1]
    content = Z[:3].tobytes() + blends.tobytes()
    answer = client.post(f"../{run_id}/total", params={"a": 1, "b": 1, "c": 1}, content=content)
    assert np.array_equal(np.frombuffer(answer.content, "<f4")[Z_DIM:], np.eye(10)[3])


def test_a_named_direction_is_kept_with_the_run(client: TestClient) -> None:
    kept = client.post("keep", json={"name": " slant ", "move": Z[0].tolist(), "about": "by hand"}).json()
    assert kept["names"] == ["slant"]
    assert client.get("directions", params={"kind": "kept"}).json() == kept
    assert np.allclose(kept["moves"][0], Z[0])
    assert client.post("forget", params={"name": "slant"}).json()["names"] == []
    assert client.post("forget", params={"name": "slant"}).status_code == 400


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        json.dumps({"name": "", "move": [0.0] * Z_DIM, "about": ""}).encode(),
        json.dumps({"name": "short", "move": [1.0], "about": ""}).encode(),
        json.dumps({"name": "words", "move": ["x"] * Z_DIM, "about": ""}).encode(),
    ],
)
def test_absurd_directions_are_refused_in_words(client: TestClient, content: bytes) -> None:
    answer = client.post("keep", content=content)
    assert answer.status_code == 400
    assert len(answer.json()["error"]) > 20
    assert client.get("directions", params={"kind": "kept"}).json()["names"] == []


def test_a_file_keeps_no_directions(client: TestClient, fresh_lab: Lab, finished: str) -> None:
    source = take_in(fresh_lab.runs.get(finished).snapshot_path(6).read_bytes(), "mine.safetensors")
    url = f"http://127.0.0.1:8501/ganlab/explore/{source}/"
    assert client.get(f"{url}directions", params={"kind": "kept"}).json()["names"] == []
    refused = client.post(f"{url}keep", json={"name": "slant", "move": Z[0].tolist(), "about": ""})
    assert "open its run" in refused.json()["error"]


def test_the_classes_of_the_dataset_are_offered(client: TestClient) -> None:
    assert client.get("classes").json()["classes"] == list(DATASETS["digits"].class_names)
    refused = told(client.post("classes", params={"lack": "3", "have": "no digit"}).content)
    assert "no digit" in refused[-1]["error"]


def test_the_training_of_a_classifier_tells_how_far_it_is(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    train = features.train_classifier
    features._classifiers.clear()
    monkeypatch.setattr(features.kept, "find", lambda data: None)
    monkeypatch.setattr(features.kept, "keep", lambda classifier, data: None)
    monkeypatch.setattr(features, "train_classifier", lambda data, **given: train(data, steps=5, **given))
    monkeypatch.setattr(explore_told, "_EVERY_S", 0)
    monkeypatch.setattr(labels, "names_of", lambda classifier, images: torch.arange(len(images)) % 10)
    *doing, kept = told(client.post("classes", params={"lack": "3", "have": "5"}).content)
    assert [line["doing"].split()[0] for line in doing] == ["Reading", *["Training"] * 5, *["Drawing"] * 32]
    for words in ("Training", "Drawing"):
        shares = [line["share"] for line in doing if line["doing"].startswith(words)]
        assert shares == sorted(shares) and shares[-1] == 1
    assert kept["names"] == ["3 → 5"]
    *doing, varied = told(client.get("varied").content)
    assert not [line for line in doing if line["doing"].startswith("Training")], "it is kept"
    assert len(varied["classes"]) == 10
    assert varied["real_words"] == "held-out pictures"
