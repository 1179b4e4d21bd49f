"""ONNX models, run with onnxruntime, draw what torch draws."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from takeaway import CASES, EVERY, FEW, SMALL, generator_of, latents_for

from ganlab.errors import GanlabError
from ganlab.export.compile import program_of
from ganlab.export.onnx_graph import to_onnx
from ganlab.gan.networks import Generator, Shape
from ganlab.training.preview import to_pixels


def session_of(generator: Generator) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(to_onnx(program_of(generator), {}), options)


def check(generator: Generator, shape: Shape, count: int) -> None:
    """Numbers to 1e-4 and pictures to 2 of 255, for `count` latents."""
    session = session_of(generator)
    z, labels = latents_for(generator, count)
    for part, some in zip(z.split(100), labels.split(100) if labels is not None else [None] * count, strict=False):
        wanted = generator(part, some)
        given: dict[str, Any] = {"z": part.numpy()} | ({"labels": some.numpy()} if some is not None else {})
        (drawn,) = session.run(None, given)
        np.testing.assert_allclose(np.asarray(drawn), wanted.numpy(), atol=1e-4)
        if len(shape) == 3:
            gap = to_pixels(torch.from_numpy(np.asarray(drawn))).astype(int) - to_pixels(wanted)
            assert abs(gap).max() <= 2


@pytest.mark.parametrize(("network", "shape", "settings"), FEW, ids=str)
def test_onnxruntime_draws_what_torch_draws(network: str, shape: Shape, settings: dict[str, Any]):
    check(generator_of(network, shape, **settings), shape, 20)


@pytest.mark.slow
@pytest.mark.parametrize(("network", "shape", "settings"), CASES, ids=str)
def test_every_setting(network: str, shape: Shape, settings: dict[str, Any]):
    check(generator_of(network, shape, **settings), shape, 20)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("network", "shape"), EVERY, ids=str)
def test_a_thousand_latents(network: str, shape: Shape):
    check(generator_of(network, shape), shape, 1000)


@pytest.mark.parametrize(("network", "shape"), SMALL, ids=str)
def test_every_network_is_a_valid_model(network: str, shape: Shape):
    model = onnx.load_model_from_string(to_onnx(program_of(generator_of(network, shape)), {"ganlab": "1"}))
    assert [entry.name for entry in model.graph.input] == ["z"]
    assert [entry.name for entry in model.graph.output] == ["images" if len(shape) == 3 else "points"]
    assert {entry.key: entry.value for entry in model.metadata_props} == {"ganlab": "1"}


def test_any_number_of_latents_at_once():
    session = session_of(generator_of("dcgan", (1, 16, 16)))
    for count in (1, 3):
        (drawn,) = session.run(None, {"z": np.zeros((count, 3), np.float32)})
        assert np.asarray(drawn).shape == (count, 1, 16, 16)


def test_without_the_package_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(GanlabError, match="pip install onnx"):
        to_onnx(program_of(generator_of("mlp", (2,))), {})
