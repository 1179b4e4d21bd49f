"""The loops that ganlab is timed against train, and do the same arithmetic but for what they waste."""

from __future__ import annotations

import itertools
import math
import sys
from pathlib import Path

import pytest
import torch
from tiny import data_of_shape, differing, small_recipe, tiny, weights_of

sys.path.insert(0, str(Path(__file__).parents[1]))  # benchmarks is not installed

from benchmarks.ceiling import ceiling
from benchmarks.contenders import KINDS, Kind, contender, examples_of
from benchmarks.flops import flops_of
from benchmarks.loops import CommonLoop, Pictures, common_loop, loader_of
from ganlab.config import TrainConfig
from ganlab.data import Dataset
from ganlab.gan.summary import Layers, summarise
from ganlab.recipes import RECIPES
from ganlab.training import new_state
from ganlab.training.batches import Batches
from ganlab.training.loop import one_step

CPU = torch.device("cpu")
#: The recipes with a loop of their own kind; the second has d_steps 5, the third flips pictures in colour.
NAMES = ("dcgan-mnist", "wgan-gp", "wgan-gp-cifar10")


def small(name: str) -> tuple[TrainConfig, Dataset]:
    return small_recipe(name, precision="float32")


def loop_of(config: TrainConfig, data: Dataset) -> CommonLoop:
    loop = common_loop(config, data.examples, CPU)
    assert loop
    return loop


@pytest.mark.parametrize("name", NAMES)
def test_each_loop_trains_both_networks_and_logs_finite_numbers(name: str):
    loop = loop_of(*small(name))
    before = weights_of(loop.generator), weights_of(loop.discriminator)
    logged = list(itertools.islice(loop.steps, 3))
    for net, weights in zip((loop.generator, loop.discriminator), before, strict=True):
        assert {name for name in weights if name.endswith("weight")} <= differing(weights, weights_of(net))
    assert all(math.isfinite(value) for each in logged for value in each.values())
    assert {"loss_d", "loss_g"} <= logged[0].keys()


@pytest.mark.parametrize("name", NAMES)
def test_each_item_is_one_update_of_g_after_d_steps_of_d(name: str, monkeypatch: pytest.MonkeyPatch):
    config, data = small(name)
    loop = loop_of(config, data)
    updates: list[str] = []
    names = {id(next(loop.generator.parameters())): "G", id(next(loop.discriminator.parameters())): "D"}
    original = torch.optim.Adam.step

    def step(self: torch.optim.Adam) -> object:
        updates.append(names[id(self.param_groups[0]["params"][0])])
        return original(self)

    monkeypatch.setattr(torch.optim.Adam, "step", step)
    next(loop.steps)
    next(loop.steps)
    assert updates == 2 * [*config.d_steps * ["D"], "G"]


def wasted(config: TrainConfig, generator: Layers, discriminator: Layers) -> int:
    """FLOPs of a step whose results nobody uses.

    In each update of D: gradients of the fakes and of G's layers, those of the points where a penalty measures the
    slope, and the zeros that the second derivative of torch's LeakyReLU sends back through all layers between the
    first and the last. In G's: gradients of D's weights.
    """
    (made_first, *_), (judged_first, *_, judged_last) = (
        [row.flops for row in net.rows if row.flops] for net in (generator, discriminator)
    )
    through_g = judged_first + 2 * generator.flops - made_first
    of_slope = judged_first + 2 * (discriminator.flops - judged_first - judged_last)
    of_penalty = of_slope if config.penalty == "gradient" else 0
    return config.batch_size * (config.d_steps * (through_g + of_penalty) + discriminator.flops)


@pytest.mark.parametrize("name", ["dcgan-mnist", "wgan-gp", "wgan-gp-mnist"])
def test_a_loop_does_ganlab_s_arithmetic_and_what_it_wastes(name: str):
    config, data = small(name)
    loop, state = loop_of(config, data), new_state(config, data)
    batches = Batches(data, state)
    found = summarise(config, data.shape)
    theirs, ours = flops_of(lambda: next(loop.steps)), flops_of(lambda: one_step(state, batches))
    assert theirs - ours == wasted(config, found.generator, found.discriminator)


