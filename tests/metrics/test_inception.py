"""The FID network: its layers by name, shape and number, and how images come to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from ganlab.metrics.inception import Inception, prepared, resized


@pytest.fixture(scope="module")
def hollow() -> Inception:
    """Without numbers: shapes follow through it at no cost."""
    with torch.device("meta"):
        return Inception().eval()


def test_it_has_the_layers_of_the_published_weights(hollow: Inception):
    names = hollow.state_dict().keys()
    assert len(names) == 566
    assert sum(isinstance(layer, nn.Conv2d) for layer in hollow.modules()) == 94
    assert sum(parameter.numel() for parameter in hollow.parameters()) == 23_850_960
    ends = {"conv.weight", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var", "bn.num_batches_tracked"}
    convolutions = {name.removesuffix(".conv.weight") for name in names if name.endswith(".conv.weight")}
    assert names == {f"{each}.{end}" for each in convolutions for end in ends} | {"fc.weight", "fc.bias"}
    stem = {name for name in convolutions if name.startswith("Conv2d_")}
    assert stem == {f"Conv2d_{end}" for end in ("1a_3x3", "2a_3x3", "2b_3x3", "3b_1x1", "4a_3x3")}
    in_block = dict.fromkeys(["5b", "5c", "5d"], 7) | {"6a": 4, "7a": 6} | dict.fromkeys(["6b", "6c", "6d", "6e"], 10)
    in_block |= {"7b": 9, "7c": 9}
    for block, count in in_block.items():
        assert sum(name.startswith(f"Mixed_{block}.") for name in convolutions) == count, block


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("Conv2d_1a_3x3", (32, 3, 3, 3)),
        ("Conv2d_3b_1x1", (80, 64, 1, 1)),
        ("Conv2d_4a_3x3", (192, 80, 3, 3)),
        ("Mixed_5b.branch5x5_2", (64, 48, 5, 5)),
        ("Mixed_5b.branch_pool", (32, 192, 1, 1)),
        ("Mixed_5d.branch3x3dbl_3", (96, 96, 3, 3)),
        ("Mixed_6a.branch3x3", (384, 288, 3, 3)),
        ("Mixed_6b.branch7x7_2", (128, 128, 1, 7)),
        ("Mixed_6c.branch7x7dbl_2", (160, 160, 7, 1)),
        ("Mixed_6e.branch7x7dbl_5", (192, 192, 1, 7)),
        ("Mixed_7a.branch7x7x3_4", (192, 192, 3, 3)),
        ("Mixed_7b.branch1x1", (320, 1280, 1, 1)),
        ("Mixed_7c.branch3x3_2a", (384, 384, 1, 3)),
        ("Mixed_7c.branch3x3dbl_3b", (384, 384, 3, 1)),
        ("Mixed_7c.branch_pool", (192, 2048, 1, 1)),
    ],
)
def test_a_layer_has_the_shape_of_the_published_one(hollow: Inception, name: str, shape: tuple[int, ...]):
    assert tuple(hollow.get_parameter(f"{name}.conv.weight").shape) == shape
    assert hollow.get_submodule(f"{name}.bn").eps == 1e-3  # pyright: ignore[reportAttributeAccessIssue]


def test_maps_have_the_sizes_of_the_paper(hollow: Inception):
    shapes: dict[str, tuple[int, ...]] = {}

    def remember(name: str) -> Callable[[nn.Module, object, Tensor], None]:
        return lambda layer, given, maps: shapes.update({name: tuple(maps.shape[1:])})

    hooks = [layer.register_forward_hook(remember(name)) for name, layer in hollow.named_children() if name != "fc"]
    features, logits = hollow(torch.empty(2, 3, 299, 299, device="meta"))
    for hook in hooks:
        hook.remove()
    assert (features.shape, logits.shape) == ((2, 2048), (2, 1008))
    assert list(shapes.items()) == [
        ("Conv2d_1a_3x3", (32, 149, 149)),
        ("Conv2d_2a_3x3", (32, 147, 147)),
        ("Conv2d_2b_3x3", (64, 147, 147)),
        ("Conv2d_3b_1x1", (80, 73, 73)),
        ("Conv2d_4a_3x3", (192, 71, 71)),
        ("Mixed_5b", (256, 35, 35)),
        ("Mixed_5c", (288, 35, 35)),
        ("Mixed_5d", (288, 35, 35)),
        *((f"Mixed_6{letter}", (768, 17, 17)) for letter in "abcde"),
        ("Mixed_7a", (1280, 8, 8)),
        ("Mixed_7b", (2048, 8, 8)),
        ("Mixed_7c", (2048, 8, 8)),
    ]


def pooled_alone(name: str, channels: int, maps: Tensor) -> Tensor:
    """What a block's last branch makes of maps that are alike, where its convolution hands on the first one."""
    with torch.device("meta"):
        block = Inception().get_submodule(name)
    weights = {key: torch.zeros(value.shape) for key, value in block.state_dict().items()}
    weights["branch_pool.conv.weight"][:, 0] = 1.0
    weights["branch_pool.bn.weight"] += 1.0
    weights |= {key: torch.ones_like(value) for key, value in weights.items() if key.endswith("running_var")}
    block.load_state_dict(weights, assign=True)
    return block.eval()(maps.expand(1, channels, *maps.shape))[0, -1] * (1 + 1e-3) ** 0.5


