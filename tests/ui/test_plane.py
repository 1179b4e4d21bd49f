"""The Plane page: which runs it shows, what its routes say, and what its picture is drawn from."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
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
from ganlab.plane import best_discriminator, jensen_shannon, proven_by_scores, transport
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
    check_fit(config_for(dataset, loss, points="0,0\n1,1"))


def test_the_parameters_of_points_are_settings_of_their_run(fresh_lab: Lab):
    drawn = page()
    drawn.number_input(key="plane modes gaussians-ring").set_value(5)
    drawn.number_input(key="plane imbalance gaussians-ring").set_value(3.0).run()
    next(button for button in drawn.button if button.label == "Start").click().run()
    (run,) = fresh_lab.runs.all()
    assert (run.config.modes, run.config.imbalance, run.config.spread) == (5, 3, 0)
    fresh_lab.service.stop(run.id)


def test_a_formula_is_checked_where_it_is_typed(fresh_lab: Lab):
    drawn = page()
    drawn.selectbox(key="plane points").set_value("formula").run()
    assert not drawn.error and "Start" in [button.label for button in drawn.button]
    drawn.text_input[0].set_value("u, __import__('os')").run()
    assert "cannot hold" in drawn.error[0].value
    assert "Start" not in [button.label for button in drawn.button]


@pytest.mark.parametrize(
    ("pasted", "said"),
    [("1,2", "Only one point"), ("1,2,3\n4,5,6", "3 columns"), ("1,nan\n2,3", "not finite"), ("a\nb", "one column")],
)
def test_pasted_points_are_refused_in_a_sentence(fresh_lab: Lab, pasted: str, said: str):
    drawn = page()
    drawn.selectbox(key="plane points").set_value("own-points").run()
    drawn.text_area[0].set_value(pasted).run()
    assert said.lower() in drawn.error[0].value.lower()


def test_what_is_changed_of_pasted_points_is_said(fresh_lab: Lab):
    drawn = page()
    drawn.selectbox(key="plane points").set_value("own-points").run()
    drawn.text_area[0].set_value("\n".join(f"{n},{n % 7}" for n in range(5000))).run()
    assert not drawn.error and [each.value[:8] for each in drawn.info][:2] == ["Of 5,000", "They are"]


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


def test_the_plan_moves_each_generated_point_to_a_real_one_of_its_own(client: TestClient, ring: Run):
    found = client.get(f"/ganlab/runs/{ring.id}/plane/4/moves").json()
    look = load(ring.plane(4))
    assert sorted(found["to"]) == list(range(len(look["fake"])))
    ways = (look["fake"] - look["real"][found["to"]]).double().norm(dim=1)
    assert found["distance"] == pytest.approx(float(ways.mean()), rel=1e-6)
    assert found["distance"] <= float((look["fake"] - look["real"]).double().norm(dim=1).mean())
    assert 0 < found["floor"] < found["distance"]
    assert client.get(f"/ganlab/runs/{ring.id}/plane/3/moves").status_code == 404


def test_points_that_are_no_numbers_are_not_moved(client: TestClient, ring: Run):
    file = next(ring.path.glob("samples/*4.plane.safetensors"))
    look = load(file.read_bytes())
    look["fake"][3, 1] = float("nan")
    file.write_bytes(save(look))
    answer = client.get(f"/ganlab/runs/{ring.id}/plane/4/moves")
    assert answer.status_code == 400 and "no numbers" in answer.json()["error"]


def test_its_last_single_update_can_be_seen(client: TestClient, ring: Run, fresh_lab: Lab):
    nothing = client.get(f"/ganlab/runs/{ring.id}/plane/update")
    assert nothing.status_code == 404 and "no single update" in nothing.json()["error"]
    run_id = fresh_lab.service.start(ring.config.with_changes(max_steps=10_000, preview_every=10_000))
    assert fresh_lab.service.wait(run_id, "training", timeout_s=60)
    fresh_lab.service.pause(run_id)
    assert fresh_lab.service.wait(run_id, "paused", timeout_s=60)
    for what in ("both", "d"):
        fresh_lab.service.single(run_id, what)
    assert wait_until(lambda: len(fresh_lab.service.status(run_id).reports) == 2)
    told = client.get(f"/ganlab/runs/{run_id}/plane").json()
    assert told["reports"][-1]["what"] == "d" and told["reports"][-1]["plane"] is None
    assert set(told["actions"]) >= {"unpause", "stop"} and set(told["losses"]) == {"loss_d", "loss_g"}
    assert all(0 < len(values) <= 128 for values in told["losses"].values())
    look = load(client.get(f"/ganlab/runs/{run_id}/plane/update").content)
    assert set(look) == {"box", "scores", "real", "fake", "pull", "latents"}
    fresh_lab.service.stop(run_id)


def wait_until(happened: Callable[[], Any]) -> bool:
    end = time.monotonic() + 30
    while not happened() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(happened())


def test_a_run_on_images_has_none(client: TestClient, fresh_lab: Lab):
    run = fresh_lab.runs.create(tiny(max_steps=2))
    list(drive(run, tick_s=0))
    assert client.get(f"/ganlab/runs/{run.id}/plane/2").status_code == 404


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Page:
    page = browser.new_page()
    page.add_script_tag(content=one_script("ui/browser/plane/look.js", "ui/browser/plane/format.js"))
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


EMPTY = "new Field(new Float32Array(1024), [-1, -1, 1, 1])"


def field_at(column: int, row: int) -> float:
    return 2 * (-1 + (column + 0.5) / 4) - (-1 + (row + 0.5) / 4)


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
def test_the_edge_is_as_steep_as_the_rest(blank: Page):
    found = blank.evaluate(
        f"{FIELD}.map((value, column, row) => {FIELD}.slope(...{FIELD}.pointOf(column, row))).range()"
    )
    assert found == pytest.approx([5**0.5, 5**0.5])


@pytest.mark.browser
def test_what_is_no_number_has_no_range_and_no_contour(blank: Page):
    holed = f"{FIELD}.map((value, column) => column < 4 ? NaN : value)"
    assert blank.evaluate(f"{holed}.range()") == [field_at(4, 7), field_at(7, 0)]
    assert all(x >= 0 for piece in blank.evaluate(f"{holed}.contour(0.3)") for x, _ in piece)


def shares_of(blank: Page, points: list[list[float]]) -> np.ndarray:
    return np.array(blank.evaluate(f"(points) => [...sharesOf(points, {EMPTY})]", points))


def two_sets() -> tuple[list[list[float]], list[list[float]]]:
    rng = np.random.default_rng(0)
    return rng.normal(-0.3, 0.2, (60, 2)).tolist(), rng.normal(0.2, 0.3, (60, 2)).tolist()


@pytest.mark.browser
def test_shares_sum_to_1_wherever_the_points_lie(blank: Page):
    for points in ([[0.0, 0.0]], [[-9.0, 4.0], [0.1, 0.2]], two_sets()[0]):
        assert shares_of(blank, points).sum() == pytest.approx(1, abs=1e-12)
    middle = shares_of(blank, [[0.0, 0.0]]).reshape(32, 32)
    assert middle == pytest.approx(middle.T) and middle == pytest.approx(middle[::-1])


@pytest.mark.browser
def test_the_page_finds_the_quantities_that_python_finds(blank: Page):
    p, q = (shares_of(blank, points) for points in two_sets())
    scores = np.random.default_rng(1).normal(0, 9, p.size)
    asked = [p.tolist(), q.tolist(), scores.tolist()]
    assert blank.evaluate("([p, q]) => divergence(p, q)", asked) == pytest.approx(jensen_shannon(p, q), rel=1e-9)
    found = blank.evaluate("([p, q, scores]) => proven(p, q, scores)", asked)
    assert found == pytest.approx(proven_by_scores(p, q, scores), rel=1e-9)
    best = np.array(blank.evaluate("([p, q]) => bestAnswer(p, q, 120)", asked), dtype=float)
    near = np.isfinite(best)
    assert 0 < near.sum() < best.size
    assert best[near] == pytest.approx(best_discriminator(p, q)[near])
    assert (p + q)[near].min() > (p + q)[~near].max()


LOOK = """([real, fake, scores, probability]) => {
  const flat = (points) => ({ values: new Float32Array(points.flat()) });
  return new Look(
    { box: { values: [-1, -1, 1, 1] }, scores: { values: new Float32Array(scores) }, real: flat(real),
      fake: flat(fake), pull: flat(fake), latents: flat(fake) },
    { probability, d_title: "critic" },
  );
}"""


@pytest.mark.browser
def test_the_best_answer_has_no_gap_and_proves_the_divergence(blank: Page):
    real, fake = two_sets()
    p, q = (shares_of(blank, points) for points in (real, fake))
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.nan_to_num(np.log(p / q), posinf=40, neginf=-40)
    look = f"({LOOK})(asked)"
    asked = [real, fake, scores.tolist(), True]
    gap = np.array(blank.evaluate(f"(asked) => [...{look}.gap.values]", asked), dtype=float)
    assert np.nanmax(np.abs(gap)) < 1e-4
    found = blank.evaluate(f"(asked) => {look}.divergence", asked)
    assert found["proven"] == pytest.approx(found["whole"], rel=1e-4) and found["whole"] > 0.1
    undecided = blank.evaluate(f"(asked) => {look}.divergence", [real, fake, [0.0] * p.size, True])
    assert undecided["proven"] == pytest.approx(0, abs=1e-12)


@pytest.mark.browser
def test_the_grid_of_latents_goes_from_z_to_where_g_puts_it(blank: Page):
    real, _ = two_sets()
    grid = [[x / 4, 0.1 * y] for x in range(3) for y in range(3)]
    way = """([asked, shares]) => {
      const look = (LOOK)(asked);
      return shares.map((share) => ((look.unfolded = share), look.onTheWay));
    }""".replace("LOOK", LOOK)
    first, middle, last = np.array(blank.evaluate(way, [[real, grid, [0.0] * 1024, False], [0, 0.5, 1]]))
    assert last == pytest.approx(np.array(grid)) and middle == pytest.approx((first + last) / 2)
    assert first[:, 0].tolist() == pytest.approx(np.repeat([-0.8, 0, 0.8], 3))  # a plain grid over the picture
    assert first[:, 1].tolist() == pytest.approx(np.tile([-0.8, 0, 0.8], 3))


@pytest.mark.browser
@pytest.mark.parametrize("seed", range(4))
def test_no_scores_prove_more_than_the_distance(blank: Page, seed: int):
    real, fake = two_sets()
    scores = np.random.default_rng(seed).normal(0, 3, 1024).cumsum().tolist()
    found = blank.evaluate(f"(asked) => ({LOOK})(asked).duality", [real, fake, scores, False])
    assert found["steepest"] > 0 and found["proven"] <= transport(np.array(real), np.array(fake)).distance


@pytest.mark.browser
def test_a_plain_slope_proves_the_distance_of_a_shift_and_no_slope_none(blank: Page):
    real, _ = two_sets()
    inside = [[x, y] for x, y in real if max(abs(x), abs(y)) < 0.7]
    fake = [[x - 0.12, y - 0.16] for x, y in inside]
    middles = (np.arange(32) + 0.5) / 16 - 1
    scores = (0.6 * middles[None, :] + 0.8 * middles[:, None]).ravel().tolist()
    found = blank.evaluate(f"(asked) => ({LOOK})(asked).duality", [inside, fake, scores, False])
    assert found == {"steepest": pytest.approx(1, rel=1e-5), "proven": pytest.approx(0.2, rel=1e-5)}
    flat = blank.evaluate(f"(asked) => ({LOOK})(asked).duality", [inside, fake, [2.0] * 1024, False])
    assert flat == {"steepest": 0, "proven": 0}


@pytest.mark.browser
def test_points_that_lie_on_one_another_leave_d_nothing_to_say(blank: Page):
    real, _ = two_sets()
    best = np.array(blank.evaluate(f"(asked) => [...({LOOK})(asked).best.values]", [real, real, [0.0] * 1024, True]))
    assert best[np.isfinite(best.astype(float))].astype(float) == pytest.approx(0.5)
    assert blank.evaluate(f"(asked) => ({LOOK})(asked).divergence", [real, real, [0.0] * 1024, False]) == {
        "whole": pytest.approx(0, abs=1e-12),
        "proven": None,
    }


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
