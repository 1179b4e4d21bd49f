"""The program of a generator does what the generator does."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pytest
import torch
from takeaway import CASES, EVERY, generator_of, latents_for
from torch import nn

from ganlab.errors import GanlabError
from ganlab.export.carry_out import carry_out
from ganlab.export.compile import program_of
from ganlab.export.program import work
from ganlab.gan.networks import Generator, Shape


@pytest.mark.parametrize(("network", "shape", "settings"), CASES, ids=str)
def test_it_draws_the_same_pictures(network: str, shape: Shape, settings: dict[str, Any]):
    generator = generator_of(network, shape, **settings)
    z, labels = latents_for(generator, 20)
    drawn = carry_out(program_of(generator), z, labels)
    assert drawn.shape == (20, *shape)
    torch.testing.assert_close(drawn, generator(z, labels), atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize(("network", "shape"), EVERY, ids=str)
def test_every_size_can_be_written(network: str, shape: Shape):
    program = program_of(generator_of(network, shape))
    assert program.shape == shape
    assert (program.z_dim, program.class_count) == (3, 0)


@pytest.mark.parametrize("network", ["dcgan", "dcgan-article", "dcgan-article-keras", "dcgan-small", "mlp"])
def test_batch_norm_is_gone(network: str):
    program = program_of(generator_of(network, (1, 28, 28)))
    assert "scale" not in {op.kind for op in program.ops}


def test_upsampling_and_convolution_are_one_operation():
    kinds = [op.kind for op in program_of(generator_of("dcgan", (1, 32, 32), upsample="resize")).ops]
    assert "nearest" not in kinds
    assert kinds.count("enlarge") == 3


def test_a_value_that_two_operations_see_is_not_folded_away():
    kinds = [op.kind for op in program_of(generator_of("resnet", (3, 32, 32))).ops]
    assert kinds.count("scale") == 4, "each block's first norm stands behind a sum, as does the last one"


def test_the_json_and_the_blob_say_all():
    program = program_of(generator_of("dcgan", (1, 28, 28), conditional=True))
    content = orjson.loads(program.to_json())
    numbers = np.frombuffer(program.blob(), "<f4")
    assert numbers.size == program.weight_count()
    for op, written in zip(program.ops, content["ops"], strict=True):
        assert (op.kind, list(op.shape), list(op.inputs)) == (written["kind"], written["shape"], written["inputs"])
        for weight, place in zip(op.weights, written["weights"], strict=True):
            assert list(weight.shape) == place["shape"]
            assert (numbers[place["at"] : place["at"] + weight.size] == weight.ravel()).all()


def test_half_the_bytes_in_float16():
    program = program_of(generator_of("dcgan", (1, 16, 16)))
    assert len(program.blob("float16")) * 2 == len(program.blob())
    assert np.frombuffer(program.rounded().blob(), "<f4") == pytest.approx(
        np.frombuffer(program.blob("float16"), "<f2")
    )


def test_work_counts_products():
    program = program_of(
        Generator(3, (2, 4, 4), nn.Sequential(nn.Conv2d(2, 5, 3, 1, 1), nn.ConvTranspose2d(5, 1, 4, 2, 1))).eval()
    )
    assert work(program) == 3 * 32 + 2 * 5 * 9 * 16 + 5 * 16 * 16


def test_an_unknown_layer_is_refused_in_a_sentence():
    with pytest.raises(GanlabError, match="Softplus"):
        program_of(Generator(3, (4,), nn.Sequential(nn.Softplus())).eval())
