"""What the Explore page asks for, and how it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson
import pytest
import torch
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from ganlab.config import TrainConfig
from ganlab.errors import SnapshotError
from ganlab.explore import WEIGHTS, draw
from ganlab.runs.directions import KeptDirection, keep_direction
from ganlab.ui.explore_routes import ROUTES
from ganlab.ui.explore_sources import load, take_in
from ganlab.ui.lab import Lab
from ganlab.ui.routes import routes

HOST = "127.0.0.1:8501"


@pytest.fixture
def client(fresh_lab: Lab) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes()), base_url=f"http://{HOST}") as client:
        client.headers["X-Ganlab-Token"] = fresh_lab.token
        yield client


def path(source: str, what: str) -> str:
    return f"/ganlab/explore/{source}/{what}"


def latents(*seeds: int, z_dim: int = 8) -> np.ndarray:
    return np.stack([np.random.default_rng(seed).standard_normal(z_dim).astype("<f4") for seed in seeds])


def test_each_route_is_guarded(client: TestClient, finished: str) -> None:
    known = [route for route in routes() if isinstance(route, Route) and "/explore/" in route.path]
    assert len(known) == len(ROUTES)
    for method, what, _, _ in ROUTES:
        for header, value in (("X-Ganlab-Token", "guessed"), ("Host", "evil.example"), ("Origin", "null")):
            answer = client.request(method, path(finished, what), headers={header: value})
            assert answer.status_code == (401 if "Token" in header else 403), what
            assert list(answer.json()) == ["error"]


@pytest.mark.parametrize("source", ["nothing", "..%2F..%2Fetc", ".hidden", "file:0123"])
def test_unknown_generators_are_refused_in_words(client: TestClient, fresh_lab: Lab, source: str) -> None:
    for method, what, _, _ in ROUTES:
        answer = client.request(method, path(source, what))
        assert answer.status_code in (400, 404, 409), what
        if answer.headers["content-type"] == "application/json":
            assert len(answer.json()["error"]) > 20


def test_pictures_are_those_of_the_explorer(client: TestClient, fresh_lab: Lab, finished: str) -> None:
    z = latents(1, 2, 3)
    answer = client.post(path(finished, "draw"), content=z.tobytes())
    assert (answer.headers["X-Ganlab-Step"], answer.headers["X-Ganlab-Size"]) == ("6", "16x16")
    found = np.frombuffer(answer.content, np.uint8).reshape(3, 16, 16, 4)
    wanted = draw(fresh_lab.explorer.load(finished), torch.from_numpy(z))
    assert np.array_equal(found[..., :3], wanted.repeat(3, axis=3))
    assert (found[..., 3] == 255).all()


def test_a_run_in_progress_has_its_weights_as_trained(client: TestClient, fresh_lab: Lab, tiny: TrainConfig) -> None:
    run_id = fresh_lab.service.start(tiny.with_changes(max_steps=100_000, snapshot_every=50_000))
    with fresh_lab.service._changed:
        assert fresh_lab.service._changed.wait_for(lambda: fresh_lab.service.status(run_id).step > 20, 60)
    fresh_lab.service.pause(run_id)
    assert fresh_lab.service.wait(run_id, "paused", timeout_s=60)
    for snapshot in ("live", "last"):  # it has none yet
        assert client.get(path(run_id, "space"), params={"snapshot": snapshot}).json()["raw"]
        pictures = [
            client.post(
                path(run_id, "draw"),
                params={"snapshot": snapshot, "weights": weights},
                content=(1 + latents(1)).tobytes(),
            )
            for weights in WEIGHTS
        ]
        assert [answer.status_code for answer in pictures] == [200, 200]
        assert pictures[0].content != pictures[1].content


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "reload"),
        (b"\0" * 31, "reload"),
        (b"\0" * (32 * 257), "latents"),
        (np.full(8, np.nan, "<f4").tobytes(), "numbers"),
        (np.full(8, 1e9, "<f4").tobytes(), "numbers"),
    ],
)
def test_absurd_latents_are_refused_in_words(client: TestClient, finished: str, content: bytes, word: str) -> None:
    answer = client.post(path(finished, "draw"), content=content)
    assert answer.status_code == 400
    assert word in answer.json()["error"]


def test_a_body_without_end_is_not_read(client: TestClient, finished: str) -> None:
    answer = client.post(path(finished, "draw"), content=b"\0" * (2**22 + 1))
    assert answer.status_code == 413
    assert "MB" in answer.json()["error"]


@pytest.mark.parametrize(
    "query", [{"snapshot": "latest"}, {"snapshot": "99999"}, {"snapshot": "9" * 40}, {"weights": "x"}]
)
def test_absurd_links_are_refused_in_words(client: TestClient, finished: str, query: dict[str, str]) -> None:
    answer = client.get(path(finished, "space"), params=query)
    assert answer.status_code in (400, 404)
    assert len(answer.json()["error"]) > 20


#: What a request may write in a number's place → refused, in words, wherever it is written.
NO_NUMBERS = ["9" * 5000, "²", "٣٣", "1_0", "1e3", "0x1f", "+1", " 1", ""]


@pytest.mark.parametrize("text", NO_NUMBERS, ids=lambda text: text[:9])
def test_what_is_no_number_is_refused_in_words_wherever_it_is_written(
    client: TestClient, finished: str, text: str
) -> None:
    z = latents(1, 2, 3, 4).tobytes()
    for method, what, content in (
        *(("GET", f"take?form=png&{name}={text}", b"") for name in ("seed", "count", "scale")),
        *(("POST", f"{what}={text}", z) for what in ("way?frames", "corners?side", "film?fps", "total?a")),
        *(("GET", f"wander?{name}={text}", b"") for name in ("seed", "count")),
        ("GET", f"space?snapshot={text}", b""),
        ("POST", f"find?real={text}", b""),
    ):
        answer = client.request(method, path(finished, what.replace("+", "%2B")), content=content)
        assert answer.status_code == 400, (what[:30], answer.status_code)
        assert len(answer.json()["error"]) < 300
    for what in ("samples/", "scores/", "raw/", "live?bucket=", "live?start=") if text else ():
        answer = client.get(f"/ganlab/runs/{finished}/{what}{text.replace('+', '%2B')}")
        assert answer.status_code == 400, (what, answer.status_code)


def test_the_page_that_is_taken_has_the_kind_of_directions_that_is_shown_and_the_named_ones(
    client: TestClient, fresh_lab: Lab, finished: str
) -> None:
    keep_direction(fresh_lab.runs.get(finished), KeptDirection("slant", (1.0,) * 8))
    for kind in ("activations", "weights", "raw"):
        found = client.get(path(finished, "directions"), params={"kind": kind}).json()
        page = client.get(path(finished, "take"), params={"form": "html", "directions": kind}).text
        about = orjson.loads(page.partition('id="about">')[2].partition("</script>")[0])["directions"]
        assert (about[0]["name"], about[0]["share"]) == ("slant", None)
        assert [each["name"] for each in about[1:]] == found["names"][:8]
        assert [each["share"] for each in about[1:]] == pytest.approx(found["shares"][:8])
    assert client.get(path(finished, "take"), params={"form": "html", "directions": "kept"}).status_code == 400


def test_the_space_of_a_run(client: TestClient, finished: str) -> None:
    told: dict[str, Any] = client.get(path(finished, "space")).json()
    assert (told["step"], told["steps"], told["live"], told["raw"]) == (6, [6], False, True)
    assert (told["z_dim"], told["prior"], told["shape"], told["class_count"]) == (8, "normal", [1, 16, 16], 0)


def test_the_news_of_a_run_follow_its_snapshots_and_its_state(
    client: TestClient, fresh_lab: Lab, finished: str, tiny: TrainConfig
) -> None:
    told: dict[str, Any] = client.get(path(finished, "news")).json()
    assert told == {"steps": [6], "best": None, "live": False, "state": "finished", "moves": False}
    run_id = fresh_lab.service.start(tiny.with_changes(max_steps=100_000, snapshot_every=2))
    assert fresh_lab.service.wait(run_id, "training", timeout_s=60)
    fresh_lab.service.pause(run_id)
    assert fresh_lab.service.wait(run_id, "paused", timeout_s=60)
    fresh_lab.service.single(run_id, "both", 4)
    with fresh_lab.service._changed:
        assert fresh_lab.service._changed.wait_for(lambda: fresh_lab.service.status(run_id).step >= 4, 60)
    told = client.get(path(run_id, "news")).json()
    assert (told["live"], told["state"], told["moves"]) == (True, "paused", True)
    assert told["steps"] == list(fresh_lab.runs.get(run_id).snapshot_steps()) != []
    step = told["steps"][-1]
    fresh_lab.runs.get(run_id).snapshot_path(step).unlink()
    assert step not in client.get(path(run_id, "news")).json()["steps"]


@pytest.mark.parametrize(("kind", "count"), [("weights", 8), ("activations", 8), ("raw", 8)])
def test_directions_have_shares_that_fall(client: TestClient, finished: str, kind: str, count: int) -> None:
    told = client.get(path(finished, "directions"), params={"kind": kind}).json()
    assert len(told["names"]) == len(told["shares"]) == len(told["moves"]) == count
    assert told["shares"] == sorted(told["shares"], reverse=True)
    assert sum(told["shares"]) <= 1 + 1e-6


def test_a_file_is_drawn_like_its_run(client: TestClient, fresh_lab: Lab, finished: str) -> None:
    snapshot = fresh_lab.runs.get(finished).snapshot_path(6)
    source = take_in(snapshot.read_bytes(), "mine.safetensors")
    z = latents(5).tobytes()
    assert (
        client.post(path(source, "draw"), content=z).content == client.post(path(finished, "draw"), content=z).content
    )
    told = client.get(path(source, "space")).json()
    assert (told["steps"], told["live"], told["title"]) == ([6], False, "file 'mine.safetensors'")


def test_looking_does_not_disturb_a_run(client: TestClient, fresh_lab: Lab, tiny: TrainConfig) -> None:
    """The history of a run is bit for bit the same with and without a busy Explore page."""

    def history(*, looking: bool) -> dict[str, np.ndarray]:
        run = fresh_lab.service.start(tiny.with_changes(max_steps=60, preview_every=5))
        answers = 0
        while not fresh_lab.service.wait(run, "finished", "failed", timeout_s=0.01 if looking else 60):
            sent = client.post(path(run, "draw"), params={"snapshot": "live"}, content=latents(answers).tobytes())
            client.get(path(run, "directions"), params={"snapshot": "live", "kind": "activations"})
            answers += sent.status_code == 200
        assert bool(answers) == looking
        part = fresh_lab.service.curves(run)
        return {name: np.array(values) for name, values in part.series.items()}

    alone, watched = history(looking=False), history(looking=True)
    assert alone.keys() == watched.keys()
    timeless = [name for name in alone if "seconds" not in name]
    assert timeless
    for name in timeless:
        assert alone[name].tobytes() == watched[name].tobytes(), name


@pytest.mark.parametrize(
    "name", ["..", "../../x.safetensors", "/x", "", ".", "a\0b.safetensors", "x" * 300 + ".safetensors"]
)
def test_the_name_of_a_file_that_is_dropped_in_is_no_path(fresh_lab: Lab, finished: str, name: str):
    content = fresh_lab.runs.get(finished).snapshot_path(6).read_bytes()
    with pytest.raises(SnapshotError, match="is damaged or no safetensors file"):
        take_in(content + name.encode() + b"more", name)
    source = take_in(content, name)
    assert load(fresh_lab, source).step == 6