def test_forward_and_backward_passes_are_counted_as_the_layers_say():
    """No penalty: three forward passes for each two backward ones of D's update, one and one of G's."""
    config, data = small("dcgan-mnist")
    state = new_state(config, data)
    batches = Batches(data, state)
    found = summarise(config, data.shape)
    g, d = found.generator.flops, found.discriminator.flops
    first_g, first_d = found.generator.rows[0].flops, found.discriminator.rows[0].flops
    of_d = g + 2 * (3 * d - first_d)
    of_g = 3 * g - first_g + 2 * d
    assert flops_of(lambda: one_step(state, batches)) == config.batch_size * (of_d + of_g)


def test_the_article_s_networks_are_those_of_its_recipe():
    config, data = small("dcgan-mnist")
    loop, state = loop_of(config, data), new_state(config, data)
    for mine, theirs in ((loop.generator, state.generator), (loop.discriminator, state.discriminator)):
        assert [tuple(weight.shape) for weight in mine.parameters()] == [
            tuple(weight.shape) for weight in theirs.parameters()
        ]


def test_pictures_are_scaled_and_whole_batches_shuffled():
    data = data_of_shape((1, 16, 16), count=23)
    config = tiny(batch_size=5)
    picture = Pictures(data.examples, flip=False)[4]
    torch.testing.assert_close(picture, data.examples[4].float() / 127.5 - 1)
    batches = list(loader_of(data.examples, config))
    assert [len(batch) for batch in batches] == [5, 5, 5, 5]
    assert len(torch.cat(batches).unique(dim=0)) == 20


def test_methods_without_a_common_loop_have_none():
    known = {name for name, row in RECIPES.items() if has_loop(row.config)}
    assert {"dcgan-mnist", "wgan-gp", "wgan-gp-mnist", "wgan-gp-cifar10"} <= known
    assert not known & {"ring-wgan-gp", "wgan", "lsgan", "r3gan-digits", "hinge-sn-cifar10"}


def has_loop(config: TrainConfig) -> bool:
    _, data = small_recipe(config.recipe)
    return common_loop(config.with_changes(width=4), data.examples, CPU) is not None


@pytest.mark.parametrize("kind", KINDS)
def test_each_contender_advances_and_is_counted_by_the_step(kind: Kind):
    config, data = small("wgan-gp")
    loop, state = loop_of(config, data), new_state(config, data)
    batches = Batches(data, state)
    expected = flops_of(lambda: next(loop.steps) if kind == "common" else one_step(state, batches))
    one = contender(kind, config, data, threads=1, auto="float32")
    assert one
    assert one.flops_per_step() == expected
    assert one.advance() >= 1
    pace = one.pace(block_s=0)
    assert pace.steps_per_s > 0 and pace.steps_per_cpu_s > 0


def test_without_its_files_a_dataset_is_made_up_in_its_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path))
    data, words = examples_of(RECIPES["dcgan-mnist"].config)
    assert (data.shape, "random" in words) == ((1, 28, 28), True)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_ceiling_is_a_rate(dtype: torch.dtype):
    assert ceiling(CPU, dtype, sizes=(64,), repeats=1) > 0


def test_no_larger_product_is_tried_after_one_that_took_too_long(monkeypatch: pytest.MonkeyPatch):
    """As in bfloat16 on a processor without instructions for it, where 2048² would take minutes."""
    tried: list[int] = []

    def slow(device: torch.device, dtype: torch.dtype, size: int, repeats: int) -> float:
        tried.append(size)
        return 2.0 * 300**3  # a product of 300² takes a second

    monkeypatch.setattr("benchmarks.ceiling._rate", slow)
    assert ceiling(CPU, torch.bfloat16, sizes=(100, 400, 800)) == 2.0 * 300**3
    assert tried == [100, 400]
