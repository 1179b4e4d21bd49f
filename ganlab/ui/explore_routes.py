"""The routes of the Explore page: pictures, directions, ways, films, tools; `explore_requests` says in what form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ganlab.explore import MOST_PICTURE_BYTES, directions_of, draw
from ganlab.explore.checks import check_one_of
from ganlab.gan.latent import DIRECTIONS
from ganlab.ui import explore_tools as tools
from ganlab.ui.explore_judging import judged, judged_at_each
from ganlab.ui.explore_requests import asked, loaded_for, pictures_response, to_json
from ganlab.ui.explore_sources import described, kept, kept_directions_of, news
from ganlab.ui.explore_ways import as_film, corners, film_of_samples, film_over_time, wander, way
from ganlab.ui.generator_route import file_response, program_response
from ganlab.ui.lab import Lab, lab

#: (lab, request, its body) → the answer. Raises GanlabError.
Answer = Callable[[Lab, Request, bytes], Response]
#: Answers one of our own pages, or says in one sentence what is wrong.
Answered = Callable[[Request, Callable[[], Response]], Response]

#: Latents of 1,800 frames of 512 numbers.
MOST_BYTES = 2**22
#: Directions of a kind; of the numbers of z, all.
MOST_DIRECTIONS = 16


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


def _space(lab: Lab, request: Request, body: bytes) -> Response:
    query = request.query_params
    source = request.path_params["source"]
    return to_json(described(lab, source, query.get("snapshot", "last"), query.get("weights", "average")))


def _news(lab: Lab, request: Request, body: bytes) -> Response:
    return to_json(news(lab, request.path_params["source"]))


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
    return pictures_response(draw(wanted.loaded, wanted.latents, wanted.shares), Step=wanted.loaded.step)


def _program(lab: Lab, request: Request, body: bytes) -> Response:
    return program_response(loaded_for(lab, request))


def _take(lab: Lab, request: Request, body: bytes) -> Response:
    """A file to take the generator away in."""
    wanted = {name: value for name, value in request.query_params.items() if name not in ("snapshot", "weights")}
    return file_response(
        loaded_for(lab, request), wanted, lambda: kept_directions_of(lab, request.path_params["source"])
    )


#: Method, path after the source, answer, longest body.
ROUTES: list[tuple[str, str, Answer, int]] = [
    ("GET", "space", _space, 0),
    ("GET", "news", _news, 0),
    ("GET", "directions", _directions, 0),
    ("GET", "program", _program, 0),
    ("GET", "take", _take, 0),
    ("POST", "draw", _draw, MOST_BYTES),
    ("POST", "way", way, MOST_BYTES),
    ("POST", "corners", corners, MOST_BYTES),
    ("GET", "wander", wander, 0),
    ("POST", "film", as_film, MOST_BYTES),
    ("POST", "film-over-time", film_over_time, MOST_BYTES),
    ("GET", "film-of-samples", film_of_samples, 0),
    ("GET", "others", tools.others, 0),
    ("POST", "beside", tools.beside, MOST_BYTES),
    ("GET", "real", tools.real, 0),
    ("POST", "find", tools.find, MOST_PICTURE_BYTES),
    ("POST", "near", tools.near, MOST_BYTES),
    ("GET", "varied", tools.varied, 0),
    ("GET", "judged", judged, 0),
    ("GET", "judged-at-each", judged_at_each, 0),
    ("POST", "total", tools.total, MOST_BYTES),
    ("GET", "classes", tools.attributes, 0),
    ("POST", "classes", tools.attribute, 0),
    ("POST", "keep", tools.keep, MOST_BYTES),
    ("POST", "forget", tools.forget, 0),
]
