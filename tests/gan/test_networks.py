"""Networks: shapes and ranges, initialisation from the given generator alone, no batch norm or sigmoid in D."""

from __future__ import annotations

import math

import pytest
import torch
from tiny import tiny
from torch import nn

from ganlab.config import TrainConfig, field_choices
from ganlab.errors import ConfigError
from ganlab.gan.networks import (
    _INITIALISERS,
    NETWORKS,
    Dropout,
    ImageShape,
    build_generator,
    build_networks,
    check_size,
)

ROWS = [(name, size) for name, row in NETWORKS.items() for size in row.sizes]


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def build(config: TrainConfig, shape: ImageShape, seed: int = 0) -> tuple[nn.Module, nn.Module]:
    return build_networks(config, shape, init_rng=rng(seed), dropout_rng=rng(seed + 1), device=torch.device("cpu"))


def test_the_tables_have_the_rows_that_the_config_names():
    assert tuple(NETWORKS) == field_choices("network")
    assert tuple(_INITIALISERS) == field_choices("init")


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("name", "size"), ROWS)
def test_shapes_and_ranges(name: str, size: int, channels: int):
    generator, discriminator = build(tiny(network=name), ImageShape(channels, size))
    images = generator(torch.randn(5, 3, generator=rng()) * 10)
    assert images.shape == (5, channels, size, size)
    assert images.abs().max() <= 1
    assert images.min() < 0 < images.max()
    assert discriminator(images).shape == (5,)


@pytest.mark.parametrize(("name", "size"), ROWS)
def test_d_gives_raw_scores_and_judges_each_image_by_itself(name: str, size: int):
    _, discriminator = build(tiny(network=name), ImageShape(1, size))
    assert not any(isinstance(part, (nn.Sigmoid, nn.modules.batchnorm._BatchNorm)) for part in discriminator.modules())
    images = torch.rand(4, 1, size, size, generator=rng()) * 2 - 1
    alone = discriminator(images[1:2])
    assert torch.allclose(discriminator(images)[1:2], alone, atol=1e-5)
    head = discriminator.get_submodule("head")
    assert isinstance(head, nn.Linear)
    head.bias.data.fill_(40.0)
    assert discriminator(images).min() > 30, "a score, not a probability"


def test_width_doubles_at_each_halving_down_to_4_or_7():
    for size, base in ((16, 4), (28, 7)):
        generator, _ = build(tiny(width=6), ImageShape(1, size))
        assert generator.get_submodule("first").out_features == 12 * base * base


@pytest.mark.parametrize("init", field_choices("init"))
@pytest.mark.parametrize(("name", "size"), ROWS)
def test_weights_follow_the_given_generator_and_leave_torchs_own_alone(init: str, name: str, size: int):
    config = tiny(network=name, init=init)
    before = torch.get_rng_state()
    first, again, other = (build(config, ImageShape(1, size), seed) for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    for part in range(2):
        mine = nn.utils.parameters_to_vector(first[part].parameters())
        assert mine.isfinite().all()
        assert torch.equal(mine, nn.utils.parameters_to_vector(again[part].parameters()))
        assert not torch.equal(mine, nn.utils.parameters_to_vector(other[part].parameters()))
        assert all(buffer.isfinite().all() for buffer in first[part].buffers())


def test_the_article_s_networks_are_those_of_the_article():
    generator, discriminator = build(tiny(network="dcgan-article", dropout=0.25), ImageShape(1, 28))
    assert generator.get_submodule("first").out_features == 128 * 7 * 7
    convolutions = [part for part in discriminator.modules() if isinstance(part, nn.Conv2d)]
    assert [part.out_channels for part in convolutions] == [32, 64, 128, 256]
    assert [part.share for part in discriminator.modules() if isinstance(part, Dropout)] == [0.25] * 4


@pytest.mark.parametrize(
    ("init", "deviation"),
    [
        ("normal", lambda fan_in, fan_out: 0.02),
        ("xavier", lambda fan_in, fan_out: math.sqrt(2 / (fan_in + fan_out))),
        ("torch", lambda fan_in, fan_out: 1 / math.sqrt(3 * fan_in)),
    ],
)
def test_an_initialiser_has_the_spread_of_its_paper(init: str, deviation):
    generator, _ = build(tiny(init=init, width=32, z_dim=50), ImageShape(1, 16))
    first = generator.get_submodule("first")
    assert isinstance(first, nn.Linear)
    assert first.weight.std().item() == pytest.approx(deviation(50, 64 * 16), rel=0.03)
    assert first.weight.mean().item() == pytest.approx(0, abs=0.01)
    assert bool(first.bias.any()) == (init == "torch")


def test_dropout_drops_its_share_keeps_the_mean_and_draws_from_its_own_generator():
    dropout = Dropout(0.25, rng(1))
    ones = torch.ones(100, 200)
    before = torch.get_rng_state()
    dropped = dropout(ones)
    assert torch.equal(torch.get_rng_state(), before)
    assert dropped.unique().tolist() == pytest.approx([0, 4 / 3])
    assert (dropped == 0).float().mean().item() == pytest.approx(0.25, abs=0.01)
    assert not torch.equal(dropout(ones), dropped)
    assert torch.equal(Dropout(0.25, rng(1))(ones), dropped)
    assert dropout.eval()(ones) is ones


def test_a_network_of_another_size_is_refused_with_one_that_fits():
    with pytest.raises(ConfigError, match=r"'dcgan-article' makes 28×28 images, the dataset has 16×16.*network dcgan$"):
        check_size("dcgan-article", 16)
    with pytest.raises(ConfigError, match="makes 16×16 or 28×28 images, the dataset has 17×17"):
        build(tiny(), ImageShape(1, 17))


@pytest.mark.parametrize(("name", "size"), ROWS)
def test_a_generator_to_load_into_takes_the_weights_and_draws_the_same(name: str, size: int):
    config, shape = tiny(network=name), ImageShape(1, size)
    trained, _ = build(config, shape)
    empty = build_generator(config, shape)
    empty.load_state_dict(trained.state_dict())
    latents = torch.randn(2, 3, generator=rng())
    assert torch.equal(empty(latents), trained.eval()(latents))
    assert not empty.training and not any(weight.requires_grad for weight in empty.parameters())
