"""Ways through latent space for the Explore page: the latents on them, and films of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
    ages,
    draw,
    film,
    film_of_ages,
    film_of_grids,
    key_shares,
    random_keys,
    walk_latents,
)
from ganlab.explore.checks import check_one_of, check_whole
from ganlab.explore.films import LARGEST, MOST_FPS, SMALLEST
from ganlab.gan.latent import WalkName, between_corners
from ganlab.runs import Run
from ganlab.ui.explore_requests import NEVER, Asked, asked, latents_response, lines, loaded_for, whole
from ganlab.ui.lab import Lab

_DRAWN_AT_ONCE = 32
#: Drawing is so much of the time that a film takes, and writing the rest.
_DRAWING = 0.5

_Parts = Iterator[dict[str, Any] | bytes]


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


@dataclass(frozen=True)
class _As:
    """What a film is asked for as."""

    form: FormName
    fps: int
    size: int


def as_film(lab: Lab, request: Request, body: bytes) -> Response:
    """A film of latents, one frame each: lines that tell how far it is, a line that names the file, the file."""
    return _streamed(_walked(asked(lab, request, body, most=MOST_WALK_FRAMES), _wanted(request, fps=30)))


def film_over_time(lab: Lab, request: Request, body: bytes) -> Response:
    """A film of the same latents at each snapshot of a run, told likewise."""
    wanted = asked(lab, request, body)
    lab.runs.get(request.path_params["source"])
    return _streamed(_aged(lab, wanted, request, _wanted(request, fps=4)))


def film_of_samples(lab: Lab, request: Request, body: bytes) -> Response:
    """A film of the grids that a run has kept, told likewise."""
    run = lab.runs.get(request.path_params["source"])
    return _streamed(_kept(run, _wanted(request, fps=4)))


def _wanted(request: Request, *, fps: int) -> _As:
    form = request.query_params.get("form", "mp4")
    check_one_of("form", form, tuple(FORMS))
    wanted = _As(cast(FormName, form), whole(request, "fps", fps), whole(request, "size", 512))
    check_whole("fps", wanted.fps, 1, MOST_FPS)
    check_whole("size", wanted.size, SMALLEST, LARGEST)
    return wanted


def _streamed(parts: _Parts) -> Response:
    return StreamingResponse(lines(parts), media_type="application/octet-stream", headers=NEVER)


def _aged(lab: Lab, wanted: Asked, request: Request, film_as: _As) -> _Parts:
    source, weights = request.path_params["source"], wanted.loaded.weights
    yield {"share": 0.0}
    found = ages(lab.explorer, source, wanted.latents, wanted.shares, weights=weights)
    yield {"share": _DRAWING}
    yield from _written(film_of_ages(found, film_as.size), film_as, f"{source}-over-time")


def _kept(run: Run, film_as: _As) -> _Parts:
    yield {"share": 0.0}
    frames = film_of_grids(run, film_as.size)
    yield {"share": _DRAWING}
    yield from _written(frames, film_as, f"{run.id}-samples")


def _written(frames: np.ndarray, film_as: _As, name: str) -> _Parts:
    """The line that names the file, and the file; frames that have their width already."""
    content = film(frames, film_as.form, fps=film_as.fps, size=frames.shape[2])
    yield {"file": f"{name}.{film_as.form}", "bytes": len(content)}
    yield content


def _walked(wanted: Asked, film_as: _As) -> _Parts:
    loaded, latents, shares = wanted.loaded, wanted.latents, wanted.shares
    at_once = _DRAWN_AT_ONCE if len(shape_for(loaded.config)) == 3 else 1  # points at once are one picture
    frames: list[np.ndarray] = []
    for start in range(0, len(latents), at_once):
        part = slice(start, start + at_once)
        frames.append(draw(loaded, latents[part], None if shares is None else shares[part]))
        yield {"share": _DRAWING * min(1.0, (start + at_once) / len(latents))}
    content = film(np.concatenate(frames), film_as.form, fps=film_as.fps, size=film_as.size)
    yield {"file": f"walk-step{loaded.step}.{film_as.form}", "bytes": len(content)}
    yield content
