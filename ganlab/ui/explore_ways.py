"""Ways through latent space for the Explore page: the latents on them, and films of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import torch
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ganlab.data import shape_for
from ganlab.explore import (
    FORMS,
    MOST_WALK_FRAMES,
    FormName,
    Walk,
    draw,
    film,
    key_shares,
    random_keys,
    walk_latents,
)
from ganlab.explore.checks import check_one_of, check_whole
from ganlab.explore.films import LARGEST, MOST_FPS, SMALLEST
from ganlab.gan.latent import WalkName, between_corners
from ganlab.ui.explore_requests import NEVER, Asked, asked, latents_response, lines, loaded_for, whole
from ganlab.ui.lab import Lab

_DRAWN_AT_ONCE = 32
#: Drawing is so much of the time that a film takes, and writing the rest.
_DRAWING = 0.5


def way(lab: Lab, request: Request, body: bytes) -> Response:
    """The latents of all frames through key frames."""
    wanted = asked(lab, request, body)
    query = request.query_params
    how = query.get("how", "spline")
    walk = Walk(whole(request, "frames", 150), cast(WalkName, how), query.get("loop") == "1")
    return latents_response(*walk_latents(wanted.loaded, wanted.keys(), walk))


def corners(lab: Lab, request: Request, body: bytes) -> Response:
    """The latents of a square grid between four key frames."""
    wanted = asked(lab, request, body)
    side = whole(request, "side", 8)
    check_whole("side", side, 2, 16)
    check_whole("the number of corners", len(wanted.latents), 4, 4)
    latents = between_corners(wanted.latents, side, side, wanted.loaded.space)
    shares = wanted.shares
    if shares is not None:
        shares = between_corners(shares, side, side, wanted.loaded.space, how="lerp")
    return latents_response(latents, shares)


def wander(lab: Lab, request: Request, body: bytes) -> Response:
    """Key frames of a random walk."""
    loaded = loaded_for(lab, request)
    keys = random_keys(loaded, whole(request, "seed", 0), whole(request, "count", 6))
    return latents_response(torch.stack([key.latent for key in keys]), key_shares(loaded, keys))


def as_film(lab: Lab, request: Request, body: bytes) -> Response:
    """A film of latents, one frame each: lines that tell how far it is, a line that names the file, the file."""
    wanted = asked(lab, request, body, most=MOST_WALK_FRAMES)
    form = request.query_params.get("form", "mp4")
    fps, size = whole(request, "fps", 30), whole(request, "size", 512)
    check_one_of("form", form, tuple(FORMS))
    check_whole("fps", fps, 1, MOST_FPS)
    check_whole("size", size, SMALLEST, LARGEST)
    parts = lines(_film(wanted, cast(FormName, form), fps, size))
    return StreamingResponse(parts, media_type="application/octet-stream", headers=NEVER)


def _film(wanted: Asked, form: FormName, fps: int, size: int) -> Iterator[dict[str, Any] | bytes]:
    loaded, latents, shares = wanted.loaded, wanted.latents, wanted.shares
    at_once = _DRAWN_AT_ONCE if len(shape_for(loaded.config)) == 3 else 1  # points at once are one picture
    frames: list[np.ndarray] = []
    for start in range(0, len(latents), at_once):
        part = slice(start, start + at_once)
        frames.append(draw(loaded, latents[part], None if shares is None else shares[part]))
        yield {"share": _DRAWING * min(1.0, (start + at_once) / len(latents))}
    content = film(np.concatenate(frames), form, fps=fps, size=size)
    yield {"file": f"walk-step{loaded.step}.{form}", "bytes": len(content)}
    yield content
