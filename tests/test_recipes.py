"""Recipes are complete, named after themselves, true to their articles and found by name."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from ganlab.cli.recipes import recipes as recipes_command
from ganlab.config import SETTINGS, TrainConfig, has_effect, parse_config, warnings_of
from ganlab.data import DATASETS, shape_for
from ganlab.errors import ConfigError
from ganlab.gan.networks import NETWORKS, check_network
from ganlab.recipes import RECIPES, recipe

DOCS = Path(__file__).parent.parent / "docs" / "recipes.md"

#: Article → its recipes; every other recipe names a paper.
ARTICLES = {
    "WGAN-GP with Keras": ["wgan-gp", "wgan-gp-mnist", "wgan-gp-article"],
    "GAN theory, then a DCGAN on hand-picked pictures": ["folder-dcgan-256", "folder-dcgan-64"],
    "DCGAN on MNIST with Keras and PyTorch": ["dcgan-mnist", "dcgan-mnist-keras"],
    "DCGAN in TensorFlow": [
        "dcgan-digits-3-5",
        "dcgan-digits-3-5-z-100",
        "dcgan-digits-3-5-narrow-prior",
        "dcgan-digits-3-5-normal-prior",
        "dcgan-digits-3-5-no-weight-decay",
        "dcgan-digits-3-5-batch-norm-d",
        "dcgan-digits-3-5-average-pooling",
        "dcgan-digits-3-5-pooled-linear",
        "dcgan-digits-all",
        "dcgan-digits-all-z-100",
        "dcgan-paper-28",
        "dcgan-paper-64",
    ],
    "min log(1 − D) against max log D, and hinge": [
        "generator-loss-race",
        "generator-loss-race-stl10",
        "generator-loss-race-digits",
    ],
}
PAPERS = [
    "quick-digits",
    "quick-mnist",
    "wgan",
    "lsgan",
    "hinge-sn-cifar10",
    "wgan-gp-cifar10",
    "r3gan-digits",
    "ring-wgan-gp",
]

#: Recipe → the one it is an ablation of, and all in which they differ.
ABLATIONS = {
    "wgan-gp-article": ("wgan-gp", {"interpolation": "normal", "d_steps": 1}),
    "dcgan-digits-3-5-z-100": ("dcgan-digits-3-5", {"z_dim": 100}),
    "dcgan-digits-3-5-narrow-prior": ("dcgan-digits-3-5", {"prior_half_width": 0.2}),
    "dcgan-digits-3-5-normal-prior": ("dcgan-digits-3-5", {"prior": "normal"}),
    "dcgan-digits-all": ("dcgan-digits-3-5", {"classes": ()}),
    "dcgan-digits-all-z-100": ("dcgan-digits-all", {"z_dim": 100}),
    "dcgan-digits-3-5-no-weight-decay": ("dcgan-digits-3-5", {"weight_decay_d": 0, "weight_decay_g": 0}),
    "dcgan-digits-3-5-batch-norm-d": ("dcgan-digits-3-5", {"norm_d": "batch"}),
    "dcgan-digits-3-5-average-pooling": ("dcgan-digits-3-5", {"head": "mean"}),
    "dcgan-digits-3-5-pooled-linear": ("dcgan-digits-3-5", {"head": "pool"}),
}


def differences(one: TrainConfig, other: TrainConfig) -> set[str]:
    mine, theirs = one.model_dump(), other.model_dump()
    return {name for name in mine if mine[name] != theirs[name]}


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_carries_its_name_survives_json_and_warns_of_nothing(name: str):
    row = recipe(name)
    assert row is RECIPES[name]
    assert row.name == name == row.config.recipe
    assert parse_config(row.config.model_dump(mode="json")) == row.config
    assert [warnings_of(config) for config in row.configs] == [()] * len(row.configs)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipes_texts_are_sentences(name: str):
    row = RECIPES[name]
    assert row.summary.endswith(".") and "\n" not in row.summary and len(row.summary) <= 100
    assert row.article and row.found, "all of these come from somewhere"
    for text in (row.expect, row.found, row.slips):
        assert not text or (text.endswith(".") and text[0].isupper() and "  " not in text and len(text) > 30)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipes_network_makes_its_dataset(name: str):
    for config in RECIPES[name].configs:
        check_network(config, shape_for(config))
        assert set(config.classes) <= set(DATASETS[config.dataset].class_names)


@pytest.mark.parametrize("name", RECIPES)
def test_no_setting_is_changed_in_vain(name: str):
    defaults = TrainConfig()
    for config in RECIPES[name].configs:
        values = config.model_dump()
        changed = differences(config, defaults) - {"recipe"}
        assert not {each for each in changed if not has_effect(each, values)}


def test_each_article_and_each_paper_has_its_recipes():
    found: dict[str, list[str]] = {}
    for name, row in RECIPES.items():
        found.setdefault(row.article, []).append(name)
    assert {article: found[article] for article in ARTICLES} == ARTICLES
    papers = {article: names for article, names in found.items() if article not in ARTICLES}
    assert [name for names in papers.values() for name in names if name not in PAPERS] == []
    assert sum(map(len, papers.values())) == len(PAPERS)
    assert all(re.search(r"\d{4}.*\(arXiv \d{4}\.\d{4,5}\)$", article) for article in papers)


def test_the_quick_ones_and_those_that_ship_with_finished_runs_come_first():
    assert list(RECIPES)[:5] == ["quick-digits", "quick-mnist", "wgan-gp", "wgan-gp-mnist", "dcgan-mnist"]


@pytest.mark.parametrize("name", ABLATIONS)
def test_an_ablation_changes_what_it_names_and_nothing_else(name: str):
    base, changes = ABLATIONS[name]
    assert RECIPES[base].config.with_changes(recipe=name, **changes) == RECIPES[name].config
    assert differences(RECIPES[base].config, RECIPES[name].config) == {"recipe", *changes}
    assert base in RECIPES[name].summary + RECIPES[name].expect


#: Of Gulrajani et al. 2017, algorithm 1.
WGAN_GP_OF_THE_PAPER = {"penalty_weight": 10, "d_steps": 5, "lr_d": 1e-4, "lr_g": 1e-4, "beta1": 0, "beta2": 0.9}


@pytest.mark.parametrize("name", ["wgan-gp", "wgan-gp-mnist"])
def test_wgan_gp_says_where_its_values_are_not_the_papers(name: str):
    row = recipe(name)
    other = {field for field, value in WGAN_GP_OF_THE_PAPER.items() if getattr(row.config, field) != value}
    assert other == {"lr_d", "lr_g"}
    assert "Learning rates (the paper's are 1e-4)" in row.expect and "averaged generator" in row.expect


def test_wgan_gp_has_neither_slip_of_its_article():
    config = recipe("wgan-gp").config
    assert (config.loss, config.penalty, config.penalty_weight, config.d_steps) == ("wasserstein", "gradient", 10, 5)
    assert (config.dataset, config.interpolation) == ("digits", "uniform")
    for name in ARTICLES["WGAN-GP with Keras"]:
        assert "normal distribution" in RECIPES[name].slips and "step % c_step" in RECIPES[name].slips


#: What the third article's two codes share.
MNIST_ARTICLE = {
    "dataset": "mnist",
    "batch_size": 128,
    "replacement": True,
    "max_steps": 3001,
    "d_steps": 1,
    "preview_every": 100,
    "preview_count": 256,
    "loss": "non-saturating",
    "penalty": "none",
    "z_dim": 100,
    "prior": "normal",
    "dropout": 0.25,
    "slope": 0.2,
    "norm_g": "batch",
    "norm_d": "none",
    "head": "dense",
    "upsample": "transposed",
    "beta1": 0.2,
    "beta2": 0.999,
    "adam_eps": 1e-7,
}


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("dcgan-mnist", ("dcgan-article", "article", "halved", 2e-4, 2e-4)),
        ("dcgan-mnist-keras", ("dcgan-article-keras", "xavier", "apart", 2e-5, 2e-5)),
    ],
)
def test_dcgan_mnist_is_that_of_the_article_s_code(name: str, own: tuple[object, ...]):
    config = recipe(name).config
    assert {setting: getattr(config, setting) for setting in MNIST_ARTICLE} == MNIST_ARTICLE
    assert (config.network, config.init, config.d_update, config.lr_d, config.lr_g) == own
    for slip in ("2e-4 and β₁ 0.5", "2e-5", "β₁ 0.2", "prints"):
        assert slip in recipe(name).slips


def test_the_digits_3_and_5_are_as_they_worked_for_the_article():
    config = recipe("dcgan-digits-3-5").config
    assert (config.dataset, config.classes, config.network) == ("mnist", ("3", "5"), "dcgan-small")
    assert (config.z_dim, config.prior, config.prior_half_width) == (50, "uniform", 1)
    assert (config.norm_d, config.head, config.penalty, config.d_steps) == ("none", "dense", "none", 1)
    assert config.weight_decay_d == config.weight_decay_g > 0


def test_the_papers_network_has_the_papers_channels_and_says_what_differs():
    config = recipe("dcgan-paper-64").config
    assert "Kernels are 4×4, the authors' 5×5" in recipe("dcgan-paper-64").expect
    assert (config.image_size, config.network, config.width * 8) == (64, "dcgan", 1024)
    assert (config.batch_size, config.lr_g, config.beta1, config.z_dim) == (128, 2e-4, 0.5, 100)
    assert (config.norm_g, config.norm_d, config.prior, config.init) == ("batch", "batch", "uniform", "normal")
    small = recipe("dcgan-paper-28").config
    assert (small.norm_d, small.head, small.z_dim) == ("batch", "mean", 100)


#: What each race is on, and its losses: the article had no hinge run on CIFAR-10; the race on the digits is ours.
RACES = {
    "generator-loss-race": ("cifar10", ["saturating", "non-saturating"]),
    "generator-loss-race-stl10": ("stl10", ["saturating", "non-saturating", "hinge"]),
    "generator-loss-race-digits": ("digits", ["saturating", "non-saturating", "hinge"]),
}


@pytest.mark.parametrize("name", RACES)
def test_a_race_is_several_runs_that_differ_in_the_loss_alone(name: str):
    row = recipe(name)
    assert (row.config.dataset, [config.loss for config in row.configs]) == RACES[name]
    assert row.configs[0] == row.config, "the settings shown are those of the first run"
    assert all(differences(config, row.config) <= {"loss"} for config in row.configs)
    assert "wrong way round" in row.slips


def test_every_other_recipe_is_one_run():
    assert [name for name, row in RECIPES.items() if row.rivals] == ARTICLES[recipe("generator-loss-race").article]
    assert recipe("wgan-gp").configs == (recipe("wgan-gp").config,)


def test_a_change_holds_for_every_run_and_one_of_what_sets_them_apart_leaves_one():
    race = recipe("generator-loss-race-stl10")
    assert [(each.seed, each.loss) for each in race.configs_with(seed=7)] == [
        (7, "saturating"),
        (7, "non-saturating"),
        (7, "hinge"),
    ]
    assert race.configs_with(loss="hinge") == (race.config.with_changes(loss="hinge"),)
    assert race.configs_with() == race.configs
    with pytest.raises(ConfigError, match="unknown setting 'sead'"):
        race.configs_with(sead=7)


def test_wgan_is_that_of_the_paper_with_adam_in_place_of_rmsprop():
    row = recipe("wgan")
    config = row.config
    assert (config.loss, config.penalty, config.clip_value, config.d_steps) == ("wasserstein", "clip", 0.01, 5)
    assert (config.lr_d, config.lr_g, config.beta1) == (5e-5, 5e-5, 0)
    assert "RMSprop" in row.expect


def test_the_residual_recipes_are_those_of_their_papers():
    for name in ("hinge-sn-cifar10", "wgan-gp-cifar10"):
        config = recipe(name).config
        assert (config.dataset, config.network, config.d_steps) == ("cifar10", "resnet", 5)
        assert (config.beta1, config.beta2, config.lr_d, config.lr_g) == (0, 0.9, 2e-4, 2e-4)
        assert (config.z_dim, config.batch_size, config.head, config.slope) == (128, 64, "pool", 0)
    assert (recipe("hinge-sn-cifar10").config.norm_d, recipe("hinge-sn-cifar10").config.loss) == ("spectral", "hinge")
    assert recipe("wgan-gp-cifar10").config.norm_d == "none"


def test_every_loss_and_every_network_has_a_recipe():
    configs = [config for row in RECIPES.values() for config in row.configs]
    assert {config.loss for config in configs} == set(SETTINGS["loss"].choices)
    assert {config.network for config in configs} == set(NETWORKS)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("wgangp", "unknown recipe 'wgangp': did you mean 'wgan-gp'?"),
        ("xyz", "unknown recipe 'xyz': choose one of quick-digits, quick-mnist, wgan-gp, wgan-gp-mnist, dcgan-mnist"),
    ],
)
def test_an_unknown_recipe_is_answered_with_the_nearest(name: str, sentence: str):
    with pytest.raises(ConfigError) as caught:
        recipe(name)
    assert str(caught.value).startswith(sentence)


def test_the_documentation_has_every_recipe_with_its_summary_and_no_other():
    rows = dict(re.findall(r"^\| `([a-z0-9-]+)` \| (.+?) \|$", DOCS.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert rows == {name: row.summary for name, row in RECIPES.items()}


def test_the_documentation_tells_what_each_article_found_and_where_it_slipped():
    text = " ".join(DOCS.read_text(encoding="utf-8").split())
    for article in {row.article for row in RECIPES.values()}:
        assert article in text


def shown(name: str) -> str:
    result = CliRunner().invoke(recipes_command, [name])
    assert result.exit_code == 0, result.exception
    return result.stdout


@pytest.mark.parametrize("name", RECIPES)
def test_the_command_line_tells_a_recipe_with_all_that_makes_it(name: str):
    text, row = shown(name), RECIPES[name]
    flat = " ".join(text.split())
    assert all(part in flat for part in (row.summary, row.article, row.found, row.expect, row.slips))
    settings = text.partition("Settings that differ from the defaults:\n")[2].partition("\n\n")[0]
    options = re.findall(r"^  --([a-z0-9-]+) +(\S+)$", settings, flags=re.MULTILINE)
    assert parse_config({option.replace("-", "_"): value for option, value in options} | {"recipe": name}) == row.config


@pytest.mark.parametrize("name", RECIPES)
def test_it_names_its_runs_and_the_command_that_starts_them(name: str):
    row, text = RECIPES[name], shown(name)
    _, _, after = text.partition("Its runs, one after the other:\n")
    rivals = [dict(re.findall(r"--([a-z0-9-]+) (\S+)", line)) for line in after.partition("\n\n")[0].splitlines()]
    assert rivals == [*row.rivals]
    assert text.splitlines()[-2] == "To start it:"
    _, *words = shlex.split(text.splitlines()[-1].partition("train ")[2])
    assert words == [name, *(["--folder", "PATH"] if row.config.dataset == "folder" else [])]
