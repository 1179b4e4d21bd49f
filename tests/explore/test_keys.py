"""A key that was written is read again, and nothing else is."""

from __future__ import annotations

import pytest
import torch

from ganlab.errors import ConfigError
from ganlab.explore import Key, key_from_json, key_to_json


@pytest.mark.parametrize("classes", [None, 4, torch.tensor([0.1, 0.0, 0.9])], ids=str)
def test_a_key_comes_back_bit_for_bit(classes: int | torch.Tensor | None):
    key = Key(torch.randn(50, generator=torch.Generator().manual_seed(1)), classes)
    read = key_from_json(key_to_json(key, run="a run", psnr_db=31.5))
    assert torch.equal(read.latent, key.latent)
    if isinstance(classes, torch.Tensor):
        assert isinstance(read.classes, torch.Tensor) and torch.equal(read.classes, classes)
    else:
        assert read.classes == classes


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"z": 3}',
        b'{"z": ["a"]}',
        b'{"z": []}',
        b'{"z": [1e999]}',
        b'{"z": [1], "classes": "x"}',
        b'{"z": [1], "classes": ["x"]}',
    ],
)
def test_anything_else_is_refused_in_a_sentence(content: bytes):
    with pytest.raises(ConfigError, match=r"^seven.json holds .*: give a file that `ganlab invert` wrote$"):
        key_from_json(content, name="seven.json")
