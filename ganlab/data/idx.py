"""Reader of IDX files, the format of MNIST.

Two zero bytes, a type byte, the number of dimensions, each dimension as a big-endian
32-bit integer, then the elements in C order. Source: yann.lecun.com/exdb/mnist.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from io import BufferedReader
from pathlib import Path

import numpy as np

from ganlab.errors import DataError

_UNSIGNED_BYTE = 0x08
_MAX_DIMENSIONS = 4
_CHUNK_BYTES = 1 << 20


def read_idx(path: Path) -> np.ndarray:
    """The array of unsigned bytes in an IDX file, gzipped or not: uint8, writable, of 1 to 4 dimensions.

    Raises DataError: the file cannot be read, is damaged, is not IDX, or holds another number of bytes
    than its header says. Memory grows with what the file holds, whatever the header promises.
    """
    try:
        with path.open("rb") as file, _unpacked(file) as stream:
            return _read_elements(stream, _read_header(stream, path), path)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _damaged(path, f"is not a whole gzip file ({error})") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): check that it is there and yours to read") from None


def _unpacked(file: BufferedReader) -> BufferedReader | gzip.GzipFile:
    return gzip.GzipFile(fileobj=file) if file.peek(2)[:2] == b"\x1f\x8b" else file


def _read_header(stream: BufferedReader | gzip.GzipFile, path: Path) -> tuple[int, ...]:
    magic = stream.read(4)
    if len(magic) < 4:
        raise _damaged(path, f"is too short to be an IDX file ({len(magic)} bytes)")
    if magic[:2] != b"\0\0":
        raise _damaged(path, f"is not an IDX file (it begins with {magic.hex(' ')} instead of two zero bytes)")
    kind, ndim = magic[2], magic[3]
    if kind != _UNSIGNED_BYTE:
        raise _damaged(path, f"holds elements of type 0x{kind:02x}, where only unsigned bytes (0x08) are read")
    if not 1 <= ndim <= _MAX_DIMENSIONS:
        raise _damaged(path, f"claims {ndim} dimensions, where 1 to {_MAX_DIMENSIONS} are read")
    sizes = stream.read(4 * ndim)
    if len(sizes) < 4 * ndim:
        raise _damaged(path, "ends within its header")
    shape = struct.unpack(f">{ndim}I", sizes)
    if 0 in shape:
        raise _damaged(path, f"is empty (its header says {_times(shape)})")
    return shape


def _read_elements(stream: BufferedReader | gzip.GzipFile, shape: tuple[int, ...], path: Path) -> np.ndarray:
    expected = math.prod(shape)
    data = bytearray()
    # Chunks, since read(n) reserves n bytes at once and n is only what the header claims. One byte more than
    # expected is asked for: it shows what is too many, and reaching the end makes gzip compare its checksum.
    while chunk := stream.read(min(_CHUNK_BYTES, expected + 1 - len(data))):
        data += chunk
    if len(data) != expected:
        found = f"only {len(data):,}" if len(data) < expected else "more"
        raise _damaged(path, f"says it holds {_times(shape)} = {expected:,} bytes, but there are {found}")
    return np.frombuffer(data, np.uint8).reshape(shape)


def _times(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))


def _damaged(path: Path, fault: str) -> DataError:
    return DataError(f"{path} {fault}: delete it so that it is downloaded again")
