"""The Compare page: what is asked for in its address, what it says of it, and what its curves are drawn from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from ganlab.config import TrainConfig
from ganlab.errors import ConfigError
from ganlab.experiments import Experiment, Shelf, arms_of
from ganlab.export.browser import one_script
from ganlab.runs import Run, drive
from ganlab.ui.experiment import start_experiment
from ganlab.ui.lab import Lab
from ganlab.ui.routes import routes

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.usefixtures("made_up_data")

SMALL: dict[str, Any] = {
    "width": 4,
    "z_dim": 4,
    "batch_size": 6,
    "d_steps": 1,
    "max_steps": 6,
    "preview_every": 2,
    "preview_count": 4,
    "recipe": "wgan-gp",
}


@pytest.fixture
def experiment(fresh_lab: Lab) -> Experiment:
    """Two losses, two seeds, three runs trained and one still to come; they have scores."""
    whole = Experiment("losses", "wgan-gp", arms_of({"loss": ["wasserstein", "hinge"]}, "wgan-gp"), (0, 1), SMALL)
    shelf = Shelf(fresh_lab.runs)
    for number, cell in enumerate(list(whole.cells())[:3]):
        whole, run = shelf.begin(whole, cell)
        list(drive(run, tick_s=0))
        score(run, 10.0 - number)
    return whole


def score(run: Run, value: float) -> None:
    run.log("score", step=6, values={"frechet": value}, floor={}, network="", reference="", count=10)


@pytest.fixture
def client(fresh_lab: Lab) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes()), base_url="http://127.0.0.1:8501") as client:
        client.headers["X-Ganlab-Token"] = fresh_lab.token
        yield client


def page(of: str = "") -> AppTest:
    def script() -> None:
        from ganlab.ui import compare

        compare.page()

    drawn = AppTest.from_function(script, default_timeout=60)
    if of:
        drawn.query_params["of"] = of
    drawn.run()
    assert not drawn.exception
    return drawn


def words(drawn: AppTest) -> str:
    return "\n".join(each.value for each in drawn.markdown)


def test_an_experiment_is_shown_with_what_differs_its_scores_and_a_verdict(experiment: Experiment):
    said = words(page("losses"))
    assert "| Setting | wasserstein | hinge |" in said
    assert "| loss | wasserstein | hinge |" in said
    assert "| wasserstein | 0 | 6 | 10 |" in said
    assert "hinge is ahead of wasserstein by 1 on one seed" in said.replace("\\", "")


def test_runs_are_chosen_by_the_address(experiment: Experiment):
    first, second, _ = experiment.runs.values()
    drawn = page(f"{first},{second}")
    assert drawn.multiselect[0].value == [first, second]
    assert "| loss | wasserstein | hinge |" in words(drawn)


def test_without_runs_it_says_what_it_is_for(fresh_lab: Lab):
    drawn = page()
    assert "side by side" in drawn.info[0].value
    assert not drawn.error


def test_a_name_that_there_is_not_is_no_error(experiment: Experiment):
    assert "side by side" in page("no-such-run").info[0].value


def test_a_run_that_is_gone_is_named(experiment: Experiment, fresh_lab: Lab):
    gone = next(iter(experiment.runs.values()))
    fresh_lab.runs.delete(gone)
    drawn = page("losses")
    assert any(gone in each.value.replace("\\", "") for each in drawn.warning)
    assert "| hinge | 0 | 6 | 9 |" in words(drawn)


def test_runs_on_other_data_are_compared_with_a_word_on_it(experiment: Experiment, fresh_lab: Lab):
    other = fresh_lab.runs.create(TrainConfig(**{**SMALL, "dataset": "mnist"}))
    first = next(iter(experiment.runs.values()))
    drawn = page(f"{first},{other.id}")
    assert any("different datasets" in each.value for each in drawn.warning)


def test_the_route_tells_one_series_of_each_run(client: TestClient, experiment: Experiment):
    ids = list(experiment.runs.values())
    told = client.get("/ganlab/compare", params={"runs": ",".join(ids), "series": "loss_d"}).json()
    assert told["series"] == "loss_d"
    assert {"loss_d", "loss_g", "score_frechet"} <= {each["name"] for each in told["offered"]}
    assert list(told["runs"]) == ids
    first = told["runs"][ids[0]]
    assert first["steps"] == [1, 2, 3, 4, 5, 6] and len(first["values"]) == 6
    assert first["images_per_step"] == 6
    assert first["clock"]["steps"][0] == 0 and first["clock"]["steps"][-1] == 6
    assert first["clock"]["seconds"] == sorted(first["clock"]["seconds"])
    assert first["samples"] == [[0, 6, 2]]
    unnamed = client.get("/ganlab/compare", params={"runs": ids[0]}).json()
    assert unnamed["series"] == "score_frechet"
    assert unnamed["runs"][ids[0]] | {"steps": [6], "values": [10.0]} == unnamed["runs"][ids[0]]


@pytest.mark.parametrize(("runs", "status"), [("", 400), ("none", 404), (",".join(["x"] * 40), 404)])
def test_bad_wishes_are_answered_in_a_sentence(client: TestClient, fresh_lab: Lab, runs: str, status: int):
    answer = client.get("/ganlab/compare", params={"runs": runs})
    assert answer.status_code == status and answer.json()["error"]


def test_it_wants_the_token(client: TestClient, experiment: Experiment):
    run_id = next(iter(experiment.runs.values()))
    assert client.get("/ganlab/compare", params={"runs": run_id}, headers={"X-Ganlab-Token": "x"}).status_code == 401


def test_an_experiment_is_started_from_the_page_all_or_nothing(fresh_lab: Lab):
    shelf = Shelf(fresh_lab.runs)
    for varied, name in (({"loss": []}, "a"), ({"d_steps": ["1", "x"]}, "a"), ({"d_steps": ["1", "2"]}, "a/b")):
        with pytest.raises(ConfigError):
            start_experiment(shelf, name, "wgan-gp", varied, 2, 5)
    assert not fresh_lab.runs.all() and not shelf.names()
    start_experiment(shelf, "steps", "wgan-gp", {"d_steps": ["1", "2"]}, 2, 3)
    runs = shelf.get("steps").runs
    assert list(runs) == [("1", 0), ("2", 0), ("1", 1), ("2", 1)]
    assert {fresh_lab.runs.get(run_id).config.max_steps for run_id in runs.values()} == {3}
    with pytest.raises(ConfigError, match="already"):
        start_experiment(shelf, "steps", "wgan-gp", {}, 1, 3)
    for run_id in reversed(list(runs.values())):
        if run_id in fresh_lab.service.active():
            fresh_lab.service.stop(run_id)


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Page:
    page = browser.new_page()
    page.add_script_tag(content=one_script("ui/browser/compare/lines.js"))
    return page


@pytest.mark.browser
def test_lines_are_written_as_csv_that_a_reader_takes_apart_again(blank: Page):
    lines = [
        {"id": "a", "arm": 'loss "x", 2', "seed": 0, "x": [1, 2], "y": [0.5, -1e-9]},
        {"id": "b", "arm": "hinge", "seed": 1, "x": [], "y": []},
    ]
    text = blank.evaluate("(lines) => csvOf('steps', 'loss_d', lines)", lines)
    assert list(csv.reader(io.StringIO(text))) == [
        ["run", "arm", "seed", "steps", "loss_d"],
        ["a", 'loss "x", 2', "0", "1", "0.5"],
        ["a", 'loss "x", 2', "0", "2", "-1e-9"],
    ]
