"""Every setting is declared once, and a wrong one is answered with name, value and way out."""

from __future__ import annotations

import json
from typing import Any, get_args, get_origin

import pytest
from pydantic import ValidationError

from ganlab.config import (
    GROUPS,
    SETTINGS,
    TrainConfig,
    check_effect,
    has_effect,
    listed,
    parse_config,
    suggest,
    warnings_of,
    with_implied,
)
from ganlab.errors import ConfigError, GanlabError

FIELDS = TrainConfig.model_fields
NUMBERS = [name for name, field in FIELDS.items() if field.annotation in (int, float)]
CHOICES = [name for name, setting in SETTINGS.items() if setting.kind == "choice"]
FLAGS = [name for name, field in FIELDS.items() if field.annotation is bool]
TEXTS = ["folder", "points", "formula"]
LISTS = ["classes"]


def of_kind(kind: str) -> list[str]:
    return [name for name, setting in SETTINGS.items() if setting.kind == kind]


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
    assert [*SETTINGS] == [name for name in FIELDS if name != "recipe"]
    for name, setting in SETTINGS.items():
        assert setting.description.endswith("."), name
        assert setting.group in GROUPS, name
        assert setting.title and setting.name == name
        assert setting.default == getattr(TrainConfig(), name)
    order = [GROUPS.index(setting.group) for setting in SETTINGS.values()]
    assert order == sorted(order)


def test_every_field_is_entered_in_one_way_and_numbers_have_limits():
    assert {*NUMBERS, *CHOICES, *FLAGS, *TEXTS, *LISTS} == set(SETTINGS)
    assert len(NUMBERS) + len(CHOICES) + len(FLAGS) + len(TEXTS) + len(LISTS) == len(SETTINGS)
    assert all(SETTINGS[name].limits == limits(name) and len(limits(name)) == 2 for name in NUMBERS)
    assert [*of_kind("whole"), *of_kind("number")] == sorted(NUMBERS, key=lambda name: FIELDS[name].annotation is float)
    assert (of_kind("flag"), of_kind("text"), of_kind("names")) == (FLAGS, TEXTS, LISTS)


def test_the_choices_are_those_of_the_annotation():
    assert all(SETTINGS[name].choices == get_args(FIELDS[name].annotation) for name in CHOICES)
    assert SETTINGS["width"].choices == ()
    assert {"dataset", "image_size", "loss", "penalty", "network", "device"} <= set(CHOICES)
    assert all(get_origin(FIELDS[name].annotation) is None for name in (*NUMBERS, *FLAGS))


def test_needs_name_a_choice_and_some_but_not_all_of_its_values():
    needs = {name: setting.needs for name, setting in SETTINGS.items()}
    assert needs["interpolation"] == ("penalty", ("gradient",))
    assert needs["lr_d"] is None
    for need in filter(None, needs.values()):
        assert set(need[1]) < set(SETTINGS[need[0]].choices) and len(set(need[1])) == len(need[1])


def test_a_setting_has_an_effect_where_its_need_is_met_and_the_needs_of_that():
    def effective(name: str, **settings: Any) -> bool:
        return has_effect(name, parse_config(settings).model_dump())

    assert effective("lr_d")
    assert effective("interpolation", penalty="gradient") and not effective("interpolation", penalty="r1")
    assert effective("clip_value", penalty="clip") and not effective("clip_value", penalty="gradient")
    assert effective("penalty_weight", penalty="r1+r2") and not effective("penalty_weight", penalty="clip")
    assert effective("folder", dataset="folder") and not effective("folder", dataset="mnist")


@pytest.mark.parametrize("name", [name for name, setting in SETTINGS.items() if setting.needs])
def test_a_given_setting_without_effect_is_refused_with_what_it_needs(name: str):
    other, values = SETTINGS[name].needs or ("", ("",))
    default = getattr(TrainConfig(), name)
    for choice in SETTINGS[other].choices:
        config = parse_config({other: choice})
        if choice in values:
            check_effect({name: default}, config)
            check_effect([name], config, *(parse_config({other: each}) for each in SETTINGS[other].choices))
        else:
            with pytest.raises(ConfigError) as caught:
                check_effect({name: default}, config)
            said = f"{name} has no effect with {other} {choice!r}: leave it out, or choose {other} {values[0]!r}"
            assert str(caught.value).startswith(said)


def test_a_folder_implies_the_dataset_and_nothing_else_does():
    assert with_implied({"folder": "cats"}) == {"dataset": "folder", "folder": "cats"}
    for given in ({"folder": "cats", "dataset": "digits"}, {"folder": ""}, {"crop": "letterbox"}, {}):
        assert with_implied(given) == given
    with pytest.raises(ConfigError, match="folder has no effect with dataset 'digits'"):
        check_effect(["folder"], TrainConfig(folder="cats"))


def test_a_config_survives_json_and_cannot_be_changed():
    config = parse_config({"lr_d": 1 / 3, "prior": "uniform", "classes": "3, 5", "flip": True, "image_size": 32})
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
    assert parse_config({"image_size": "64", "flip": "true"}) == parse_config({"image_size": 64, "flip": True})


