"""Convolutions beside an image: in 16 bits on a CPU another way to the same numbers, else torch's own."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from ganlab.gan.networks import fast

#: Channels before and after, kernel, stride, padding, side: as the networks have them, and an odd one.
LAYERS = {
    "dcgan's first": (fast.Conv2d, (1, 8, 4, 2, 1), 28),
    "article's first": (fast.Conv2d, (1, 8, 3, 2, 1), 28),
    "resnet's first": (fast.Conv2d, (3, 8, 3, 1, 1), 9),
    "resnet's first shortcut": (fast.Conv2d, (3, 8, 1), 6),
    "article's last": (fast.Conv2d, (8, 1, 3, 1, 1), 9),
    "resnet's last": (fast.Conv2d, (8, 3, 3, 1, 1), 8),
    "without padding": (fast.Conv2d, (8, 2, 3), 7),
    "dcgan's last": (fast.ConvTranspose2d, (8, 3, 4, 2, 1), 7),
    "from 4 to 7": (fast.ConvTranspose2d, (8, 1, 3, 2, 1), 4),
    "twice the side with a kernel of 3": (fast.ConvTranspose2d, (8, 1, 3, 2, 1, 1), 4),
    "strided to few": (fast.Conv2d, (8, 1, 4, 2, 1), 8),
    "not thin": (fast.Conv2d, (4, 5, 3, 1, 1), 6),
    "not thin, transposed": (fast.ConvTranspose2d, (4, 5, 4, 2, 1), 6),
}


def small_integers(*shape: int, rng: torch.Generator) -> Tensor:
    """Exact in 16 bits, and so are their sums of products: both ways have to give the very same."""
    return torch.randint(-1, 2, shape, generator=rng).float()


def made(name: str) -> tuple[fast.Conv2d | fast.ConvTranspose2d, Tensor]:
    kind, sizes, side = LAYERS[name]
    rng = torch.Generator().manual_seed(1)
    layer = kind(*sizes)
    with torch.no_grad():
        for weight in layer.parameters():
            weight.copy_(small_integers(*weight.shape, rng=rng))
    return layer, small_integers(3, sizes[0], side, side, rng=rng).requires_grad_()


def derivatives(layer: nn.Module, x: Tensor, *, mixed: bool) -> list[Tensor]:
    """Its value, first derivatives, and those of the slope at x, as a gradient penalty takes them."""
    with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
        y = layer(x)
    rng = torch.Generator().manual_seed(2)
    toward = small_integers(*y.shape, rng=rng).to(y.dtype).requires_grad_()
    firsts = torch.autograd.grad(y, [x, *layer.parameters()], toward, create_graph=True)
    along = small_integers(*x.shape, rng=rng)
    seconds = torch.autograd.grad((firsts[0] * along).sum(), [toward, layer.get_parameter("weight")])
    return [y, *firsts, *seconds]


@pytest.mark.parametrize("name", LAYERS)
def test_value_first_and_second_derivatives_are_those_of_the_plain_layer(name: str):
    layer, x = made(name)
    kind, sizes, _ = LAYERS[name]
    plain = (nn.Conv2d if kind is fast.Conv2d else nn.ConvTranspose2d)(*sizes)
    plain.load_state_dict(layer.state_dict())
    expected = derivatives(plain, x, mixed=False)
    for got in (derivatives(layer, x, mixed=True), derivatives(layer, x, mixed=False)):
        for mine, theirs in zip(got, expected, strict=True):
            assert mine.shape == theirs.shape
            assert torch.equal(mine.float(), theirs)


def test_an_image_in_float32_keeps_its_precision_on_the_way_back():
    """Slopes at D's input are summed in 32 bits: 256 + 1 would be 256 in 16."""
    layer = fast.Conv2d(1, 2, 2, 1, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[[[256.0, 0], [0, 0]]], [[[0.0, 0], [0, 1]]]]))
    x = torch.zeros(1, 1, 3, 3, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        (slope,) = torch.autograd.grad(layer(x).float().sum(), x)
    assert slope.dtype == torch.float32
    assert slope[0, 0, 1, 1].item() == 257


def test_what_comes_from_an_image_is_channels_last_as_the_next_convolution_wants_it():
    layer = fast.Conv2d(1, 8, 4, 2, 1)
    with torch.autocast("cpu", torch.bfloat16):
        assert layer(torch.zeros(2, 1, 8, 8)).is_contiguous(memory_format=torch.channels_last)
