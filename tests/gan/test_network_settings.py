"""Each setting of the networks changes what it says, in every network that has it."""

from __future__ import annotations

import copy
from itertools import product

import pytest
import torch
from nets import build, examples, latents
from tiny import fresh, run_through, tiny
from torch import nn

from ganlab.config import SETTINGS
from ganlab.gan.networks import NETWORKS, Generator, Shape, fast
from ganlab.gan.networks.pair import EMBEDDED
from ganlab.gan.networks.parts import enlarge

#: The smallest images of each network, and points.
NETS: list[tuple[str, Shape]] = [(name, (3, min(row.sizes), min(row.sizes))) for name, row in NETWORKS.items()]
NETS += [("mlp", (2,))]

BATCH, LAYER, INSTANCE = (nn.BatchNorm1d, nn.BatchNorm2d), (nn.GroupNorm, nn.LayerNorm), (nn.InstanceNorm2d,)
KINDS: dict[str, tuple[type[nn.Module], ...]] = {"none": (), "spectral": (), "batch": BATCH, "layer": LAYER}
KINDS["instance"] = INSTANCE
NORMED = [(name, shape, norm) for (name, shape), norm in product(NETS, KINDS) if (name, norm) != ("mlp", "instance")]


def norms_in(net: nn.Module) -> list[nn.Module]:
    return [part for part in net.modules() if isinstance(part, BATCH + LAYER + INSTANCE)]


@pytest.mark.parametrize(("name", "shape", "norm"), NORMED)
def test_a_norm_stands_where_it_was_asked_for_and_nowhere_else(name: str, shape: Shape, norm: str):
    for index, (side, other) in enumerate((("norm_g", "norm_d"), ("norm_d", "norm_g"))):
        config = tiny(network=name).with_changes(**{side: norm, other: "none"})
        pair = build(config, shape)
        assert not norms_in(pair[1 - index])
        found = norms_in(pair[index])
        assert bool(found) == bool(KINDS[norm])
        assert all(isinstance(part, KINDS[norm]) for part in found)
        spectral = any("parametrizations" in key for key in pair[index].state_dict())
        assert spectral == (norm == "spectral")


@pytest.mark.parametrize(("name", "shape", "norm"), NORMED)
def test_only_batch_norm_makes_a_score_depend_on_the_other_examples(name: str, shape: Shape, norm: str):
    _, discriminator = build(tiny(network=name, norm_d=norm), shape)
    x, other = examples(shape), examples(shape, seed=1)
    other[0] = x[0]
    with torch.no_grad():
        for _ in range(100 if norm == "spectral" else 0):
            discriminator(x)  # until its estimates stand still
        same = torch.allclose(discriminator(x)[0], discriminator(other)[0], atol=1e-4)
    assert same == (norm != "batch")
    assert discriminator.batchwise == (norm == "batch")


@pytest.mark.parametrize("norm", KINDS)
def test_a_convolution_has_a_bias_unless_its_norm_takes_the_mean_away(norm: str):
    biased = norm not in ("batch", "instance")
    generator, discriminator = build(tiny(norm_g=norm, norm_d=norm), (1, 32, 32))
    up = [part for part in generator.modules() if isinstance(part, nn.ConvTranspose2d)]
    down = [part for part in discriminator.modules() if isinstance(part, nn.Conv2d)]
    assert [part.bias is not None for part in up] == [biased, biased, True], "the image's has one"
    assert [part.bias is not None for part in down] == [True, biased, biased], "the first has no norm"


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize(("name", "shape", "norm"), NORMED)
def test_every_bias_does_something(name: str, shape: Shape, norm: str, conditional: bool):
    """One that a norm takes away again has no slope."""
    config = tiny(network=name, norm_g=norm, norm_d=norm, init="torch", width=8, head_width=4, conditional=conditional)
    labels, weights = torch.arange(8) % 3, torch.linspace(1, 2, 8).double()
    for net, x in zip(build(config, shape, class_count=3), (latents(8), examples(shape, 8)), strict=True):
        total = (weights @ net.double()(x.double(), labels).reshape(8, -1)).sum()
        biases = {key: weight for key, weight in net.named_parameters() if "bias" in key}
        slopes = torch.autograd.grad(total, list(biases.values()))
        assert [key for key, slope in zip(biases, slopes, strict=True) if slope.abs().max() < 1e-9] == []


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize(("name", "shape", "norm"), NORMED)
def test_g_s_first_layer_has_a_bias_unless_a_norm_per_channel_follows(name: str, shape: Shape, norm: str, conditional):
    generator, _ = build(tiny(network=name, norm_g=norm, conditional=conditional), shape, class_count=3)
    follows = norm in ("batch", "instance") and not name.startswith("dcgan-article")
    assert (generator.first.bias is not None) == (not follows)


