"""Widgets for settings: of the right kind, explained, hidden where they do nothing, never forgotten."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ganlab.config import SETTINGS, TrainConfig
from ganlab.data import DATASETS
from ganlab.data.folder import prepare_folder
from ganlab.ui.settings import is_shown

#: Kind of setting → kind of widget, as AppTest calls it.
WIDGETS = {
    "choice": "selectbox",
    "flag": "toggle",
    "whole": "number_input",
    "number": "number_input",
    "names": "multiselect",
    "text": "text_input",
}


def drawn(**changes: Any) -> AppTest:
    """All widgets of a recipe "r" whose config has these changes, on a page of their own."""

    def script(changes: dict) -> None:
        import streamlit as st

        from ganlab.config import parse_config
        from ganlab.ui.settings import draw_first, draw_groups

        values = draw_first("r", parse_config(changes))
        st.session_state["seen"] = dict(draw_groups("r", values))

    page = AppTest.from_function(script, args=(changes,), default_timeout=30).run()
    assert not page.exception
    return page


@cache
def drawn_once(**changes: Any) -> AppTest:
    """The same for all tests that only look."""
    return drawn(**changes)


def seen(page: AppTest) -> dict[str, Any]:
    assert not page.exception
    return page.session_state["seen"]


def keys_of(page: AppTest) -> set[str]:
    kinds = ("selectbox", "toggle", "number_input", "multiselect", "text_input", "text_area")
    return {str(widget.key) for kind in kinds for widget in page.get(kind)}


def that_uses(name: str) -> dict[str, Any]:
    """Settings beside which `name` has an effect."""
    needs = SETTINGS[name].needs
    return {} if needs is None else {needs[0]: needs[1][0]} | that_uses(needs[0])


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_has_its_kind_of_widget_with_help(name: str) -> None:
    setting = SETTINGS[name]
    page = drawn_once(**that_uses(name))
    kind = {"folder": "selectbox", "points": "text_area"}.get(name, WIDGETS[setting.kind])
    key = f"r.{name} of digits" if name == "classes" else f"r.{name}"
    widget: Any = next(each for each in page.get(kind) if each.key == key)
    assert widget.label == setting.title
    assert setting.description in widget.help


@pytest.mark.parametrize("name", [name for name, setting in SETTINGS.items() if setting.needs])
def test_a_setting_without_effect_is_not_drawn(name: str) -> None:
    needs = SETTINGS[name].needs
    assert needs is not None
    others = [value for value in SETTINGS[needs[0]].choices if value not in needs[1]]
    assert f"r.{name}" in keys_of(drawn_once(**that_uses(name)))
    assert f"r.{name}" not in keys_of(drawn_once(**that_uses(needs[0]) | {needs[0]: others[0]}))


def test_what_was_set_is_kept_while_it_is_hidden() -> None:
    page = drawn(penalty="gradient")
    page.number_input(key="r.penalty_weight").set_value(3.0).run()
    page.selectbox(key="r.penalty").set_value("none").run()
    assert "r.penalty_weight" not in keys_of(page)
    assert seen(page)["penalty_weight"] == 3.0
    page.selectbox(key="r.penalty").set_value("r1").run()
    assert page.number_input(key="r.penalty_weight").value == 3.0


def test_classes_are_those_of_the_dataset() -> None:
    page = drawn(dataset="mnist")
    classes = page.multiselect(key="r.classes of mnist")
    assert tuple(classes.options) == DATASETS["mnist"].class_names
    classes.set_value(["3", "5"]).run()
    assert seen(page)["classes"] == ("3", "5")
    page.run()
    assert seen(page)["classes"] == ("3", "5")
    page.selectbox(key="r.dataset").set_value("cifar10").run()
    assert seen(page)["classes"] == ()
    assert tuple(page.multiselect(key="r.classes of cifar10").options) == DATASETS["cifar10"].class_names


def test_classes_of_an_unknown_folder_can_be_typed() -> None:
    page = drawn(dataset="folder", folder="/nowhere/at/all")
    assert not page.multiselect(key="r.classes of folder").options
    assert seen(page)["folder"] == "/nowhere/at/all"


def test_a_prepared_folder_is_offered_with_its_classes(
    pictures: Callable[..., Path],
) -> None:
    folder = pictures("animals", count=20, classes=("cat", "dog"))
    prepare_folder(folder, size=16, crop="centre", progress=lambda *_: None)
    page = drawn(dataset="folder")
    assert page.selectbox(key="r.folder").options == [str(folder)]
    page.selectbox(key="r.folder").set_value(str(folder)).run()
    assert seen(page)["folder"] == str(folder)
    assert page.multiselect(key="r.classes of folder").options == ["cat", "dog"]


def test_the_datasets_own_size_has_words() -> None:
    size = drawn().selectbox(key="r.image_size")
    assert size.options[:3] == ["the dataset's own", "16 × 16", "28 × 28"]
    assert size.value == 0


@pytest.mark.parametrize("name", [name for name, spec in DATASETS.items() if not spec.has_images])
def test_points_have_no_settings_of_pictures(name: str) -> None:
    assert not {"r.image_size", "r.flip"} & keys_of(drawn(dataset=name))


def test_a_setting_that_is_refused_can_be_taken_back() -> None:
    """A flip that was asked for stays in sight when the data become points."""
    values = TrainConfig(dataset="moons").model_dump()
    assert not is_shown("flip", values)
    assert is_shown("flip", values | {"flip": True})


@pytest.mark.parametrize("name", [name for name, setting in SETTINGS.items() if setting.kind in ("whole", "number")])
def test_a_step_moves_a_number_by_a_sensible_amount(name: str) -> None:
    widget = drawn_once(**that_uses(name)).number_input(key=f"r.{name}")
    least = 1 if SETTINGS[name].kind == "whole" else 0
    assert least <= widget.step <= max(least, widget.value or (widget.max or 0) / 10)
    assert widget.step <= 1000
