"""The pages' own scripts: what they show, and what their widgets do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from ganlab.config import PenaltyName, TrainConfig
from ganlab.data import shape_for
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.summary import summarise
from ganlab.recipes import RECIPES
from ganlab.ui.lab import Lab

MAIN = str(Path(__file__).parents[2] / "ganlab" / "ui" / "main.py")


@pytest.fixture
def train_page(fresh_lab: Lab) -> AppTest:
    return AppTest.from_file(MAIN, default_timeout=30)


def test_an_empty_lab_says_what_to_do(train_page: AppTest) -> None:
    page = train_page.run()
    assert not page.exception
    assert "Pick a recipe" in page.info[0].value
    assert {"Train", "All recipes"} <= {each.label for each in page.button}


def test_a_recipe_brings_its_own_settings(train_page: AppTest) -> None:
    page = train_page.run()
    for name, recipe in RECIPES.items():
        page.selectbox(key="recipe").set_value(name).run()
        assert not page.exception
        assert page.selectbox(key=f"{name}.dataset").value == recipe.config.dataset
        assert page.number_input(key=f"{name}.lr_g").value == recipe.config.lr_g


def test_start_trains_what_the_widgets_say(train_page: AppTest, fresh_lab: Lab) -> None:
    page = train_page.run()
    for name, value in {"width": 4, "z_dim": 8, "batch_size": 8, "d_steps": 1, "max_steps": 3, "seed": 7}.items():
        page.number_input(key=f"quick-digits.{name}").set_value(value)
    page.run()
    button(page, "Start").click().run()
    assert not page.exception
    assert not page.error
    (run,) = fresh_lab.runs.all()
    assert (run.config.width, run.config.seed, run.config.recipe) == (4, 7, "quick-digits")
    assert fresh_lab.service.wait(run.id, "finished", "failed", timeout_s=60)
    assert fresh_lab.service.status(run.id).state == "finished"
    assert page.query_params["run"] == run.id


def test_quick_clicks_on_start_are_one(
    train_page: AppTest, fresh_lab: Lab, tiny: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("ganlab.ui.starting.time", SimpleNamespace(monotonic=lambda: clock[0]))
    page = train_page.run()
    for name in ("width", "batch_size", "d_steps", "max_steps"):
        page.number_input(key=f"quick-digits.{name}").set_value(getattr(tiny, name))
    page.run()

    def runs_after_a_click(seconds: float) -> int:
        clock[0] += seconds
        button(page, "Start").click().run()
        assert not page.exception
        return len(fresh_lab.runs.all())

    assert [runs_after_a_click(seconds) for seconds in (0, 0.1, 1.5, 1.5, 3)] == [1, 1, 1, 1, 2]
    page.number_input(key="quick-digits.seed").set_value(7).run()
    assert runs_after_a_click(0.5) == 3, "other settings are another wish"


def test_a_second_start_shows_the_second_run(train_page: AppTest, fresh_lab: Lab, finished: str) -> None:
    page = train_page.run()
    assert page.selectbox(key="run box").value == finished
    for name, value in {"width": 4, "batch_size": 8, "d_steps": 1, "max_steps": 3}.items():
        page.number_input(key=f"quick-digits.{name}").set_value(value)
    button(page.run(), "Start").click().run()
    shown = str(page.selectbox(key="run box").value)
    assert shown != finished
    assert page.query_params["run"] == shown
    assert fresh_lab.service.wait(shown, "finished", timeout_s=60)


def test_wrong_settings_get_a_sentence_and_start_nothing(train_page: AppTest, fresh_lab: Lab) -> None:
    page = train_page.run()
    page.selectbox(key="quick-digits.network").set_value("dcgan-article").run()
    button(page, "Start").click().run()
    assert "Network “dcgan-article” makes 28×28" in page.error[0].value
    page.selectbox(key="quick-digits.network").set_value("dcgan").run()
    page.number_input(key="quick-digits.lr_g").set_value(0.0).run()
    assert "Learning rate of G must be greater than 0, got 0.0" in page.error[0].value
    assert not fresh_lab.runs.all()


def test_a_doubtful_combination_is_warned_of(train_page: AppTest) -> None:
    page = train_page.run()
    page.selectbox(key="quick-digits.penalty").set_value("none").run()
    assert "runs away" in page.warning[0].value


def test_a_recipe_tells_its_story(train_page: AppTest) -> None:
    page = train_page.run()
    page.selectbox(key="recipe").set_value("generator-loss-race").run()
    recipe = RECIPES["generator-loss-race"]
    told = "\n".join(each.value for each in page.markdown)
    for part in (recipe.article, recipe.found, recipe.expect, recipe.slips):
        assert part
        assert part in told


def test_a_race_starts_a_run_for_each_rival(train_page: AppTest, fresh_lab: Lab, made_up_data: None) -> None:
    page = train_page.run()
    page.selectbox(key="recipe").set_value("generator-loss-race-digits").run()
    assert "generator-loss-race-digits.loss" not in {each.key for each in page.selectbox}
    for name, value in {"width": 4, "z_dim": 8, "batch_size": 8, "max_steps": 2}.items():
        page.number_input(key=f"generator-loss-race-digits.{name}").set_value(value)
    button(page.run(), "Start 3 runs").click().run()
    assert not page.exception
    assert not page.error
    runs = {run.config.loss: run for run in fresh_lab.runs.all()}
    assert set(runs) == {rival["loss"] for rival in RECIPES["generator-loss-race-digits"].rivals}
    assert page.selectbox(key="run box").value == runs["saturating"].id
    for run in runs.values():
        assert fresh_lab.service.wait(run.id, "finished", "failed", timeout_s=60)
        assert fresh_lab.service.status(run.id).state == "finished", fresh_lab.service.status(run.id).message


def test_a_race_with_one_impossible_rival_starts_none(
    train_page: AppTest, fresh_lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    rivals = ({"batch_size": 8}, {"network": "dcgan-article"})
    monkeypatch.setitem(RECIPES, "quick-digits", replace(RECIPES["quick-digits"], rivals=rivals))
    page = train_page.run()
    button(page, "Start 2 runs").click().run()
    assert "dcgan-article" in page.error[0].value
    assert not fresh_lab.runs.all()


def test_a_dataset_that_is_not_here_is_announced(train_page: AppTest) -> None:
    page = train_page.run()
    page.selectbox(key="recipe").set_value("dcgan-mnist").run()
    assert "MNIST is not on this machine yet" in "".join(each.value for each in page.info)


def test_a_folder_recipe_asks_for_a_folder(train_page: AppTest, fresh_lab: Lab) -> None:
    page = train_page.run()
    page.selectbox(key="recipe").set_value("folder-dcgan-64").run()
    assert "No folder is chosen yet" in "".join(each.value for each in page.info)
    button(page, "Start").click().run()
    assert "No folder of pictures is named" in page.error[0].value
    assert not fresh_lab.runs.all()


def test_the_networks_are_listed_before_anything_starts(train_page: AppTest, fresh_lab: Lab) -> None:
    page = train_page.run()
    button(page, "The networks").click().run()
    assert not page.exception
    config = RECIPES["quick-digits"].config
    pair = summarise(config, shape_for(config), class_count=10)
    tables = [each.value for each in page.dataframe if "Parameters" in each.value]
    assert [table["Parameters"].sum() for table in tables] == [
        pair.generator.parameters,
        pair.discriminator.parameters,
    ]
    assert not fresh_lab.runs.all()


@pytest.mark.parametrize("penalty", [name for name in PENALTIES if name != "none"])
def test_the_penalty_of_a_run_is_explained(
    train_page: AppTest, fresh_lab: Lab, tiny: TrainConfig, made_up_data: None, penalty: PenaltyName
) -> None:
    run_id = fresh_lab.service.start(tiny.with_changes(penalty=penalty))
    assert fresh_lab.service.wait(run_id, "finished", "failed", timeout_s=60)
    page = train_page.run()
    assert not page.exception
    assert any(PENALTIES[penalty].explanation in each.value for each in page.markdown)
    assert any(PENALTIES[penalty].formula in each.value for each in page.latex)


def test_reset_puts_the_recipe_back(train_page: AppTest) -> None:
    page = train_page.run()
    page.number_input(key="quick-digits.max_steps").set_value(17).run()
    button(page, "Reset settings").click().run()
    assert page.number_input(key="quick-digits.max_steps").value == RECIPES["quick-digits"].config.max_steps


def test_a_folder_that_is_no_run_is_named(train_page: AppTest, fresh_lab: Lab, finished: str) -> None:
    (fresh_lab.runs.root / "half").mkdir()
    page = train_page.run()
    assert not page.exception
    assert "“half”" in page.warning[0].value
    assert page.selectbox(key="run box").value == finished


def test_a_link_chooses_the_run(train_page: AppTest, fresh_lab: Lab, finished: str, tiny: TrainConfig) -> None:
    newer = fresh_lab.service.start(tiny)
    assert fresh_lab.service.wait(newer, "finished", timeout_s=60)
    train_page.query_params["run"] = finished
    assert train_page.run().selectbox(key="run box").value == finished


def button(page: AppTest, label: str):
    return next(each for each in page.button if each.label == label)
