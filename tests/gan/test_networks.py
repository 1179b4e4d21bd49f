"""Networks: shapes and ranges, the articles' own layers, first weights from the given generator alone, refusals."""

from __future__ import annotations

import math
from itertools import product

import pytest
import torch
from nets import NETS, build, examples, latents, outputs, rng
from tiny import tiny
from torch import nn

from ganlab.config import SETTINGS
from ganlab.errors import ConfigError
from ganlab.gan.networks import INITIALISERS, NETWORKS, Shape, build_generator, build_meta, check_network, fast

SMALL_NETS = [(name, shape) for name, shape in NETS if shape[-1] <= 32]


def test_the_tables_have_the_rows_that_the_config_names():
    assert tuple(NETWORKS) == SETTINGS["network"].choices
    assert tuple(INITIALISERS) == SETTINGS["init"].choices


@pytest.mark.parametrize(("name", "shape"), [*NETS, *((name, (4, *shape[1:])) for name, shape in SMALL_NETS[::2])])
def test_shapes_and_ranges(name: str, shape: Shape):
    generator, discriminator = build(tiny(network=name), shape)
    fakes = generator(latents(3) * 10)
    assert fakes.shape == (3, *shape)
    assert fakes.min() < 0 < fakes.max()
    if len(shape) == 3:
        assert fakes.abs().max() <= 1
    scores = discriminator(fakes)
    assert scores.shape == (3,)
    assert scores.isfinite().all()


def test_an_mlp_s_points_have_no_bounds():
    generator, _ = build(tiny(network="mlp", norm_g="none"), (2,))
    assert generator(latents(5) * 1e3).abs().max() > 1


@pytest.mark.parametrize(("name", "shape"), SMALL_NETS)
def test_d_gives_raw_scores_and_judges_each_example_by_itself(name: str, shape: Shape):
    _, discriminator = build(tiny(network=name), shape)
    assert not any(isinstance(part, nn.Sigmoid) for part in discriminator.modules())
    assert not discriminator.batchwise
    x = examples(shape)
    assert torch.allclose(discriminator(x)[1:2], discriminator(x[1:2]), atol=1e-5)
    head = discriminator.head
    assert isinstance(head, nn.Linear)
    head.bias.data.fill_(40.0)
    assert discriminator(x).min() > 30, "a score, not a probability"


@pytest.mark.parametrize(
    ("size", "base", "channels"),
    [(16, 4, 20), (28, 7, 20), (32, 4, 40), (48, 6, 40), (64, 4, 80), (96, 6, 80), (128, 4, 160), (256, 4, 320)],
)
def test_dcgan_s_width_doubles_at_each_halving_down_to_4_6_or_7(size: int, base: int, channels: int):
    generator, discriminator = build_meta(tiny(width=10), (1, size, size))
    assert generator.shape == (channels, base, base)
    assert discriminator.get_submodule("head").in_features == channels * base * base


def test_no_map_has_more_than_1024_channels():
    generator, discriminator = build_meta(tiny(width=300), (3, 128, 128))
    for net in (generator, discriminator):
        kernels = [weight for weight in net.parameters() if weight.ndim == 4]
        assert max(max(kernel.shape[:2]) for kernel in kernels) == 1024


def test_dcgan_at_64_pixels_and_width_128_is_the_paper_s():
    """Radford et al. 2015, figure 1, for the generator; the discriminator is its mirror image."""
    generator, discriminator = build_meta(tiny(width=128, z_dim=100), (3, 64, 64))
    up = [(1024, 4, 4), (512, 8, 8), (256, 16, 16), (128, 32, 32), (3, 64, 64)]
    assert generator.shape == up[0]
    assert outputs(generator, nn.ConvTranspose2d, (100,)) == up[1:]
    assert outputs(discriminator, nn.Conv2d, (3, 64, 64)) == up[-2::-1]
    norms = [part.num_features for part in generator.modules() if isinstance(part, nn.BatchNorm2d)]
    assert norms == [1024, 512, 256, 128], "everywhere but at the image"


#: Network of the third article → parameters of G and of D as its two codes have them, kernels, batch norm.
ARTICLE = {
    "dcgan-article": ((1_027_648, 406_017), (4, (4, 4, 3, 3)), (0.8, 1e-5)),
    "dcgan-article-keras": ((855_616, 391_457), (3, (3, 3, 3, 3)), (0.2, 1e-3)),
}


