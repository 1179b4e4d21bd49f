"""The Plane page: which runs it shows, what its routes say, and what its picture is drawn from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load, save
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest
from tiny import tiny

from ganlab.export.browser import one_script
from ganlab.gan.losses import LOSSES
from ganlab.gan.penalties import PENALTIES
from ganlab.runs import Run, drive
from ganlab.training import check_fit
from ganlab.ui.lab import Lab
from ganlab.ui.plane import POINTS, config_for
from ganlab.ui.routes import routes

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.usefixtures("made_up_data")


@pytest.fixture
def ring(fresh_lab: Lab) -> Run:
    config = tiny(dataset="gaussians-ring", network="mlp", norm_g="none", max_steps=4, preview_every=2, score_count=0)
    run = fresh_lab.runs.create(config)
    list(drive(run, tick_s=0))
    run.log("score", step=2, values={"modes": 3.0, "good": 40.0}, floor={}, network="", reference="", count=10)
    return run


@pytest.fixture
def client(fresh_lab: Lab) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes()), base_url="http://127.0.0.1:8501") as client:
        client.headers["X-Ganlab-Token"] = fresh_lab.token
        yield client


def page() -> AppTest:
    drawn = AppTest.from_string("from ganlab.ui import plane\nplane.page()", default_timeout=60).run()
    assert not drawn.exception
    return drawn


def test_it_offers_the_runs_on_points_alone(ring: Run, fresh_lab: Lab):
    fresh_lab.runs.create(tiny())
    box = page().selectbox(key="run box")
    assert box.value == ring.id and len(box.options) == 1


def test_without_a_run_it_says_what_to_do(fresh_lab: Lab):
    assert "press Start" in page().info[0].value


@pytest.mark.parametrize("dataset", POINTS)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_choice_can_be_started(dataset: str, loss: Any):
    check_fit(config_for(dataset, loss))


def test_the_routes_tell_its_looks(client: TestClient, ring: Run):
    told = client.get(f"/ganlab/runs/{ring.id}/plane").json()
    assert told["samples"] == [[0, 4, 2]]
    assert (told["probability"], told["d_title"], told["live"]) == (False, "critic", False)
    assert [each["step"] for each in told["scores"]] == [2]
    assert told["scores"][0]["values"][0] == {"title": "Modes covered", "value": 3.0, "unit": ""}
    look = client.get(f"/ganlab/runs/{ring.id}/plane/4")
    assert look.status_code == 200
    assert set(load(look.content)) == {"box", "scores", "real", "fake", "pull", "latents"}
    missing = client.get(f"/ganlab/runs/{ring.id}/plane/3")
    assert missing.status_code == 404 and "no view of the plane" in missing.json()["error"]


def test_a_run_on_images_has_none(client: TestClient, fresh_lab: Lab):
    run = fresh_lab.runs.create(tiny(max_steps=2))
    list(drive(run, tick_s=0))
    assert client.get(f"/ganlab/runs/{run.id}/plane/2").status_code == 404


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Page:
    page = browser.new_page()
    page.add_script_tag(content=one_script("ui/browser/plane/field.js", "ui/browser/plane/format.js"))
    return page


@pytest.mark.browser
def test_the_page_reads_what_python_wrote(blank: Page):
    tensors = {"a": torch.arange(6.0).reshape(3, 2), "box": torch.tensor([-1.5, 0.25, 3.0, 7.0])}
    found = blank.evaluate(
        """(bytes) => Object.fromEntries(Object.entries(tensorsOf(new Uint8Array(bytes).buffer)).map(
             ([name, { shape, values }]) => [name, [shape, [...values]]]))""",
        list(save(tensors)),
    )
    assert found == {"a": [[3, 2], [0, 1, 2, 3, 4, 5]], "box": [[4], [-1.5, 0.25, 3, 7]]}


FIELD = """new Field(Array.from({ length: 64 }, (_, n) => {
  const [x, y] = [n % 8, Math.floor(n / 8)].map((place) => -1 + (place + 0.5) / 4);
  return 2 * x - y;
}), [-1, -1, 1, 1])"""


@pytest.mark.browser
def test_values_slopes_and_contours_of_a_slanted_plane(blank: Page):
    """2x − y: its value is known everywhere, its slope is √5, and where it is 0.3 a straight line runs."""
    assert blank.evaluate(f"{FIELD}.value(0.3, -0.4)") == pytest.approx(1.0)
    assert blank.evaluate(f"{FIELD}.slope(0.1, 0.2)") == pytest.approx(5**0.5)
    pieces = blank.evaluate(f"{FIELD}.contour(0.3)")
    assert len(pieces) > 5
    for piece in pieces:
        for x, y in piece:
            assert 2 * x - y == pytest.approx(0.3)
    assert blank.evaluate(f"{FIELD}.contour(99)") == []


@pytest.mark.browser
@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-13.0, 2.0), (1e-4, 3e-4), (5.0, 5.0), (0.0, float("nan"))])
def test_levels_are_round_and_within(blank: Page, low: float, high: float):
    levels = blank.evaluate("([low, high]) => levelsBetween(low, high)", [low, high])
    assert all(low < level < high for level in levels)
    assert (len(levels) >= 3) == (high > low)
    assert len(levels) <= 9


def dirac(client: TestClient, **asked: Any) -> dict[str, Any]:
    answer = client.get("/ganlab/dirac", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"loss": "wasserstein", "way": "simultaneous"}, "leaves"),
        ({"loss": "wasserstein", "way": "alternating"}, "circles"),
        ({"loss": "non-saturating", "penalty": "r1", "weight": 1}, "comes to rest"),
        ({"loss": "non-saturating", "noise": 0.7}, "comes to rest"),
    ],
)
def test_the_dirac_gan_does_what_is_proven_of_it(client: TestClient, asked: dict[str, Any], said: str):
    found = dirac(client, **asked)
    assert f"From here it {said}" in found["words"]
    assert len(found["theta"]) == len(found["psi"]) == len(found["places"])
    assert found["path"][0] == [1, 1]


def test_every_loss_and_penalty_has_its_field(client: TestClient):
    for loss in LOSSES:
        for penalty in PENALTIES:
            assert dirac(client, loss=loss, penalty=penalty)["words"]


@pytest.mark.parametrize(
    "asked",
    [{"loss": "x"}, {"penalty": "x"}, {"way": "x"}, {"rate": "0"}, {"rate": "nan"}, {"theta": "9"}, {"weight": "fast"}],
)
def test_what_cannot_be_is_refused_in_a_sentence(client: TestClient, asked: dict[str, Any]):
    answer = client.get("/ganlab/dirac", params=asked)
    assert answer.status_code == 400 and answer.json()["error"]
