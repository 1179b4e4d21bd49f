"""Tensors in a file that is whole or as good as none: written at once, and read only if each byte is as it was."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

_DIGEST = "digest"


def store(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Into a safetensors file, with a digest of all of them. Raises OSError."""
    ready = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    part = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        save_file(ready, part, metadata={_DIGEST: digest_of(ready)})
        part.replace(path)
    except SafetensorError as error:
        raise OSError(str(error)) from None
    finally:
        part.unlink(missing_ok=True)


def stored(path: Path) -> dict[str, Tensor] | None:
    """What was stored there; None where it is absent, damaged or cannot be read. A file that is read counts as used."""
    try:
        with safe_open(path, framework="pt") as file:
            digest = (file.metadata() or {}).get(_DIGEST)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
        if digest != digest_of(tensors):
            return None
        os.utime(path)
    except (OSError, SafetensorError, ValueError):
        return None
    return tensors


def digest_of(tensors: Mapping[str, Tensor]) -> str:
    """Another one for other names, shapes, kinds of numbers or values."""
    digest = hashlib.blake2b(digest_size=20)
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.contiguous().numpy().data)
    return digest.hexdigest()


def forget_all_but(most: int, folder: Path) -> None:
    """Remove the files that were used longest ago. Raises OSError."""
    files = sorted(folder.glob("*.safetensors"), key=lambda path: -path.stat().st_mtime)
    for old in files[most:]:
        old.unlink(missing_ok=True)