@pytest.mark.parametrize("lr_g", [1e-9, 2e-3])
@pytest.mark.parametrize(("name", "norm"), [(name, "batch") for name in ("dcgan", "mlp")] + [("dcgan", "instance")])
def test_g_s_first_map_is_z_s_alone_however_narrow_the_prior_is(name: str, norm: str, lr_g: float):
    """Of the variance within a channel, what differs from place to place alike for all z is the bias's share."""
    narrow = {"prior": "uniform", "prior_half_width": 0.02, "z_dim": 20}
    data, state = fresh(tiny(network=name, norm_g=norm, init="torch", width=16, max_steps=20, lr_g=lr_g, **narrow))
    run_through(data, state)
    generator = state.generator
    assert isinstance(generator, Generator)
    with torch.no_grad():
        first = generator.first(torch.cat([state.draw_z() for _ in range(400)])).unflatten(1, (generator.shape[0], -1))
    fixed = first.mean(0).var(1, correction=0) if name != "mlp" else first.mean(0).square().squeeze(1)
    assert fixed.sum() < 0.05 * (fixed + first.var(0).mean(1)).sum()


@pytest.mark.parametrize(("name", "shape"), [net for net in NETS if net[0] != "mlp"])
def test_the_pooling_heads_forget_where_features_are_and_the_dense_head_does_not(name: str, shape: Shape):
    for head in SETTINGS["head"].choices:
        _, discriminator = build(tiny(network=name, head=head), shape)
        x = examples(shape)
        features = discriminator.body(x)
        moved = features.flip(3).roll(1, dims=2)
        discriminator.body = nn.Sequential(nn.Identity())
        assert torch.allclose(discriminator(features), discriminator(moved), atol=1e-5) == (head != "dense")


@pytest.mark.parametrize(("name", "shape"), [net for net in NETS if net[0] != "mlp"])
def test_the_mean_head_is_the_mean_over_positions_and_channels_and_has_no_weights(name: str, shape: Shape):
    _, discriminator = build(tiny(network=name, head="mean", norm_d="spectral"), shape)
    assert {key.partition(".")[0] for key in discriminator.state_dict()} == {"body"}
    x = examples(shape)
    expected = discriminator.eval().body(x).mean((2, 3)).mean(1)
    assert torch.allclose(discriminator(x), expected, atol=1e-6)


@pytest.mark.parametrize(("name", "shape"), NETS)
def test_a_head_s_hidden_layer_stands_before_the_score(name: str, shape: Shape):
    _, discriminator = build(tiny(network=name, head_width=7, dropout=0.5, slope=0.3), shape)
    head = discriminator.head
    assert isinstance(head, nn.Sequential)
    assert [type(part) for part in head] == [nn.Linear, fast.LeakyReLU, fast.Dropout, nn.Linear]
    assert discriminator.get_submodule("head.2").in_features == 7
    assert discriminator(examples(shape)).shape == (4,)


@pytest.mark.parametrize(("name", "shape"), NETS)
def test_the_slope_is_that_of_every_activation_of_d(name: str, shape: Shape):
    generator, discriminator = build(tiny(network=name, slope=0.35, head_width=5), shape)
    slopes = [part.negative_slope for part in discriminator.modules() if isinstance(part, nn.LeakyReLU)]
    assert set(slopes) == {0.35} and len(slopes) > 2
    assert not any(isinstance(part, nn.ReLU) for part in discriminator.modules())
    assert not any(isinstance(part, nn.LeakyReLU) for part in generator.modules())


@pytest.mark.parametrize(("name", "shape"), NETS)
def test_dropout_changes_scores_in_training_alone_and_follows_its_generator(name: str, shape: Shape):
    first, again = (build(tiny(network=name, dropout=0.5), shape)[1] for _ in range(2))
    x = examples(shape)
    scores = first(x)
    assert torch.equal(scores, again(x))
    assert not torch.equal(scores, first(x))
    assert torch.equal(first.eval()(x), first(x))


def test_resizing_leaves_no_checkerboard():
    """A flat map stays flat away from the edges; strided transposed convolutions alternate (Odena et al. 2016)."""
    for upsample in SETTINGS["upsample"].choices:
        layers = nn.Sequential(*enlarge(tiny(upsample=upsample), 3, 2))
        larger = layers(torch.ones(1, 3, 8, 8))
        assert larger.shape == (1, 2, 16, 16)
        spread = larger[:, :, 2:-2, 2:-2].std(dim=(2, 3))
        assert (spread < 1e-5).all() == (upsample == "resize")


@pytest.mark.parametrize(("name", "shape"), [net for net in NETS if net[0].startswith("dcgan")])
def test_no_transposed_convolution_is_left_when_resizing(name: str, shape: Shape):
    generator, _ = build(tiny(network=name, upsample="resize"), shape)
    assert not any(isinstance(part, nn.ConvTranspose2d) for part in generator.modules())
    assert generator(latents(2)).shape == (2, *shape)