@pytest.mark.parametrize("name", ARTICLE)
def test_dcgan_article_has_the_layers_of_the_third_article(name: str):
    generator, discriminator = build(tiny(network=name, dropout=0.25, z_dim=100), (1, 28, 28))
    assert generator.first.out_features == 128 * 7 * 7
    assert isinstance(generator.body[0], nn.ReLU), "no norm there"
    assert outputs(generator, nn.ConvTranspose2d, (100,)) == [(128, 14, 14), (64, 28, 28)]
    assert outputs(discriminator, nn.Conv2d, (1, 28, 28)) == [(32, 14, 14), (64, 7, 7), (128, 4, 4), (256, 4, 4)]
    assert [part.share for part in discriminator.modules() if isinstance(part, fast.Dropout)] == [0.25] * 4
    assert [key for net in (generator, discriminator) for key in net.state_dict() if "bias" in key] == [
        *("first.bias", "body.2.bias", "body.5.bias", "head.bias")
    ]


@pytest.mark.parametrize("name", ARTICLE)
def test_dcgan_article_has_the_parameters_kernels_and_norms_of_each_code(name: str):
    counts, (up, down), (momentum, eps) = ARTICLE[name]
    pair = build_meta(tiny(network=name, z_dim=100), (1, 28, 28))
    assert tuple(sum(weight.numel() for weight in net.parameters()) for net in pair) == counts
    kinds = (nn.ConvTranspose2d, nn.Conv2d)
    kernels = [[part.kernel_size[0] for part in net.modules() if isinstance(part, kinds)] for net in pair]
    assert kernels == [[up, up, 3], [*down]]
    norms = [part for part in pair[0].modules() if isinstance(part, nn.BatchNorm2d)]
    assert [(part.num_features, part.momentum, part.eps) for part in norms] == [
        (128, momentum, eps),
        (64, momentum, eps),
    ]


@pytest.mark.parametrize("upsample", SETTINGS["upsample"].choices)
def test_dcgan_small_has_the_layers_of_the_fourth_article(upsample: str):
    """4·4·256 → 7·7·128 → 14·14·64 → 28·28·C, and the mirror image."""
    generator, discriminator = build(tiny(network="dcgan-small", upsample=upsample), (1, 28, 28))
    assert generator.first.out_features == 4 * 4 * 256
    kind = nn.ConvTranspose2d if upsample == "transposed" else nn.Conv2d
    assert outputs(generator, kind, (3,)) == [(128, 7, 7), (64, 14, 14), (1, 28, 28)]
    assert outputs(discriminator, nn.Conv2d, (1, 28, 28)) == [(64, 14, 14), (128, 7, 7), (256, 4, 4)]
    assert discriminator.get_submodule("head").in_features == 256 * 4 * 4


def blocks(net: nn.Module, size: tuple[int, ...]) -> list[tuple[int, ...]]:
    from ganlab.gan.networks.resnet import Residual

    return outputs(net, Residual, size)


def test_resnet_at_32_pixels_is_wgan_gp_s():
    """Gulrajani et al. 2017, appendix F: 128 channels everywhere, two of D's four blocks halve."""
    generator, discriminator = build_meta(tiny(network="resnet", width=128), (3, 32, 32))
    assert generator.shape == (128, 4, 4)
    assert blocks(generator, (3,)) == [(128, 8, 8), (128, 16, 16), (128, 32, 32)]
    assert blocks(discriminator, (3, 32, 32)) == [(128, 16, 16), (128, 8, 8), (128, 8, 8), (128, 8, 8)]


def test_resnet_at_128_pixels_is_sngan_s():
    """Miyato et al. 2018, table 6 (ImageNet, 128 px): 1,024 down to 64 channels, and up to 1,024 twice."""
    generator, discriminator = build_meta(tiny(network="resnet", width=64), (3, 128, 128))
    assert generator.shape == (1024, 4, 4)
    assert blocks(generator, (3,)) == [(1024 >> level, 8 << level, 8 << level) for level in range(5)]
    down = [(64 << level, 64 >> level, 64 >> level) for level in range(5)]
    assert blocks(discriminator, (3, 128, 128)) == [*down, (1024, 4, 4)]


def test_an_mlp_has_as_many_hidden_layers_of_that_width_as_asked():
    for net in build(tiny(network="mlp", depth=5, width=9), (1, 16, 16)):
        hidden = [part for part in net.modules() if isinstance(part, nn.Linear) and part.out_features == 9]
        assert len(hidden) == 5


