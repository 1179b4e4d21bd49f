"""The first screen: a shipped run plays, and recipes are cards."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ganlab.recipes import RECIPES
from ganlab.recipes.groups import GROUPS, grouped, title_of
from ganlab.training import seconds_for
from ganlab.ui.lab import Lab
from ganlab.ui.recipe_cards import duration_words

ROOT = Path(__file__).parents[2]
MAIN = str(ROOT / "ganlab" / "ui" / "main.py")


@pytest.fixture
def shipped(fresh_lab: Lab) -> Lab:
    """A checkpoints folder as it comes with ganlab, but for one of the runs."""
    for name in ("digits-quick", "mnist-dcgan"):
        shutil.copytree(ROOT / "checkpoints" / name, fresh_lab.runs.root / name)
    return fresh_lab


def button(page: AppTest, key: str):
    return next(each for each in page.button if key in (each.key, each.label))


def test_on_first_opening_the_run_of_the_first_recipe_plays(shipped: Lab) -> None:
    page = AppTest.from_file(MAIN, default_timeout=30).run()
    assert not page.exception
    assert page.header[0].value == "Watch a GAN learn"
    assert not [box for box in page.selectbox if box.key == "run box"]
    assert "1,500 steps" in page.markdown[0].value, "of digits-quick, which is not the newest"


def test_train_this_yourself_starts_the_recipe(shipped: Lab) -> None:
    page = AppTest.from_file(MAIN, default_timeout=30).run()
    button(page, "Train this yourself").click().run()
    assert not page.exception
    (started,) = [run for run in shipped.runs.all() if not run.slimmed]
    assert started.config == RECIPES["quick-digits"].config
    assert page.query_params["run"] == started.id
    assert page.selectbox(key="run box").value == started.id
    shipped.service.stop(started.id)


def test_a_link_and_a_run_of_ones_own_come_before_the_first_screen(shipped: Lab, finished: str) -> None:
    page = AppTest.from_file(MAIN, default_timeout=30).run()
    assert page.selectbox(key="run box").value == finished
    shipped.runs.delete(finished)
    page = AppTest.from_file(MAIN, default_timeout=30)
    page.query_params["run"] = "mnist-dcgan"
    assert page.run().selectbox(key="run box").value == "mnist-dcgan"


def test_a_card_starts_its_recipe_or_brings_its_settings(shipped: Lab) -> None:
    page = AppTest.from_file(MAIN, default_timeout=30).run()
    button(page, "choose first ring-wgan-gp").click().run()
    assert not page.exception
    assert page.selectbox(key="recipe").value == "ring-wgan-gp"
    assert any("**Eight spots in the plane**" in each.value for each in page.markdown)
    button(page, "Start now").click().run()
    assert not [each for each in page.button if each.label == "Start now"]
    (started,) = [run for run in shipped.runs.all() if not run.slimmed]
    assert started.config.recipe == "ring-wgan-gp"
    shipped.service.stop(started.id)


def test_every_recipe_is_on_one_card_with_a_title_of_its_own() -> None:
    names = [name for group in GROUPS.values() for name in group]
    assert sorted(names) == sorted(RECIPES)
    assert len({title_of(name) for name in names}) == len(names)
    assert not {title_of(name) for name in names} & set(names), "a title is no slug"
    assert grouped(["wgan", "added"]) == {"Papers": ["wgan"], "More": ["added"]}


def test_pictures_on_cards_are_of_recipes() -> None:
    pictures = {file.stem for file in (ROOT / "ganlab" / "ui" / "cards").iterdir()}
    assert pictures <= set(RECIPES)
    assert set(GROUPS["Start here"]) <= pictures


def test_cost_grows_with_steps_and_with_the_networks() -> None:
    quick = RECIPES["quick-digits"].config
    assert seconds_for(quick.with_changes(max_steps=3000)) == pytest.approx(2 * seconds_for(quick))
    assert seconds_for(RECIPES["dcgan-paper-64"].config) > 100 * seconds_for(quick)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (50, "under a minute"),
        (61, "about 1 min"),
        (754, "about 13 min"),
        (2700, "about 40 min"),
        (7600, "about 2 hours"),
        (400_000, "about 5 days"),
    ],
)
def test_durations_are_told_as_roughly_as_they_are_known(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words
