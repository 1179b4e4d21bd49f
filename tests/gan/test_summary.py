"""A summary has the networks' own parameters, shapes and work, and computes nothing to find them."""

from __future__ import annotations

import pytest
import torch
from nets import NETS, build
from tiny import tiny
from torch.utils.flop_counter import FlopCounterMode

from ganlab.errors import ConfigError
from ganlab.gan.networks import Shape, build_meta
from ganlab.gan.summary import Layer, Layers, summarise


@pytest.mark.parametrize(("name", "shape"), [net for net in NETS if net[1][0] != 1])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"upsample": "resize", "norm_g": "none", "norm_d": "layer", "head": "pool", "head_width": 6, "dropout": 0.5},
        {"norm_g": "spectral", "norm_d": "spectral"},
    ],
)
def test_parameters_are_the_networks_own_and_flops_those_that_torch_counts(name: str, shape: Shape, changes: dict):
    config = tiny(network=name, **changes)
    found = summarise(config, shape)
    pairs = zip(build_meta(config, shape), ((3,), shape), (found.generator, found.discriminator), strict=True)
    for net, size, layers in pairs:
        assert layers.parameters == sum(weight.numel() for weight in net.parameters())
        counter = FlopCounterMode(display=False)
        with counter:
            net.eval()(torch.empty(1, *size, device="meta"))
        # Spectral norm's own products of a matrix and a vector are no work of the example.
        if "spectral" not in changes.values():
            assert layers.flops == counter.get_total_flops()


def test_flops_by_hand():
    """2 × 3·4 of a linear layer; 2 × 4·4 × channels × channels × positions of the smaller map of a convolution."""
    found = summarise(tiny(width=4), (1, 16, 16))
    flops = {row.name: row.flops for row in found.generator.rows}
    assert flops == {
        "first": 2 * 3 * 8 * 16,
        "body.0": 0,
        "body.1": 0,
        "body.2": 2 * 16 * 8 * 4 * 4 * 4,
        "body.3": 0,
        "body.4": 0,
        "body.5": 2 * 16 * 4 * 1 * 8 * 8,
        "body.6": 0,
    }
    assert [row.flops for row in found.discriminator.rows if row.flops] == [2 * 16 * 4 * 64, 2 * 16 * 32 * 16, 2 * 128]


def test_rows_say_what_a_layer_is_and_gives():
    rows = summarise(tiny(width=4), (3, 16, 16)).generator.rows
    assert rows[0] == Layer("first", "Linear", (128,), 3 * 128, 2 * 3 * 128)
    assert (rows[3].kind, rows[3].output, rows[3].parameters) == ("ConvTranspose2d 4×4, stride 2", (4, 8, 8), 512)
    assert rows[-1].output == (3, 16, 16)


@pytest.mark.parametrize(("name", "shape"), [net for net in NETS if net[1][-1] in (2, 32) or net[0] == "dcgan-small"])
def test_every_row_is_a_part_of_the_network_listed_once(name: str, shape: Shape):
    config = tiny(network=name, conditional=True, head_width=5, norm_d="spectral")
    found = summarise(config, shape, class_count=3)
    pair = build(config, shape, class_count=3)
    for net, layers in zip(pair, (found.generator, found.discriminator), strict=True):
        names = [row.name for row in layers.rows]
        assert len(set(names)) == len(names)
        parts = dict(net.named_modules())
        assert set(names) <= set(parts)
        assert "embed" in names
        with_weights = {name for name, part in parts.items() if any(True for _ in part.parameters(recurse=False))}
        assert {name.partition(".parametrizations")[0] for name in with_weights} <= set(names)


def test_dropout_is_listed_when_it_does_something():
    def kinds(layers: Layers) -> set[str]:
        return {row.kind for row in layers.rows}

    assert "Dropout" in kinds(summarise(tiny(dropout=0.2), (1, 16, 16)).discriminator)
    assert "Dropout" not in kinds(summarise(tiny(), (1, 16, 16)).discriminator)


def test_the_largest_networks_cost_no_memory_and_no_randomness(monkeypatch: pytest.MonkeyPatch):
    """Their weights alone would be gigabytes; on the meta device nothing has numbers."""
    before = torch.get_rng_state()
    monkeypatch.setattr(torch.nn.Module, "to_empty", None)
    found = summarise(tiny(width=1024), (3, 256, 256))
    assert found.generator.parameters + found.discriminator.parameters > 150_000_000
    assert torch.equal(torch.get_rng_state(), before)


def test_what_cannot_be_built_is_not_summarised():
    with pytest.raises(ConfigError, match="choose network dcgan"):
        summarise(tiny(network="dcgan-article"), (1, 16, 16))
