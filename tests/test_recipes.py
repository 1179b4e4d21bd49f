"""Recipes are complete, named after themselves and found by name."""

from __future__ import annotations

import pytest

from ganlab.config import parse_config, warnings_of
from ganlab.errors import ConfigError
from ganlab.recipes import RECIPES, recipe


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_carries_its_name_survives_json_and_warns_of_nothing(name: str):
    row = recipe(name)
    assert row is RECIPES[name]
    assert row.config.recipe == name
    assert parse_config(row.config.model_dump(mode="json")) == row.config
    assert warnings_of(row.config) == ()
    assert row.summary.endswith(".") and row.expect.endswith(".")


def test_the_three_recipes_of_the_articles_are_there():
    assert {"wgan-gp", "wgan-gp-mnist", "dcgan-mnist"} <= set(RECIPES)


def test_wgan_gp_is_that_of_the_paper():
    config = recipe("wgan-gp").config
    assert (config.loss, config.penalty, config.penalty_weight, config.d_steps) == ("wasserstein", "gradient", 10, 5)
    assert config.dataset == "digits"


def test_dcgan_mnist_is_that_of_the_article():
    config = recipe("dcgan-mnist").config
    assert (config.network, config.init, config.dropout, config.z_dim) == ("dcgan-article", "xavier", 0.25, 100)
    assert (config.lr_d, config.lr_g, config.beta1, config.batch_size) == (2e-4, 2e-4, 0.2, 128)
    assert (config.max_steps, config.preview_every, config.preview_count) == (3001, 100, 256)
    assert (config.loss, config.penalty, config.d_steps, config.dataset) == ("non-saturating", "none", 1, "mnist")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("wgangp", "unknown recipe 'wgangp': did you mean 'wgan-gp'?"),
        ("xyz", "unknown recipe 'xyz': choose one of wgan-gp, wgan-gp-mnist, dcgan-mnist"),
    ],
)
def test_an_unknown_recipe_is_answered_with_the_nearest(name: str, sentence: str):
    with pytest.raises(ConfigError) as caught:
        recipe(name)
    assert str(caught.value).startswith(sentence)
