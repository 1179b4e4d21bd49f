from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from ganlab.data import read_idx
from ganlab.errors import DataError


def idx_bytes(array: np.ndarray, *, shape: tuple[int, ...] | None = None, kind: int = 8) -> bytes:
    shape = array.shape if shape is None else shape
    return struct.pack(f">HBB{len(shape)}I", 0, kind, len(shape), *shape) + array.tobytes()


ARRAY = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
@pytest.mark.parametrize("array", [ARRAY, ARRAY[0], ARRAY[0, 0]], ids=lambda array: f"{array.ndim}-d")
def test_reads_back_what_was_written(tmp_path: Path, pack, array: np.ndarray):
    path = tmp_path / "some.idx"
    path.write_bytes(pack(idx_bytes(array)))
    got = read_idx(path)
    assert got.dtype == np.uint8 and got.flags.writeable
    np.testing.assert_array_equal(got, array)


def test_an_array_of_many_chunks_survives(tmp_path: Path):
    array = np.random.default_rng(0).integers(0, 256, (3, 1000, 1001), dtype=np.uint8)
    (tmp_path / "big.gz").write_bytes(gzip.compress(idx_bytes(array), 1))
    np.testing.assert_array_equal(read_idx(tmp_path / "big.gz"), array)


WHOLE = gzip.compress(idx_bytes(ARRAY))

FAULTS = {
    "gzip cut short": (WHOLE[:-12], "not a whole gzip"),
    "gzip without its end mark": (WHOLE[:-8], "not a whole gzip"),
    "wrong gzip checksum": (WHOLE[:-8] + bytes([WHOLE[-8] ^ 1]) + WHOLE[-7:], "not a whole gzip"),
    "bytes after the gzip": (WHOLE + b"rest", "not a whole gzip"),
    "gzip of noise": (WHOLE[:10] + b"\xff" * 40, "not a whole gzip"),
    "nothing at all": (b"", "too short"),
    "a web page": (b"<!DOCTYPE html><title>404</title>", "3c 21 44 4f"),
    "another element type": (idx_bytes(ARRAY, kind=0x0D), "0x0d"),
    "no dimensions": (struct.pack(">HBB", 0, 8, 0), "0 dimensions"),
    "too many dimensions": (struct.pack(">HBB", 0, 8, 200), "200 dimensions"),
    "cut within the header": (idx_bytes(ARRAY)[:9], "within its header"),
    "no elements": (idx_bytes(ARRAY, shape=(0, 4, 5)), "empty"),
    "a header that promises more": (gzip.compress(idx_bytes(ARRAY, shape=(4, 4, 5))), "= 80 bytes, .* only 60"),
    "a header that promises fewer": (gzip.compress(idx_bytes(ARRAY, shape=(2, 4, 5))), "= 40 bytes, .* more"),
    "a header that promises 4 EiB": (gzip.compress(idx_bytes(ARRAY, shape=(2**31, 2**31))), "only 60"),
}


@pytest.mark.parametrize(("content", "says"), FAULTS.values(), ids=FAULTS.keys())
def test_a_damaged_file_is_named_with_its_fault_and_the_way_out(tmp_path: Path, content: bytes, says: str):
    path = tmp_path / "train-images.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=says) as caught:
        read_idx(path)
    message = str(caught.value)
    assert str(path) in message and "delete it" in message and "\n" not in message


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(DataError, match=r"absent\.gz cannot be read"):
        read_idx(tmp_path / "absent.gz")
