"""The routes of the Explore page: pictures of latents, directions, ways, films.

Latents go both ways as float32, little-endian, one after the other, and after all of them each one's share of every
class, where the generator has classes. Pictures come back as bytes of RGBA, as a canvas takes them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import torch
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from torch import Tensor

from ganlab.errors import ConfigError
from ganlab.explore import FARTHEST_MOVE, Loaded, directions_of, draw
from ganlab.explore.checks import check_one_of
from ganlab.gan.latent import DIRECTIONS
from ganlab.ui.explore_sources import described, kept, load
from ganlab.ui.generator_route import file_response, program_response
from ganlab.ui.lab import Lab, lab

#: (lab, request, its body) → the answer. Raises GanlabError.
Answer = Callable[[Lab, Request, bytes], Response]
#: Answers one of our own pages, or says in one sentence what is wrong.
Answered = Callable[[Request, Callable[[], Response]], Response]

NEVER = {"Cache-Control": "no-store"}
#: Latents of 1,800 frames of 512 numbers.
MOST_BYTES = 2**22
MOST_AT_ONCE = 256
#: Directions of a kind; of the numbers of z, all.
MOST_DIRECTIONS = 16


@dataclass(frozen=True)
class Asked:
    """A generator and latents (N, z_dim) with each one's share of every class (N, classes), or None."""

    loaded: Loaded
    latents: Tensor
    shares: Tensor | None


def explore_routes(answered: Answered) -> list[Route]:
    """All of them; `answered` guards them like all others."""
    return [
        Route(f"/ganlab/explore/{{source}}/{path}", _guarded(answered, answer, most), methods=[method])
        for method, path, answer, most in ROUTES
    ]


def _guarded(answered: Answered, answer: Answer, most: int) -> Callable[[Request], Any]:
    """The body is read only of those who may ask."""

    async def guarded(request: Request) -> Response:
        nothing = answered(request, Response)
        if nothing.status_code != 200:
            return nothing
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > most:
                return to_json({"error": f"the request is longer than {most / 1e6:.0f} MB: send less at once"}, 413)
        return await run_in_threadpool(answered, request, lambda: answer(lab(), request, body))

    return guarded


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


def to_json(content: dict[str, Any], status: int = 200) -> Response:
    body = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(body, status, media_type="application/json", headers=NEVER)


def to_rgba(pictures: np.ndarray) -> np.ndarray:
    """uint8 (N, H, W, C), C 1 or 3 → (N, H, W, 4), opaque."""
    whole = np.full((*pictures.shape[:3], 4), 255, np.uint8)
    whole[..., :3] = pictures
    return whole


def _space(lab: Lab, request: Request, body: bytes) -> Response:
    query = request.query_params
    source = request.path_params["source"]
    return to_json(described(lab, source, query.get("snapshot", "last"), query.get("weights", "average")))


def _directions(lab: Lab, request: Request, body: bytes) -> Response:
    """Of a kind that is found in the generator, or those that were named and kept with its run."""
    kind = request.query_params.get("kind", "weights")
    check_one_of("kind", kind, (*DIRECTIONS, "kept"))
    if kind == "kept":
        return to_json(kept(lab, request.path_params["source"]))
    loaded = loaded_for(lab, request)
    count = loaded.config.z_dim if kind == "raw" else MOST_DIRECTIONS
    found = directions_of(loaded, kind, count=count)  # pyright: ignore[reportArgumentType]
    return to_json({"names": found.names, "shares": found.shares, "moves": found.moves.tolist()})


def _draw(lab: Lab, request: Request, body: bytes) -> Response:
    """Points of the plane come as one picture."""
    wanted = asked(lab, request, body)
    pictures = draw(wanted.loaded, wanted.latents, wanted.shares)
    height, width = pictures.shape[1:3]
    told = {"X-Ganlab-Step": str(wanted.loaded.step), "X-Ganlab-Size": f"{width}x{height}"}
    content = to_rgba(pictures).tobytes()
    return Response(content, media_type="application/octet-stream", headers=NEVER | told)


def _program(lab: Lab, request: Request, body: bytes) -> Response:
    return program_response(loaded_for(lab, request))


def _take(lab: Lab, request: Request, body: bytes) -> Response:
    """A file to take the generator away in."""
    wanted = {name: value for name, value in request.query_params.items() if name not in ("snapshot", "weights")}
    return file_response(loaded_for(lab, request), wanted)


#: Method, path after the source, answer, longest body.
ROUTES: list[tuple[str, str, Answer, int]] = [
    ("GET", "space", _space, 0),
    ("GET", "directions", _directions, 0),
    ("GET", "program", _program, 0),
    ("GET", "take", _take, 0),
    ("POST", "draw", _draw, MOST_BYTES),
]
