"""Spectral norm: slopes of at most one, start vectors of our own, and training that it does not disturb."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from nets import build, examples, latents, rng
from tiny import tiny
from torch import Tensor, nn

from ganlab.gan.ema import averaged_copy, update_average
from ganlab.gan.networks import Discriminator, SpectralNorm
from ganlab.gan.networks.spectral import raw_weight, spectral

SHAPE = (3, 32, 32)


def settled(network: str = "resnet", **settings: object) -> Discriminator:
    """After enough forward passes in training for every estimate to be exact."""
    config = tiny(network=network, norm_d="spectral", conditional=True, head_width=6).with_changes(**settings)
    _, discriminator = build(config, SHAPE, class_count=4)
    with torch.no_grad():
        for _ in range(400):
            discriminator(examples(SHAPE, 1), torch.tensor([0]))
    return discriminator


def buffers(net: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in net.named_buffers()}


@pytest.mark.parametrize("network", ["dcgan", "resnet", "mlp"])
def test_every_weight_ends_with_a_largest_singular_value_of_1(network: str):
    discriminator = settled(network).eval()
    normalised = [part for part in discriminator.modules() if hasattr(part, "parametrizations")]
    layers = [part for part in discriminator.modules() if isinstance(part, (nn.Linear, nn.Conv2d, nn.Embedding))]
    assert normalised == layers and len(layers) > 4
    for part in layers:
        weight = part.get_parameter("weight") if "weight" in dict(part.named_parameters()) else part.weight
        assert isinstance(weight, Tensor)
        assert torch.linalg.matrix_norm(weight.detach().flatten(1), 2).item() == pytest.approx(1, abs=1e-3)


def test_a_transposed_convolution_s_outputs_are_its_second_axis():
    """Against torch's own reckoning of the matrix."""
    layer = nn.Sequential(nn.ConvTranspose2d(5, 3, 4, 2, 1))
    spectral(layer)
    estimate = next(part for part in layer.modules() if isinstance(part, SpectralNorm))
    estimate.u.copy_(torch.randn(3, generator=rng()))
    with torch.no_grad():
        for _ in range(200):
            layer(torch.zeros(1, 5, 2, 2))
    raw = raw_weight(layer[0])
    largest = torch.linalg.matrix_norm(raw.detach().transpose(0, 1).flatten(1), 2)
    weight = layer.eval()[0].weight
    assert isinstance(weight, Tensor)
    assert torch.allclose(weight, raw / largest, rtol=1e-4)


def test_no_slope_of_a_spectral_mlp_is_above_1():
    config = tiny(network="mlp", norm_d="spectral", init="xavier", width=32)
    _, discriminator = build(config, (2,))
    _, free = build(config.with_changes(norm_d="none"), (2,))
    with torch.no_grad():
        for weight in [*discriminator.parameters(), *free.parameters()]:
            weight.mul_(3)
        for _ in range(300):
            discriminator(examples((2,)))

    def steepest(net: nn.Module) -> float:
        x = (examples((2,), 500) * 3).requires_grad_()
        (slope,) = torch.autograd.grad(net.eval()(x).sum(), x)
        return slope.norm(dim=1).max().item()

    assert steepest(discriminator) <= 1.001 < 1.1 < steepest(free)


def test_training_moves_the_estimate_once_a_pass_and_judging_does_not():
    discriminator = settled()
    _, fresh = build(tiny(network="resnet", norm_d="spectral"), SHAPE)
    start = buffers(fresh)
    fresh.eval()(examples(SHAPE))
    assert all(torch.equal(value, start[name]) for name, value in buffers(fresh).items())
    fresh.train()(examples(SHAPE))
    moving = {name: value for name, value in buffers(fresh).items() if len(value) > 1}
    assert len(moving) > 4
    assert all(not torch.equal(value, start[name]) for name, value in moving.items())
    x, labels = examples(SHAPE), torch.arange(4)
    assert torch.equal(discriminator.eval()(x, labels), discriminator(x, labels))


