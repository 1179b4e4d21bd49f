"""Every setting is declared once, and a wrong one is answered with name, value and way out."""

from __future__ import annotations

import json
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import ValidationError
from tiny import tiny

from ganlab.config import (
    GROUPS,
    TrainConfig,
    field_choices,
    field_group,
    field_needs,
    parse_config,
    suggest,
    warnings_of,
)
from ganlab.errors import ConfigError, GanlabError

FIELDS = TrainConfig.model_fields
NUMBERS = [name for name, field in FIELDS.items() if field.annotation in (int, float)]
CHOICES = [name for name, field in FIELDS.items() if get_origin(field.annotation) is Literal]


def refusal(**values: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(values)
    return str(caught.value)


def limits(name: str) -> dict[str, float]:
    return {
        word: getattr(mark, word)
        for mark in FIELDS[name].metadata
        for word in ("ge", "gt", "le", "lt")
        if hasattr(mark, word)
    }


def outside(name: str) -> list[float]:
    """The nearest values that a number's field does not admit, on both sides."""
    step = 1 if FIELDS[name].annotation is int else 1e-6
    away = {"ge": -step, "gt": 0, "le": step, "lt": 0}
    return [limit + away[word] for word, limit in limits(name).items()]


def test_every_setting_says_what_it_is_and_stands_under_a_heading():
    for name, field in FIELDS.items():
        assert field.description and field.description.endswith("."), name
        assert field_group(name) in GROUPS or name == "recipe", name
        assert field.title or name == "recipe", name
    order = [GROUPS.index(field_group(name)) for name in FIELDS if field_group(name)]
    assert order == sorted(order)


def test_every_field_is_a_number_with_limits_or_a_choice_or_the_label():
    assert {*NUMBERS, *CHOICES, "recipe"} == set(FIELDS)
    assert all(len(limits(name)) == 2 for name in NUMBERS)


def test_the_choices_are_those_of_the_annotation():
    assert all(field_choices(name) == get_args(FIELDS[name].annotation) for name in CHOICES)
    assert field_choices("width") == () == field_choices("recipe")


def test_needs_name_a_field_and_one_of_its_values():
    needs = {name: field_needs(name) for name in FIELDS}
    assert needs["penalty_weight"] == ("penalty", "gradient")
    assert needs["lr_d"] is None is needs["recipe"]
    assert all(need[1] in field_choices(need[0]) for need in needs.values() if need)


def test_a_config_survives_json_and_cannot_be_changed():
    config = tiny(lr_d=1 / 3, prior="uniform")
    assert parse_config(json.loads(config.model_dump_json())) == config
    with pytest.raises(ValidationError, match="frozen"):
        config.lr_d = 1.0  # pyright: ignore[reportAttributeAccessIssue]
    assert config.with_changes(seed=5).seed == 5 != config.seed
    assert config.with_changes(seed=5).with_changes(seed=0) == config


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_out_of_range_is_refused_by_name_and_value(name: str):
    for value in outside(name):
        sentence = refusal(**{name: value})
        assert sentence.startswith(f"{name} must be ")
        assert " than " in sentence and sentence.endswith(f", got {value!r}")
    for word, limit in limits(name).items():
        if word in ("ge", "le"):
            assert getattr(parse_config({name: limit}), name) == limit


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["many", None, float("nan"), float("inf"), [1]])
def test_what_is_no_number_is_refused_by_name_and_value(name: str, value: Any):
    kinds = (
        ["a number", "a finite number"] if FIELDS[name].annotation is float else ["a whole number", "a finite number"]
    )
    assert refusal(**{name: value}) in [f"{name} must be {kind}, got {value!r}" for kind in kinds]


@pytest.mark.parametrize("name", [name for name in NUMBERS if FIELDS[name].annotation is int])
def test_a_fraction_is_no_whole_number(name: str):
    assert refusal(**{name: 7.5}) == f"{name} must be a whole number, got 7.5"


def test_numbers_from_a_link_or_the_command_line_may_be_text():
    assert parse_config({"width": "8", "lr_d": "1e-3"}) == parse_config({"width": 8, "lr_d": 1e-3})


@pytest.mark.parametrize("name", CHOICES)
def test_an_unknown_choice_is_answered_with_what_there_is(name: str):
    assert refusal(**{name: "qqq"}) == f"{name} cannot be 'qqq': choose one of {', '.join(field_choices(name))}"
    nearly = field_choices(name)[-1] + "x"
    assert refusal(**{name: nearly}) == f"{name} cannot be {nearly!r}: did you mean {field_choices(name)[-1]!r}?"


def test_an_unknown_setting_is_answered_with_the_nearest():
    assert refusal(batchsize=3) == "unknown setting 'batchsize': did you mean 'batch_size'?"
    assert "unknown setting 'qqq': choose one of recipe, dataset," in refusal(qqq=3)


@pytest.mark.parametrize("label", ["a/b", "../up", "two words", "x" * 65, "é", "a\n"])
def test_a_recipes_label_is_fit_for_a_folders_name(label: str):
    sentence = refusal(recipe=label)
    assert sentence == f"recipe must be at most 64 letters, digits, dots, dashes and underscores, got {label!r}"
    assert parse_config({"recipe": "wgan-gp_2.1"}).recipe == "wgan-gp_2.1"
    assert refusal(recipe=3) == "recipe must be text, got 3"


def test_several_mistakes_are_all_named_in_one_line():
    sentence = refusal(width=1, loss="hinge", depth=3)
    assert sentence.count("; ") == 2 and "\n" not in sentence
    for name in ("width must be", "loss cannot be", "unknown setting 'depth'"):
        assert name in sentence


def test_a_config_error_is_a_value_error_and_ours():
    assert issubclass(ConfigError, GanlabError) and issubclass(ConfigError, ValueError)


def test_seldom_wanted_combinations_are_allowed_with_a_warning():
    assert warnings_of(tiny()) == ()
    (no_penalty,) = warnings_of(tiny(penalty="none"))
    assert "'wasserstein'" in no_penalty and "choose penalty 'gradient'" in no_penalty
    (dropout,) = warnings_of(tiny(dropout=0.25))
    assert "0.25" in dropout and "set dropout to 0" in dropout
    assert len(warnings_of(tiny(penalty="none", dropout=0.25))) == 2
    assert warnings_of(tiny(loss="non-saturating", penalty="none", dropout=0.25)) == ()


def test_suggestions():
    assert suggest("digit", ["digits", "mnist"]) == "did you mean 'digits'?"
    assert suggest("cats", ["digits", "mnist"]) == "choose one of digits, mnist"
