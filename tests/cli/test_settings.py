"""Every setting is an option, and an option does to the config what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from calling import call, refusal

import ganlab.cli.train
import ganlab.training
from ganlab.cli.settings import flag
from ganlab.cli.train import train
from ganlab.config import GROUPS, SETTINGS, TrainConfig
from ganlab.recipes import RECIPES
from ganlab.runs import Run


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[TrainConfig]:
    """Configs of the runs that would have been trained."""
    configs: list[TrainConfig] = []
    monkeypatch.setattr(ganlab.training, "check_fit", lambda config: None)
    monkeypatch.setattr(ganlab.cli.train, "follow", lambda ctx, run, **how: configs.append(config_of(run)))
    return configs


def config_of(run: Run) -> TrainConfig:
    return run.config


#: Settings that say which dataset is meant.
IMPLYING = {"folder": "cats", "points": "0,0\n1,1", "formula": "u, v"}


def another(name: str) -> Any:
    """A value that the recipe wgan-gp does not have."""
    value = getattr(RECIPES["wgan-gp"].config, name)
    if choices := SETTINGS[name].choices:
        return next(choice for choice in choices if choice != value)
    others = {
        "flag": lambda: not value,
        "whole": lambda: value + 1,
        "number": lambda: value + 1 if value >= 1 else value * 0.5 + 0.125,
    }
    return others.get(SETTINGS[name].kind, lambda: "3,5")()


def needed(name: str) -> dict[str, Any]:
    """What the recipe wgan-gp lacks for the setting to have an effect."""
    other, values = SETTINGS[name].needs or ("", ("",))
    return {other: values[0]} if other and getattr(RECIPES["wgan-gp"].config, other) not in values else {}


def test_every_field_of_the_config_is_an_option():
    options = {option for param in train.params for option in param.opts}
    assert {flag(name) for name in TrainConfig.model_fields} <= options


def test_help_shows_each_setting_under_its_heading():
    shown = call("train", "--help").stdout
    for group in GROUPS:
        section = re.search(rf"^{group}:\n((?:  .*\n)+)", shown, flags=re.MULTILINE)
        assert section, group
        flags = re.findall(r"^  (--[a-z0-9-]+)", section[1], flags=re.MULTILINE)
        assert flags == [flag(name) for name, setting in SETTINGS.items() if setting.group == group]


def test_help_shows_title_meaning_unit_range_and_default():
    shown = " ".join(call("train", "--help").stdout.split())
    batch_size = TrainConfig.model_fields["batch_size"]
    assert f"{batch_size.title}. {batch_size.description} [default: 64 images; 2 to 1024]" in shown
    assert f"[default: {RECIPES['wgan-gp'].config.lr_g:g}; above 0 to 1]" in shown
    assert f"[default: {RECIPES['wgan-gp'].config.beta2:g}; 0 to below 1]" in shown
    assert "--loss [wasserstein|non-saturating" in shown
    assert "Used only with --prior uniform" in shown


@pytest.mark.parametrize("name", [name for name in SETTINGS if name != "points"])
def test_an_option_replaces_the_setting_of_the_recipe_and_no_other(name: str, begun: list[TrainConfig]):
    changes = needed(name) | {name: another(name)}
    words = [word for each, value in changes.items() for word in (flag(each), str(value))]
    assert call("train", "--recipe", "wgan-gp", *words).exit_code == 0
    assert begun == [RECIPES["wgan-gp"].config.with_changes(**changes)]


@pytest.mark.parametrize("name", [name for name in SETTINGS if needed(name) and name not in IMPLYING])
def test_an_option_without_effect_is_refused_with_what_it_needs(name: str, begun: list[TrainConfig]):
    ((other, value),) = needed(name).items()
    said = refusal("train", flag(name), str(another(name)), exit_code=2)
    assert said.startswith(f"{name} has no effect with {other} ")
    assert repr(value) in said
    assert said == refusal("summary", flag(name), str(another(name)), exit_code=2)
    assert not begun


@pytest.mark.parametrize(("name", "text"), IMPLYING.items())
def test_an_option_of_one_dataset_implies_it(name: str, text: str, begun: list[TrainConfig], tmp_path: Path):
    file = tmp_path / "points.csv"
    file.write_text("x,y\n0,0\n1,1\n")
    assert call("train", flag(name), str(file) if name == "points" else text).exit_code == 0
    assert (begun[0].dataset, getattr(begun[0], name)) == (SETTINGS[name].needs[1][0], text)  # pyright: ignore


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"\xff\xfe\x00", "is no text"),
        (b"1,2\n", "only one point"),
        (b"a,b,c\n", "3 columns"),
    ],
)
def test_a_file_of_no_points_is_refused_in_a_sentence(content: bytes | None, said: str, tmp_path: Path):
    file = tmp_path / "points.csv"
    if content is not None:
        file.write_bytes(content)
    assert said in refusal("train", "--points", str(file), exit_code=1)


def test_a_recipe_may_carry_settings_without_effect(begun: list[TrainConfig]):
    assert call("train", "--recipe", "wgan-gp", "--penalty", "none").exit_code == 0
    assert begun[0].penalty_weight == RECIPES["wgan-gp"].config.penalty_weight


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_alone_is_taken_as_it_is(name: str, begun: list[TrainConfig]):
    assert call("train", "--recipe", name).exit_code == 0
    assert tuple(begun) == RECIPES[name].configs


def test_whole_numbers_may_be_written_short(begun: list[TrainConfig]):
    assert call("train", "--max-steps", "1e4").exit_code == 0
    assert begun[0].max_steps == 10_000


def test_what_is_seldom_wanted_is_warned_of(begun: list[TrainConfig]):
    result = call("train", "--penalty", "none")
    assert result.exit_code == 0
    assert result.stderr.startswith("Warning: Loss 'wasserstein' with penalty 'none'")
    assert len(begun) == 1