def test_start_vectors_are_of_length_1_and_come_from_the_given_generator():
    first, again, other = (buffers(build(tiny(norm_d="spectral"), (1, 16, 16), seed)[1]) for seed in (1, 1, 2))
    assert len(first) == 3
    for name, vector in first.items():
        assert vector.norm().item() == pytest.approx(1, abs=1e-5)
        assert torch.equal(vector, again[name])
        assert len(vector) == 1 or not torch.equal(vector, other[name])


def test_an_averaged_copy_s_estimate_is_as_good_at_any_length():
    generator, _ = build(tiny(network="resnet", norm_g="spectral"), SHAPE)
    with torch.no_grad():
        for _ in range(300):
            generator(latents(1))
    average = averaged_copy(generator)
    expected = average(latents(2))
    for name, vector in average.named_buffers():
        assert name.endswith(".u")
        vector.mul_(1e-3)
    assert torch.allclose(average(latents(2)), expected, atol=1e-5)
    update_average(average, generator, 0.5)
    assert torch.allclose(average(latents(2)), expected, atol=1e-4)


def test_a_second_pass_before_the_first_one_s_backward_changes_no_gradient():
    def gradients(*, between: bool) -> list[Tensor]:
        _, discriminator = build(tiny(norm_d="spectral"), (1, 16, 16))
        scores = discriminator(examples((1, 16, 16)))
        if between:
            discriminator(examples((1, 16, 16), seed=1))
        return list(torch.autograd.grad(scores.sum(), list(discriminator.parameters())))

    for alone, disturbed in zip(gradients(between=False), gradients(between=True), strict=True):
        assert torch.equal(alone, disturbed)


def test_the_gradient_is_that_of_the_normalised_weight():
    """∂(W/σ) with the singular vectors held fixed, against autograd through the exact one (float64)."""
    layer = nn.Sequential(nn.Linear(4, 3, bias=False))
    spectral(layer)
    layer.double()
    estimate = next(part for part in layer.modules() if isinstance(part, SpectralNorm))
    estimate.u.copy_(torch.randn(3, generator=rng(), dtype=torch.float64))
    raw, x = raw_weight(layer[0]), torch.randn(5, 4, generator=rng(1), dtype=torch.float64)
    raw.data.copy_(torch.randn(3, 4, generator=rng(2)))
    with torch.no_grad():
        for _ in range(2000):
            layer(x)
    layer.eval()
    (found,) = torch.autograd.grad(layer(x).square().sum(), raw)

    def exact(weight: Tensor) -> Tensor:
        return (x @ (weight / torch.linalg.matrix_norm(weight, 2)).T).square().sum()

    (expected,) = torch.autograd.grad(exact(raw), raw)
    assert torch.allclose(found, expected, atol=1e-8)


@pytest.mark.parametrize("copied", ["deepcopy", "state"])
def test_a_copy_judges_and_goes_on_alike(copied: str):
    config = tiny(norm_d="spectral", conditional=True, head_width=5)
    _, discriminator = build(config, (1, 16, 16), class_count=3)
    x, labels = examples((1, 16, 16)), torch.tensor([0, 1, 2, 0])
    discriminator(x, labels)
    twin = copy.deepcopy(discriminator)
    if copied == "state":
        _, twin = build(config, (1, 16, 16), seed=9, class_count=3)
        twin.load_state_dict(discriminator.state_dict())
    for _ in range(2):
        assert torch.equal(discriminator(x, labels), twin(x, labels))
    before = buffers(discriminator)
    twin(x, labels)
    assert all(torch.equal(value, before[name]) for name, value in buffers(discriminator).items()), "shared buffers"


def test_a_weight_s_own_size_does_not_matter():
    discriminator = settled("mlp").eval()
    x, labels = examples(SHAPE), torch.arange(4)
    expected = discriminator(x, labels)
    for name, value in discriminator.named_parameters():
        if name.endswith("original"):
            value.data.mul_(math.e)
    assert torch.allclose(discriminator(x, labels), expected, atol=1e-5)
