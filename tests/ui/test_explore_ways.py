"""Ways and films that the Explore page asks for."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from ganlab.config import TrainConfig
from ganlab.errors import GanlabError
from ganlab.ui import explore_ways
from ganlab.ui.lab import Lab
from ganlab.ui.sentences import as_sentence

Z_DIM = 8
KEYS = np.random.default_rng(0).standard_normal((4, Z_DIM)).astype("<f4")


def latents(content: bytes) -> np.ndarray:
    return np.frombuffer(content, "<f4").reshape(-1, Z_DIM)


@pytest.mark.parametrize("how", ["spline", "slerp", "lerp"])
def test_a_way_begins_and_ends_at_its_keys(client: TestClient, how: str) -> None:
    answer = client.post("way", params={"how": how, "frames": 40}, content=KEYS.tobytes())
    found = latents(answer.content)
    assert answer.headers["X-Ganlab-Count"] == str(len(found)) == "40"
    assert np.allclose(found[[0, -1]], KEYS[[0, -1]], atol=1e-5)


def test_a_loop_comes_back(client: TestClient) -> None:
    found = latents(client.post("way", params={"loop": 1, "frames": 100}, content=KEYS.tobytes()).content)
    steps = np.linalg.norm(np.diff(np.concatenate([found, found[:1]]), axis=0), axis=1)
    assert steps.max() < 1.5 * np.median(steps)


def test_blends_of_classes_are_met_at_their_keys_and_go_straight_between_them(
    client: TestClient, fresh_lab: Lab, tiny: TrainConfig
) -> None:
    run_id = fresh_lab.service.start(tiny.with_changes(conditional=True))
    assert fresh_lab.service.wait(run_id, "finished", timeout_s=60)
    blends = np.zeros((3, 10), "<f4")
    blends[[0, 0, 1, 2, 2, 2], [2, 7, 4, 0, 1, 2]] = [0.25, 0.75, 1, 0.5, 0.25, 0.25]
    content = KEYS[:3].tobytes() + blends.tobytes()
    answer = client.post(f"../{run_id}/way", params={"frames": 61}, content=content)
    shares = np.frombuffer(answer.content, "<f4")[61 * Z_DIM :].reshape(61, 10)
    assert np.allclose(shares[[0, -1]], blends[[0, 2]])
    assert np.allclose(shares.sum(1), 1)
    bends = np.abs(np.diff(shares / np.linalg.norm(shares, axis=1, keepdims=True), axis=0)).max()
    assert bends < 0.2, "a blend jumps"
    assert np.isclose(shares[:, 4].max(), 1, atol=0.1)


def test_a_grid_has_its_keys_at_the_corners(client: TestClient) -> None:
    found = latents(client.post("corners", params={"side": 5}, content=KEYS.tobytes()).content).reshape(5, 5, Z_DIM)
    assert np.allclose(found[[0, 0, -1, -1], [0, -1, 0, -1]], KEYS, atol=1e-5)


def test_a_random_walk_is_that_of_its_seed(client: TestClient) -> None:
    one, same, other = (client.get("wander", params={"seed": seed, "count": 5}).content for seed in (1, 1, 2))
    assert one == same != other
    assert latents(one).shape == (5, Z_DIM)


@pytest.mark.parametrize(("form", "opens_as"), [("gif", "GIF"), ("webp", "WEBP"), ("png", "PNG")])
def test_a_film_tells_how_far_it_is(client: TestClient, form: str, opens_as: str) -> None:
    answer = client.post("film", params={"form": form, "size": 32}, content=KEYS.repeat(20, axis=0).tobytes())
    *told, content = split(answer.content)
    shares = [line["share"] for line in told if "share" in line]
    assert shares == sorted(shares)
    assert told[-1] == {"file": f"walk-step6.{form}", "bytes": len(content)}
    assert Image.open(io.BytesIO(content)).format == opens_as


def test_films_over_the_training_have_a_frame_for_each_snapshot_and_for_each_grid(
    client: TestClient, fresh_lab: Lab
) -> None:
    (run,) = fresh_lab.runs.all()
    for answer, name, count in (
        (client.post("film-over-time", params={"form": "webp"}, content=KEYS[:1].tobytes()), "over-time", 1),
        (client.get("film-of-samples", params={"form": "webp"}), "samples", len(run.sample_steps())),
    ):
        *told, content = split(answer.content)
        assert told[-1] == {"file": f"{run.id}-{name}.webp", "bytes": len(content)}
        film = Image.open(io.BytesIO(content))
        assert film.n_frames == count  # pyright: ignore[reportAttributeAccessIssue]
        assert film.height > film.width, "the step is written below"


def split(content: bytes) -> list:
    """The JSON lines up to the one that names the file, then the file."""
    told = []
    while True:
        line, _, content = content.partition(b"\n")
        told.append(json.loads(line))
        if "file" in told[-1] or "error" in told[-1]:
            return [*told, content]


def test_a_film_that_fails_says_why_in_its_last_line(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for error in (GanlabError("there is no ffmpeg on this machine"), OSError(28, "No space left on device")):

        def fail(*given: object, error: Exception = error, **more: object) -> bytes:
            raise error

        monkeypatch.setattr(explore_ways, "film", fail)
        *_, last, rest = split(client.post("film", content=KEYS.tobytes()).content)
        assert as_sentence(error) in last["error"]
        assert not rest


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("way", {"how": "zigzag"}),
        ("way", {"frames": 1}),
        ("way", {"frames": 10**9}),
        ("way", {"frames": "many"}),
        ("corners", {"side": 99}),
        ("film", {"form": "avi"}),
        ("film", {"size": 10**6}),
        ("film", {"fps": 0}),
    ],
)
def test_absurd_ways_are_refused_in_words(client: TestClient, path: str, query: dict[str, str | int]) -> None:
    answer = client.post(path, params=query, content=KEYS.tobytes())
    assert answer.status_code == 400
    assert len(answer.json()["error"]) > 20


def test_one_key_is_no_way(client: TestClient) -> None:
    for path in ("way", "corners"):
        answer = client.post(path, content=KEYS[:1].tobytes())
        assert answer.status_code == 400, path
