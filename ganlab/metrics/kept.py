"""Classifiers on disk, so that a dataset's is trained once and not once for each process.

The one of the digits that come with scikit-learn lies beside this file; others in the cache.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from ganlab.data import Dataset
from ganlab.data.cache import cache_dir
from ganlab.metrics.classifier import Classifier

#: To be raised when classifiers are built or trained otherwise.
_VERSION = 1
#: Files in the cache, the last used ones; each has a third of a megabyte.
_MOST = 16
SHIPPED = Path(__file__).parent / "classifiers"


def key_of(data: Dataset) -> str:
    """Another one for other images, labels or classes, and for classifiers of another kind."""
    digest = hashlib.blake2b(f"{_VERSION} {data.class_count}".encode(), digest_size=10)
    for tensor in (data.examples, data.labels):
        if tensor is not None:
            digest.update(str(tuple(tensor.shape)).encode())
            digest.update(tensor.contiguous().numpy().data.cast("B"))
    return digest.hexdigest()


def find(data: Dataset) -> Classifier | None:
    """The classifier of a dataset, if it is there and whole."""
    for file in _files(key_of(data)):
        with suppress(OSError, SafetensorError, RuntimeError, ValueError):
            with torch.device("meta"):  # else weights would be drawn, from the generator that all share
                classifier = Classifier(data.shape[0], data.class_count)
            classifier.load_state_dict(load_file(file), assign=True)
            with suppress(OSError):
                os.utime(file)
            return classifier.eval()
    return None


def keep(classifier: Classifier, data: Dataset) -> None:
    """Write it into the cache. Where that cannot be done it will be trained again."""
    *_, file = _files(key_of(data))
    part = file.with_name(f"{file.name}.{os.getpid()}")
    with suppress(OSError, SafetensorError):
        file.parent.mkdir(parents=True, exist_ok=True)
        save_file({name: tensor.cpu().contiguous() for name, tensor in classifier.state_dict().items()}, part)
        part.replace(file)
        for old in sorted(file.parent.glob("*.safetensors"), key=lambda path: -path.stat().st_mtime)[_MOST:]:
            old.unlink(missing_ok=True)


def _files(key: str) -> tuple[Path, ...]:
    return SHIPPED / f"{key}.safetensors", cache_dir() / "classifiers" / f"{key}.safetensors"