CHANGES = {
    "width": 5,
    "depth": 2,
    "norm_g": "layer",
    "norm_d": "layer",
    "head": "pool",
    "head_width": 6,
    "slope": 0.5,
    "upsample": "resize",
    "conditional": True,
    "init": "xavier",
}


@pytest.mark.parametrize(("name", "shape"), NETS)
@pytest.mark.parametrize("field", CHANGES)
def test_a_setting_changes_the_networks_just_where_it_is_said_to_have_an_effect(field: str, name: str, shape: Shape):
    def drawn(**changes: object) -> tuple[torch.Tensor, torch.Tensor]:
        config = tiny(network=name, norm_g="none").with_changes(**changes)
        generator, discriminator = build(config, shape, class_count=3)
        return generator(latents(4), torch.arange(4) % 3), discriminator(examples(shape), torch.arange(4) % 3)

    before, after = drawn(), drawn(**{field: CHANGES[field]})
    needs = SETTINGS[field].needs
    effect = any(not torch.equal(one, other) for one, other in zip(before, after, strict=True))
    assert effect == (needs is None or name in needs[1])


@pytest.mark.parametrize(("name", "shape"), NETS)
@pytest.mark.parametrize(("head_width", "norm"), [(0, "none"), (6, "spectral")])
def test_a_conditional_pair_tells_classes_apart(name: str, shape: Shape, head_width: int, norm: str):
    config = tiny(network=name, conditional=True, head_width=head_width, norm_g="none", norm_d=norm, width=16)
    pair = build(config, shape, class_count=3)
    for net, x in zip(pair, (latents(1), examples(shape, 1)), strict=True):
        found = [net.eval()(x, torch.tensor([label])) for label in range(3)]
        assert not torch.allclose(found[0], found[1]) and not torch.allclose(found[1], found[2])
        with pytest.raises(AssertionError, match="needs labels"):
            net(x)
    assert pair[0].first.in_features == 3 + EMBEDDED


def test_d_adds_the_product_of_the_class_and_what_its_last_layer_sees():
    _, discriminator = build(tiny(conditional=True, head_width=6), (1, 16, 16), class_count=3)
    x, labels = examples((1, 16, 16)), torch.tensor([2, 0, 0, 1])
    assert isinstance(discriminator.head, nn.Sequential) and discriminator.embed is not None
    h = discriminator.head[:-1](discriminator.body(x).flatten(1))
    by_hand = discriminator.head[-1](h)[:, 0] + torch.einsum("nf,nf->n", discriminator.embed.weight[labels], h)
    assert torch.allclose(discriminator(x, labels), by_hand, atol=1e-6)


@pytest.mark.parametrize(("name", "shape"), NETS)
def test_labels_are_ignored_without_being_asked_for(name: str, shape: Shape):
    generator, discriminator = build(tiny(network=name), shape, class_count=3)
    labels = torch.tensor([0, 1, 2, 0])
    x = examples(shape)
    assert torch.equal(generator(latents(4), labels), copy.deepcopy(generator)(latents(4)))
    assert torch.equal(discriminator(x, labels), discriminator(x))
    assert not any("embed" in key for key in [*generator.state_dict(), *discriminator.state_dict()])


@pytest.mark.parametrize(("name", "shape", "norm"), [net for net in NORMED if net[2] != "batch"])
def test_a_penalty_on_the_slope_reaches_every_weight_that_shapes_it(name: str, shape: Shape, norm: str):
    """Double backward, as the gradient penalty needs, through every norm and the projection."""
    config = tiny(network=name, norm_d=norm, conditional=True, head_width=5)
    _, discriminator = build(config, shape, class_count=3)
    x = examples(shape).requires_grad_()
    (slope,) = torch.autograd.grad(discriminator(x, torch.arange(4) % 3).sum(), x, create_graph=True)
    slope.square().sum().backward()
    reached = {key for key, value in discriminator.named_parameters() if value.grad is not None and value.grad.any()}
    weights = {key for key, value in discriminator.named_parameters() if value.ndim > 1}
    assert weights <= reached
    assert all(value.grad is None or value.grad.isfinite().all() for value in discriminator.parameters())


@pytest.mark.parametrize("slope", [0.0, 0.2])
def test_the_activation_is_torchs_to_the_bit_in_value_and_both_derivatives(slope: float):
    weight = torch.randn(7, 5, generator=torch.Generator().manual_seed(0)).requires_grad_()
    x = torch.randn(11, 5, generator=torch.Generator().manual_seed(1)).requires_grad_()
    found = []
    for layer in (fast.LeakyReLU(slope), nn.LeakyReLU(slope)):
        hidden = layer(x @ weight.T)
        (first,) = torch.autograd.grad(hidden.square().sum(), x, create_graph=True)
        (second,) = torch.autograd.grad((first.norm(dim=1) - 1).square().sum(), weight)
        with torch.no_grad():
            found.append((hidden, first, second, layer(x)))
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(*found, strict=True))
