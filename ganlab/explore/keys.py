"""Key frames as files: a latent found or liked once, to walk from again."""

from __future__ import annotations

import math
from typing import Any

import orjson
import torch
from torch import Tensor

from ganlab.errors import ConfigError
from ganlab.explore.walks import Key


def key_to_json(key: Key, **about: Any) -> bytes:
    """The numbers of a key, its class or its share of each, and what else is worth knowing of where it came from."""
    classes = key.classes.tolist() if isinstance(key.classes, Tensor) else key.classes
    content = {"z": key.latent.tolist(), "classes": classes, **about}
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def key_from_json(content: bytes, *, name: str = "the file") -> Key:
    """What `key_to_json` wrote. Raises ConfigError for anything else."""
    try:
        read = orjson.loads(content)
        numbers, classes = [float(number) for number in read["z"]], read.get("classes")
        if isinstance(classes, list):
            classes = torch.tensor([float(share) for share in classes])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
        raise ConfigError(f"{name} holds no latent: give a file that `ganlab invert` wrote") from None
    if not numbers or not all(map(math.isfinite, numbers)) or not isinstance(classes, int | Tensor | None):
        raise ConfigError(f"{name} holds a latent that is no list of numbers: give a file that `ganlab invert` wrote")
    return Key(torch.tensor(numbers), classes)