@pytest.mark.parametrize("name", FLAGS)
def test_a_flag_is_yes_or_no(name: str):
    assert parse_config({name: "true"}) == parse_config({name: True}) != parse_config({name: "false"})
    for value in ("perhaps", 7, None, 0.5):
        assert refusal(**{name: value}) == f"{name} must be true or false, got {value!r}"


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("3,5", ("3", "5")),
        (" 3 , 5,", ("3", "5")),
        ("", ()),
        (3, ("3",)),
        ([3, "5"], ("3", "5")),
        (("cat",), ("cat",)),
        (("a,b", " c "), ("a,b", " c ")),
        ('"a,b", c', ("a,b", "c")),
        ('"say ""a""",5 "', ('say "a"', '5 "')),
        ('"open, b', ('"open', "b")),
        (r"a\x83,b", (r"a\x83", "b")),
    ],
)
def test_classes_may_be_a_list_or_one_text_with_commas(value: Any, names: tuple[str, ...]):
    assert parse_config({"classes": value}).classes == names


@pytest.mark.parametrize("names", [("3", "5"), ("a,b", '"', " c ", 'd"e', '"f"', r"g\t"), ()])
def test_names_are_read_as_they_are_listed(names: tuple[str, ...]):
    assert parse_config({"classes": listed(names)}).classes == names


@pytest.mark.parametrize("value", [None, 1.5])
def test_what_is_no_list_of_names_is_refused(value: Any):
    assert refusal(classes=value) == f"classes must be a list of names with commas between, got {value!r}"


def test_a_folder_is_text():
    assert refusal(folder=3) == "folder must be text, got 3"


@pytest.mark.parametrize("name", CHOICES)
def test_an_unknown_choice_is_answered_with_what_there_is(name: str):
    choices = [str(choice) for choice in SETTINGS[name].choices]
    assert refusal(**{name: "qqq"}) == f"{name} cannot be 'qqq': choose one of {', '.join(choices)}"
    nearly = choices[-1] + "x"
    assert refusal(**{name: nearly}) == f"{name} cannot be {nearly!r}: did you mean {choices[-1]!r}?"


def test_an_unknown_setting_is_answered_with_the_nearest():
    assert refusal(batchsize=3) == "unknown setting 'batchsize': did you mean 'batch_size'?"
    assert "unknown setting 'qqq': choose one of dataset, folder," in refusal(qqq=3)


@pytest.mark.parametrize("label", ["a/b", "../up", "two words", "x" * 65, "é", "a\n"])
def test_a_recipes_label_is_fit_for_a_folders_name(label: str):
    sentence = refusal(recipe=label)
    assert sentence == f"recipe must be at most 64 letters, digits, dots, dashes and underscores, got {label!r}"
    assert parse_config({"recipe": "wgan-gp_2.1"}).recipe == "wgan-gp_2.1"
    assert refusal(recipe=3) == "recipe must be text, got 3"


def test_several_mistakes_are_all_named_in_one_line():
    sentence = refusal(width=1, loss="qqq", deepness=3)
    assert sentence.count("; ") == 2 and "\n" not in sentence
    for name in ("width must be", "loss cannot be", "unknown setting 'deepness'"):
        assert name in sentence


def test_a_config_error_is_a_value_error_and_ours():
    assert issubclass(ConfigError, GanlabError) and issubclass(ConfigError, ValueError)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"penalty": "none"}, ("'wasserstein'", "no lower bound", "choose penalty 'gradient'")),
        ({"dropout": 0.25}, ("0.25", "set dropout to 0")),
        ({"norm_d": "batch"}, ("'gradient'", "depend on the others", "choose norm_d 'layer', 'instance' or 'none'")),
        ({"norm_d": "batch", "loss": "hinge", "penalty": "r1+r2"}, ("'r1+r2'", "depend on the others")),
        ({"norm_d": "spectral", "loss": "hinge", "penalty": "clip"}, ("'clip'", "choose one of the two")),
        ({"loss": "relativistic", "penalty": "none"}, ("'relativistic'", "choose penalty 'r1+r2'")),
        ({"loss": "saturating", "penalty": "none", "norm_d": "spectral", "label_smoothing": 0.5}, ()),
    ],
)
def test_seldom_wanted_combinations_are_allowed_with_a_warning(settings: dict[str, Any], words: tuple[str, ...]):
    found = warnings_of(parse_config(settings))
    assert len(found) == bool(words)
    assert all(word in found[0] for word in words)
    assert all(sentence.endswith(".") for sentence in found)


def test_what_removes_the_reason_removes_the_warning():
    """Clipping or spectral normalisation bounds the critic, a sound penalty or norm has no quarrel with the other."""
    for settings in (
        {},
        {"penalty": "clip"},
        {"penalty": "none", "norm_d": "spectral"},
        {"norm_d": "layer"},
        {"norm_d": "batch", "loss": "hinge", "penalty": "none"},
        {"loss": "non-saturating", "penalty": "none", "dropout": 0.25},
        {"loss": "relativistic", "penalty": "r1+r2"},
    ):
        assert warnings_of(parse_config(settings)) == (), settings


def test_each_reason_has_its_own_warning():
    assert len(warnings_of(parse_config({"penalty": "none", "dropout": 0.25}))) == 2


def test_suggestions():
    assert suggest("digit", ["digits", "mnist"]) == "did you mean 'digits'?"
    assert suggest("cats", ["digits", "mnist"]) == "choose one of digits, mnist"
