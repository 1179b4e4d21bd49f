"""The pages' own scripts: what they show, and what their widgets do."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ganlab.config import TrainConfig, field_group
from ganlab.recipes import RECIPES
from ganlab.ui.lab import Lab

MAIN = str(Path(__file__).parents[2] / "ganlab" / "ui" / "main.py")


@pytest.fixture
def train_page(fresh_lab: Lab) -> AppTest:
    return AppTest.from_file(MAIN, default_timeout=30)


def explore_page() -> AppTest:
    def script() -> None:
        from ganlab.ui import explore

        explore.page()

    return AppTest.from_function(script, default_timeout=30)


def test_an_empty_lab_says_what_to_do(train_page: AppTest) -> None:
    page = train_page.run()
    assert not page.exception
    assert "press **Start**" in page.info[0].value
    page = explore_page().run()
    assert not page.exception
    assert "**Train** page first" in page.info[0].value


def test_every_setting_has_a_widget_with_help(train_page: AppTest) -> None:
    page = train_page.run()
    widgets = {widget.key: widget for widget in [*page.selectbox, *page.number_input]}
    for name, field in TrainConfig.model_fields.items():
        if field_group(name):
            widget = widgets[f"wgan-gp.{name}"]
            assert widget.label == field.title
            assert field.description is not None
            assert field.description in widget.help


def test_a_recipe_brings_its_own_settings(train_page: AppTest) -> None:
    page = train_page.run()
    for name, recipe in RECIPES.items():
        page.selectbox(key="recipe").set_value(name).run()
        assert not page.exception
        assert page.selectbox(key=f"{name}.loss").value == recipe.config.loss
        assert page.number_input(key=f"{name}.lr_g").value == recipe.config.lr_g


def test_start_trains_what_the_widgets_say(train_page: AppTest, fresh_lab: Lab) -> None:
    page = train_page.run()
    for name, value in {"width": 4, "z_dim": 8, "batch_size": 8, "d_steps": 1, "max_steps": 3, "seed": 7}.items():
        page.number_input(key=f"wgan-gp.{name}").set_value(value)
    page.run()
    button(page, "Start").click().run()
    assert not page.exception
    assert not page.error
    (run,) = fresh_lab.runs.all()
    assert (run.config.width, run.config.seed, run.config.recipe) == (4, 7, "wgan-gp")
    assert fresh_lab.service.wait(run.id, "finished", "failed", timeout_s=60)
    assert fresh_lab.service.status(run.id).state == "finished"
    assert page.query_params["run"] == run.id


def test_a_second_start_shows_the_second_run(train_page: AppTest, fresh_lab: Lab, finished: str) -> None:
    page = train_page.run()
    assert page.selectbox(key="run box").value == finished
    for name, value in {"width": 4, "batch_size": 8, "d_steps": 1, "max_steps": 3}.items():
        page.number_input(key=f"wgan-gp.{name}").set_value(value)
    button(page.run(), "Start").click().run()
    shown = str(page.selectbox(key="run box").value)
    assert shown != finished
    assert page.query_params["run"] == shown
    assert fresh_lab.service.wait(shown, "finished", timeout_s=60)


def test_wrong_settings_get_a_sentence_and_start_nothing(train_page: AppTest, fresh_lab: Lab) -> None:
    page = train_page.run()
    page.selectbox(key="wgan-gp.network").set_value("dcgan-article").run()
    button(page, "Start").click().run()
    assert "network 'dcgan-article' makes 28×28" in page.error[0].value
    page.selectbox(key="wgan-gp.network").set_value("dcgan").run()
    page.number_input(key="wgan-gp.lr_g").set_value(0.0).run()
    assert "lr_g must be greater than 0, got 0.0" in page.error[0].value
    assert not fresh_lab.runs.all()


def test_settings_that_have_no_effect_are_greyed(train_page: AppTest) -> None:
    page = train_page.run()
    assert not page.number_input(key="wgan-gp.penalty_weight").disabled
    page.selectbox(key="wgan-gp.penalty").set_value("none").run()
    assert page.number_input(key="wgan-gp.penalty_weight").disabled
    assert "runs away" in page.warning[0].value


def test_reset_puts_the_recipe_back(train_page: AppTest) -> None:
    page = train_page.run()
    page.number_input(key="wgan-gp.max_steps").set_value(17).run()
    button(page, "Reset settings").click().run()
    assert page.number_input(key="wgan-gp.max_steps").value == RECIPES["wgan-gp"].config.max_steps


def test_a_folder_that_is_no_run_is_named(train_page: AppTest, fresh_lab: Lab, finished: str) -> None:
    (fresh_lab.runs.root / "half").mkdir()
    page = train_page.run()
    assert not page.exception
    assert "'half'" in page.warning[0].value
    assert page.selectbox(key="run box").value == finished


def test_a_link_chooses_the_run(train_page: AppTest, fresh_lab: Lab, finished: str, tiny: TrainConfig) -> None:
    newer = fresh_lab.service.start(tiny)
    assert fresh_lab.service.wait(newer, "finished", timeout_s=60)
    train_page.query_params["run"] = finished
    assert train_page.run().selectbox(key="run box").value == finished


def test_explore_offers_each_snapshot_and_draws_the_strip(fresh_lab: Lab, tiny: TrainConfig) -> None:
    run_id = fresh_lab.service.start(tiny.with_changes(snapshot_every=2))
    assert fresh_lab.service.wait(run_id, "finished", timeout_s=60)
    page = explore_page().run()
    assert not page.exception
    assert page.selectbox(key=f"snapshot of {run_id}").options == ["step 6", "step 4", "step 2"]
    before = strip(page)
    page.number_input(key="strip to").set_value(77).run()
    assert strip(page) != before
    before = strip(page)
    page.selectbox(key="strip path").set_value("lerp").run()
    assert strip(page) != before


def test_a_damaged_snapshot_is_said_and_the_page_stays(fresh_lab: Lab, finished: str) -> None:
    (fresh_lab.runs.root / finished / "snapshots" / "000006.safetensors").write_bytes(b"\x80\x04broken")
    page = explore_page().run()
    assert not page.exception
    assert "000006.safetensors" in page.error[0].value


def button(page: AppTest, label: str):
    return next(each for each in page.button if each.label == label)


def strip(page: AppTest) -> str:
    return next(each.proto.body for each in page.get("html") if "ganlab-picture" in each.proto.body)
