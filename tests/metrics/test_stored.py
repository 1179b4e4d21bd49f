"""Tensors in files: as they were, or none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from ganlab.metrics.stored import digest_of, forget_all_but, store, stored

TENSORS = {"a": torch.arange(6.0).view(2, 3), "b": torch.tensor(7), "none": torch.empty(0, 4)}


def test_what_is_stored_comes_back(tmp_path: Path):
    path = tmp_path / "new" / "x.safetensors"
    store(TENSORS, path)
    found = stored(path)
    assert found is not None and found.keys() == TENSORS.keys()
    assert all(torch.equal(found[name], TENSORS[name]) for name in TENSORS)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_what_is_damaged_is_as_good_as_none(tmp_path: Path):
    path = tmp_path / "x.safetensors"
    store(TENSORS, path)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[-2] ^= 4
    for content in (b"", whole[:20], whole[:-1], bytes(flipped)):
        path.write_bytes(content)
        assert stored(path) is None
    save_file(TENSORS, path)
    assert stored(path) is None, "one of another writer has no digest"
    assert stored(tmp_path / "absent.safetensors") is None
    with pytest.raises(OSError, match=r"x\.safetensors"):
        store(TENSORS, path / "below a file.safetensors")


def test_a_digest_is_that_of_names_kinds_shapes_and_values():
    one = {"a": torch.zeros(2, 3)}
    others = [{"b": one["a"]}, {"a": torch.zeros(3, 2)}, {"a": torch.zeros(2, 3).int()}, {"a": torch.ones(2, 3)}]
    assert len({digest_of(each) for each in (one, *others)}) == 5


def test_those_used_last_stay(tmp_path: Path):
    for number in range(4):
        store(TENSORS, tmp_path / f"{number}.safetensors")
        os.utime(tmp_path / f"{number}.safetensors", (number, number))
    assert stored(tmp_path / "0.safetensors")
    forget_all_but(2, tmp_path)
    assert sorted(path.stem for path in tmp_path.glob("*.*")) == ["0", "3"]
