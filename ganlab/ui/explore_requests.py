"""What the routes of the Explore page read and write.

Latents go both ways as float32, little-endian, one after the other, and after all of them each one's share of every
class, where the generator has classes. Pictures go to the page as bytes of RGBA, as a canvas takes them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import torch
from starlette.requests import Request
from starlette.responses import Response
from torch import Tensor

from ganlab.config import whole_of
from ganlab.errors import ConfigError, GanlabError
from ganlab.explore import FARTHEST_MOVE, Key, Loaded
from ganlab.ui.explore_sources import load
from ganlab.ui.lab import Lab
from ganlab.ui.sentences import as_sentence

NEVER = {"Cache-Control": "no-store"}
MOST_AT_ONCE = 256
_BINARY = "application/octet-stream"


@dataclass(frozen=True)
class Asked:
    """A generator and latents (N, z_dim) with each one's share of every class (N, classes), or None."""

    loaded: Loaded
    latents: Tensor
    shares: Tensor | None

    def keys(self) -> list[Key]:
        """The latents as key frames, each with its shares of classes."""
        shares = [None] * len(self.latents) if self.shares is None else self.shares
        return [Key(latent, classes) for latent, classes in zip(self.latents, shares, strict=True)]


def loaded_for(lab: Lab, request: Request) -> Loaded:
    query = request.query_params
    return load(lab, request.path_params["source"], query.get("snapshot", "last"), query.get("weights", "average"))


def asked(lab: Lab, request: Request, body: bytes, *, most: int = MOST_AT_ONCE) -> Asked:
    """The latents of a request. Raises ConfigError: not whole latents, none, too many, not finite, too far out."""
    loaded = loaded_for(lab, request)
    z_dim, classes = loaded.config.z_dim, loaded.class_count
    count, rest = divmod(len(body), 4 * (z_dim + classes))
    if rest or not 0 < count <= most:
        raise ConfigError(
            f"{len(body):,} bytes are not 1 to {most} latents of {z_dim} numbers and {classes} classes: reload the page"
        )
    numbers = torch.from_numpy(np.frombuffer(body, "<f4").copy())
    if not bool((numbers.abs() <= FARTHEST_MOVE).all()):
        raise ConfigError(f"latents must be numbers from −{FARTHEST_MOVE:g} to {FARTHEST_MOVE:g}: reset the sliders")
    latents, shares = numbers[: count * z_dim].view(count, z_dim), numbers[count * z_dim :].view(count, classes)
    return Asked(loaded, latents, shares if classes else None)


def whole(request: Request, name: str, default: int) -> int:
    """A number of the query. Raises ConfigError for anything else."""
    return as_whole(name, request.query_params.get(name, str(default)))


def as_whole(name: str, text: str) -> int:
    """A whole number as a request writes it. Raises ConfigError for anything else."""
    number = whole_of(text)
    if number is None:
        raise ConfigError(f"{name} must be a whole number of at most 18 digits, got {text[:40]!r}")
    return number


def number(request: Request, name: str, default: float) -> float:
    text = request.query_params.get(name, str(default))
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise GanlabError(f"{name} must be a number, got {text[:40]!r}")
    return found


def to_json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(dumped(content), status, media_type="application/json", headers=NEVER)


def dumped(content: dict[str, Any]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)


def to_rgba(pictures: np.ndarray) -> np.ndarray:
    """uint8 (N, H, W, C), C 1 or 3 → (N, H, W, 4), opaque."""
    opaque = np.full((*pictures.shape[:3], 4), 255, np.uint8)
    opaque[..., :3] = pictures
    return opaque


def pictures_response(pictures: np.ndarray, **told: str | int | float) -> Response:
    """uint8 (N, H, W, C) as RGBA; size and what else is told in headers."""
    height, width = pictures.shape[1:3]
    return Response(
        to_rgba(pictures).tobytes(), media_type=_BINARY, headers=_headers({"Size": f"{width}x{height}"} | told)
    )


def latents_response(latents: Tensor, shares: Tensor | None) -> Response:
    parts = [latents] if shares is None else [latents, shares]
    content = b"".join(part.contiguous().numpy().astype("<f4").tobytes() for part in parts)
    return Response(content, media_type=_BINARY, headers=_headers({"Count": len(latents)}))


def lines(parts: Iterator[dict[str, Any] | bytes]) -> Iterator[bytes]:
    """Progress as JSON lines, and bytes as they are; an error becomes the last line."""
    try:
        for part in parts:
            yield part if isinstance(part, bytes) else dumped(part) + b"\n"
    except (GanlabError, OSError) as error:
        yield dumped({"error": as_sentence(error)}) + b"\n"


def _headers(told: dict[str, Any]) -> dict[str, str]:
    return NEVER | {f"X-Ganlab-{name}": str(value) for name, value in told.items()}