@pytest.mark.parametrize(
    ("init", "name", "shape"),
    [*product(["normal", "xavier"], ["dcgan"], [(1, 16, 16)]), *(("torch", *net) for net in SMALL_NETS[::2])],
)
def test_weights_follow_the_given_generator_and_leave_torchs_own_alone(init: str, name: str, shape: Shape):
    config = tiny(network=name, init=init, norm_d="spectral", dropout=0.5, conditional=True)
    before = torch.get_rng_state()
    first, again, other = (build(config, shape, seed, class_count=3) for seed in (3, 3, 4))
    labels = torch.tensor([0, 2, 1])
    first[1](first[0](latents(3), labels), labels).sum().backward()
    assert torch.equal(torch.get_rng_state(), before), "building and training draw elsewhere"
    first = build(config, shape, 3, class_count=3)
    for mine, same, others in zip(first, again, other, strict=True):
        values = mine.state_dict()
        assert all(value.isfinite().all() for value in values.values())
        assert all(torch.equal(value, same.state_dict()[name]) for name, value in values.items())
        drawn = [name for name, value in values.items() if value.is_floating_point() and value.unique().numel() > 1]
        assert drawn
        assert all(not torch.equal(values[name], others.state_dict()[name]) for name in drawn)


@pytest.mark.parametrize(
    ("init", "deviation"),
    [
        ("normal", lambda fan_in, fan_out: 0.02),
        ("xavier", lambda fan_in, fan_out: math.sqrt(2 / (fan_in + fan_out))),
        ("torch", lambda fan_in, fan_out: 1 / math.sqrt(3 * fan_in)),
    ],
)
@pytest.mark.parametrize("norm", ["none", "spectral"])
@pytest.mark.parametrize("network", ["dcgan", "resnet"])
def test_an_initialiser_has_the_spread_of_its_paper(init: str, deviation, network: str, norm: str):
    config = tiny(network=network, init=init, width=64, z_dim=50, norm_g=norm, norm_d=norm)
    generator, discriminator = build(config, (3, 32, 32))
    values = generator.state_dict() | {f"d.{name}": value for name, value in discriminator.state_dict().items()}
    suffix = "parametrizations.weight.original" if norm == "spectral" else "weight"
    weights = {name: value for name, value in values.items() if name.endswith(suffix) and value.numel() > 10_000}
    assert len(weights) >= 5
    for name, weight in weights.items():
        kernel = weight[0, 0].numel()
        # As torch reckons: of a transposed convolution, too, the second axis counts as inputs.
        expected = deviation(weight.shape[1] * kernel, weight.shape[0] * kernel)
        assert weight.std().item() == pytest.approx(expected, rel=0.05), name
        assert weight.mean().item() == pytest.approx(0, abs=expected / 20), name
    assert bool(values["first.bias"].any()) == (init == "torch")


@pytest.mark.parametrize("init", SETTINGS["init"].choices)
@pytest.mark.parametrize(("name", "norm"), [*product(["dcgan"], ["batch", "layer", "instance"]), ("mlp", "layer")])
def test_norms_begin_at_their_scheme_s_scale_and_shift_0(init: str, name: str, norm: str):
    generator, _ = build(tiny(network=name, init=init, norm_g=norm, width=64), (1, 16, 16))
    scale, shift = generator.get_parameter("body.0.weight"), generator.get_parameter("body.0.bias")
    assert not shift.any()
    mean, deviation = {"normal": (1, 0.02), "article": (0, 1)}.get(init, (1, 0))
    assert scale.mean().item() == pytest.approx(mean, abs=0.01 + deviation / 4)
    assert scale.std().item() == pytest.approx(deviation, rel=0.3)


def test_the_article_s_first_weights_are_xavier_s_in_convolutions_and_torch_s_in_linear_layers():
    """And norms' scales are N(0, 1): see above."""
    pairs = {init: build(tiny(network="dcgan-article", init=init, z_dim=50), (1, 28, 28)) for init in INITIALISERS}
    for index in (0, 1):
        found = {init: dict(pair[index].named_parameters()) for init, pair in pairs.items()}
        for name, weight in found["article"].items():
            same_as = {4: "xavier", 2: "torch"}.get(weight.dim())
            if same_as:
                expected = found[same_as][name].abs().max().item()
                assert weight.abs().max().item() == pytest.approx(expected, rel=0.05), name
    assert pairs["article"][0].first.bias.abs().max().item() == pytest.approx(1 / math.sqrt(50), rel=0.01)