@torch.no_grad()
def test_borders_do_not_count_in_averages_and_the_last_block_takes_the_maximum():
    ones, steps = torch.ones(8, 8), torch.arange(64.0).view(8, 8)
    assert torch.allclose(pooled_alone("Mixed_7b", 1280, ones), ones), "a counted border would make edges darker"
    mean, most = pooled_alone("Mixed_7b", 1280, steps), pooled_alone("Mixed_7c", 2048, steps)
    assert mean[0, 0] == pytest.approx((0 + 1 + 8 + 9) / 4)
    assert (most[0, 0], most[4, 4]) == (pytest.approx(9), pytest.approx(45))


@torch.no_grad()
def test_the_last_bias_is_no_part_of_the_logits():
    """The published score is taken without it (improved-gan#39)."""
    net = Inception().eval().requires_grad_(False)
    net.fc.weight.fill_(0.5)
    net.fc.bias.fill_(1e6)
    features, logits = net(torch.full((1, 3, 75, 75), 0.3))
    assert torch.allclose(logits, features.sum(1, keepdim=True).expand(-1, 1008) / 2, rtol=1e-5)


@pytest.mark.parametrize(
    ("row", "side", "expected"),
    [
        ([0.0, 1.0], 4, [0, 0.5, 1, 1]),  # with a shift by half a pixel: 0, 0.25, 0.75, 1
        ([0.0, 3.0, 9.0], 2, [0, 6]),
        ([0.0, 4.0, 8.0], 9, [0, 4 / 3, 8 / 3, 4, 16 / 3, 20 / 3, 8, 8, 8]),
        ([5.0, 7.0, 1.0], 3, [5, 7, 1]),
    ],
)
def test_images_are_enlarged_as_tensorflow_1_did(row: list[float], side: int, expected: list[float]):
    across = torch.tensor(row).expand(1, 1, len(row), -1)
    wanted = torch.tensor(expected, dtype=torch.float32).expand(1, 1, side, -1)
    assert torch.allclose(resized(across, side), wanted, atol=1e-5)
    assert torch.allclose(resized(across.mT, side), wanted.mT, atol=1e-5)


def test_each_channel_and_image_is_enlarged_by_itself():
    images = torch.randn(2, 3, 5, 5, generator=torch.Generator().manual_seed(0))
    whole = resized(images, 7)
    assert torch.equal(whole[1:, 2:], resized(images[1:, 2:], 7))
    assert torch.equal(whole, resized(images.mT, 7).mT) or torch.allclose(whole, resized(images.mT, 7).mT, atol=1e-6)


def test_images_come_as_whole_numbers_around_128():
    values = torch.arange(256, dtype=torch.uint8)
    image = (values.float() / 127.5 - 1).view(1, 1, 16, 16).expand(-1, 3, -1, -1)
    assert torch.equal(
        prepared(image), (resized(values.float().view(1, 1, 16, 16), 299).expand(-1, 3, -1, -1) - 128) / 128
    )
    grey = prepared(torch.tensor([-3.0, -1.0, 0.001, 1.0]).view(1, 1, 2, 2))
    assert grey.shape == (1, 3, 299, 299)
    assert [float(grey[0, 2, y, x]) for y in (0, -1) for x in (0, -1)] == [-1, -1, 0, 127 / 128]