@pytest.mark.parametrize(
    ("changes", "shape", "sentence"),
    [
        ({"network": "dcgan-article"}, (1, 16, 16), "'dcgan-article' makes 28×28 images, dataset 'digits' has 16×16: "),
        ({"network": "dcgan-article"}, (1, 16, 16), "choose network dcgan or mlp, or image_size 28$"),
        (
            {},
            (1, 17, 17),
            "makes 16×16, .* or 256×256 images, .* has 17×17: choose image_size 16, .* or 256$",
        ),
        (
            {"network": "mlp"},
            (3, 96, 96),
            "makes .* or 64×64 images, .* has 96×96: choose network dcgan or resnet, or ",
        ),
        ({"network": "resnet"}, (2,), "'resnet' makes images, dataset 'digits' has points: choose network 'mlp'$"),
        ({"network": "mlp", "norm_g": "instance"}, (2,), "norm_g 'instance' is .* choose norm_g 'layer', 'batch'"),
        ({"network": "mlp", "norm_d": "instance"}, (1, 16, 16), "norm_d 'instance' is .* choose norm_d 'layer'"),
        ({"head": "mean", "conditional": True}, (1, 16, 16), "conditional is true, but head 'mean' has no weights: "),
        (
            {"head": "mean", "head_width": 6},
            (1, 16, 16),
            "is 6, but head 'mean' .* or 'dense', or set head_width to 0$",
        ),
        (
            {"conditional": True},
            (1, 16, 16),
            "conditional is true, but .* 'digits' has no classes: choose a dataset",
        ),
    ],
)
def test_what_cannot_be_built_is_refused_with_the_reason_and_a_way_out(changes: dict, shape: Shape, sentence: str):
    config = tiny(**changes)
    with pytest.raises(ConfigError, match=sentence):
        check_network(config, shape, 0)
    with pytest.raises(ConfigError, match=sentence):
        build(config, shape)
    with pytest.raises(ConfigError, match=sentence):
        build_generator(config, shape)


def test_classes_that_are_not_known_yet_are_not_missed():
    check_network(tiny(conditional=True), (1, 16, 16))


@pytest.mark.parametrize(("name", "shape"), SMALL_NETS)
def test_a_generator_to_load_into_takes_the_weights_and_draws_the_same(name: str, shape: Shape):
    config = tiny(network=name, norm_g="spectral")
    trained, _ = build(config, shape)
    empty = build_generator(config, shape)
    empty.load_state_dict(trained.state_dict())
    assert torch.equal(empty(latents(2)), trained.eval()(latents(2)))
    assert not empty.training and not any(weight.requires_grad for weight in empty.parameters())


@pytest.mark.parametrize(("name", "shape"), NETS[1::2])
def test_shapes_can_be_had_without_numbers(name: str, shape: Shape):
    config = tiny(network=name, norm_d="spectral", dropout=0.3)
    generator, discriminator = build_meta(config, shape)
    assert all(weight.is_meta for net in (generator, discriminator) for weight in net.state_dict().values())
    fakes = generator(torch.empty(2, 3, device="meta"))
    assert fakes.shape == (2, *shape)
    assert discriminator(fakes).shape == (2,)


def test_dropout_drops_its_share_keeps_the_mean_and_draws_from_its_own_generator():
    dropout = fast.Dropout(0.25, rng(1))
    ones = torch.ones(100, 200)
    before = torch.get_rng_state()
    dropped = dropout(ones)
    assert torch.equal(torch.get_rng_state(), before)
    assert dropped.unique().tolist() == pytest.approx([0, 4 / 3])
    assert (dropped == 0).float().mean().item() == pytest.approx(0.25, abs=0.01)
    assert not torch.equal(dropout(ones), dropped)
    assert torch.equal(fast.Dropout(0.25, rng(1))(ones), dropped)
    assert dropout.eval()(ones) is ones


@pytest.mark.parametrize("share", [0.05, 0.3, 0.95])
def test_dropout_drops_any_share_and_the_same_numbers_in_any_layout_and_precision(share: float):
    ones = torch.ones(64, 3, 17, 13)
    dropped = fast.Dropout(share, rng(2))(ones) == 0
    assert dropped.float().mean().item() == pytest.approx(share, abs=0.01)
    assert not dropped.flatten()[:-1].logical_and(dropped.flatten()[1:]).float().mean() > share**2 + 0.01
    for other in (ones.contiguous(memory_format=torch.channels_last), ones.bfloat16(), ones.double()):
        again = fast.Dropout(share, rng(2))(other)
        assert torch.equal(again == 0, dropped)
        assert (again.dtype, again.stride()) == (other.dtype, other.stride())
