"""Our own HTTP routes, for the components of our own pages only; `guard` says whom they answer."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import plotly
import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from ganlab.errors import GanlabError, RunError
from ganlab.explore import as_trained
from ganlab.export.browser import modules
from ganlab.pictures import encode, make_grid
from ganlab.ui.branches import branches_view
from ganlab.ui.browser import ROUTE, version
from ganlab.ui.compare_view import compare_view
from ganlab.ui.dirac_view import dirac_view
from ganlab.ui.explore_requests import as_whole, whole
from ganlab.ui.explore_routes import explore_routes
from ganlab.ui.explore_sources import as_snapshot
from ganlab.ui.guard import RefusedError, StaleTokenError, check_request
from ganlab.ui.lab import Lab, lab
from ganlab.ui.live import live_view
from ganlab.ui.plane import moves_view, plane_view, update_view
from ganlab.ui.runs_rows import live_facts
from ganlab.ui.sentences import as_sentence
from ganlab.ui.steering import steer

Answer = Callable[[Lab, Request], Response]

_FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
_NEVER = {"Cache-Control": "no-store"}
#: The longest order: all settings at once are a tenth of it.
_LONGEST_ORDER = 2**16


def routes() -> list[Route]:
    """All of them, under `server.baseUrlPath`, to be handed to `st.App`."""
    base = "/" + st.get_option("server.baseUrlPath").strip("/")
    known = [
        Route("/train", _train),
        Route("/ganlab/static/plotly.min.js", _plotly),
        Route(f"/{ROUTE}/{version()}/{{path:path}}", _module),
        Route("/ganlab/runs/{run_id}/live", _guarded(_live)),
        Route("/ganlab/runs/{run_id}/pulse", _guarded(_pulse)),
        Route("/ganlab/runs/{run_id}/samples/{step}", _guarded(_sample)),
        Route("/ganlab/runs/{run_id}/raw/{snapshot}", _guarded(_raw)),
        Route("/ganlab/runs/{run_id}/scores/{step}", _guarded(_scores)),
        Route("/ganlab/runs/{run_id}/branches", _guarded(_branches)),
        Route("/ganlab/runs/{run_id}/plane", _guarded(_plane)),
        Route("/ganlab/runs/{run_id}/plane/update", _guarded(_plane_update)),
        Route("/ganlab/runs/{run_id}/plane/{step}", _guarded(_plane_look)),
        Route("/ganlab/runs/{run_id}/plane/{step}/moves", _guarded(_plane_moves)),
        Route("/ganlab/runs/{run_id}/csv", _guarded(_csv)),
        Route("/ganlab/compare", _guarded(_compare)),
        Route("/ganlab/dirac", _guarded(lambda lab, request: _json(dirac_view(request.query_params)))),
        *explore_routes(_answered),
        Route("/ganlab/runs/{run_id}/{action}", _act, methods=["POST"]),
    ]
    return [Route(base.rstrip("/") + route.path, route.endpoint, methods=route.methods) for route in known]


def _guarded(answer: Answer) -> Callable[[Request], Response]:
    """For requests that are read at once: Starlette runs them beside its loop."""

    @functools.wraps(answer)
    def guarded(request: Request) -> Response:
        return _answered(request, lambda: answer(lab(), request))

    return guarded


def _answered(request: Request, answer: Callable[[], Response]) -> Response:
    """The answer to one of our own pages, or what is wrong in one sentence."""
    try:
        check_request(request, lab().token)
        return answer()
    except RefusedError as error:
        return _json({"error": as_sentence(error)}, 403)
    except StaleTokenError as error:
        return _json({"error": as_sentence(error)}, 401)
    except RunError as error:
        return _json({"error": as_sentence(error)}, 404 if request.method == "GET" else 409)
    except GanlabError as error:
        return _json({"error": as_sentence(error)}, 400)


async def _act(request: Request) -> Response:
    """An order. Its body is read only of those who may give one."""
    nothing = _answered(request, Response)
    if nothing.status_code != 200:
        return nothing
    body = await _body(request)
    if body is None:
        return _json({"error": f"the request is longer than {_LONGEST_ORDER:,} bytes: send only what changes"}, 413)
    run_id, action = request.path_params["run_id"], request.path_params["action"]
    return await run_in_threadpool(_answered, request, lambda: _json(steer(lab().service, run_id, action, body)))


async def _body(request: Request) -> bytes | None:
    """None when it is too long; then the rest is not read."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_ORDER:
            return None
    return body


def _pulse(lab: Lab, request: Request) -> Response:
    return _json(live_facts(lab, request.path_params["run_id"]))


def _live(lab: Lab, request: Request) -> Response:
    view = live_view(
        lab,
        request.path_params["run_id"],
        bucket=whole(request, "bucket", 0),
        start=whole(request, "start", 0),
        timeline=whole(request, "timeline", 0) if request.query_params.get("timeline") else None,
    )
    return _json(view)


def _sample(lab: Lab, request: Request) -> Response:
    grid = lab.runs.get(request.path_params["run_id"]).sample(_step(request))
    return Response(grid, media_type="image/webp", headers=_NEVER)


def _raw(lab: Lab, request: Request) -> Response:
    """The grid as G itself draws it while it trains, at a snapshot or now, and of which step it is."""
    step, pictures = as_trained(
        lab.explorer, request.path_params["run_id"], as_snapshot(request.path_params["snapshot"])
    )
    told = {"X-Ganlab-Step": str(step)}
    return Response(encode(make_grid(pictures), "webp"), media_type="image/webp", headers=_NEVER | told)


def _scores(lab: Lab, request: Request) -> Response:
    """The histogram of D's scores beside a grid; an empty one for a grid of an older version."""
    run, step = lab.runs.get(request.path_params["run_id"]), _step(request)
    if not run.sample_path(step).exists():
        raise RunError(f"there are no scores of step {step}: choose another step")
    return _json(run.scores(step) or {})


def _branches(lab: Lab, request: Request) -> Response:
    return _json(branches_view(lab, request.path_params["run_id"]))


def _plane(lab: Lab, request: Request) -> Response:
    return _json(plane_view(lab, request.path_params["run_id"]))


def _plane_look(lab: Lab, request: Request) -> Response:
    look = lab.runs.get(request.path_params["run_id"]).plane(_step(request))
    return Response(look, media_type="application/octet-stream", headers=_NEVER)


def _plane_update(lab: Lab, request: Request) -> Response:
    look = update_view(lab, request.path_params["run_id"])
    return Response(look, media_type="application/octet-stream", headers=_NEVER)


def _plane_moves(lab: Lab, request: Request) -> Response:
    return _json(moves_view(lab, request.path_params["run_id"], _step(request)))


def _compare(lab: Lab, request: Request) -> Response:
    run_ids = [name for name in request.query_params.get("runs", "").split(",") if name]
    return _json(compare_view(lab, run_ids, request.query_params.get("series", "")))


def _csv(lab: Lab, request: Request) -> Response:
    """All that was logged of each step, part by part."""
    run = lab.runs.get(request.path_params["run_id"])
    name = {"Content-Disposition": f'attachment; filename="{run.id}.csv"'}
    return StreamingResponse(run.csv(), media_type="text/csv", headers=_NEVER | name)


def _train(request: Request) -> Response:
    """Streamlit has the page that comes first at the root alone; a relative address holds behind every proxy."""
    return RedirectResponse(f"./?{request.url.query}" if request.url.query else "./")


def _module(request: Request) -> Response:
    text = modules().get(request.path_params["path"])
    if text is None:
        return Response("There is no such module.", 404, media_type="text/plain", headers=_NEVER)
    return Response(text, media_type="text/javascript", headers=_FOREVER)


def _plotly(request: Request) -> Response:
    bundle = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    return FileResponse(bundle, media_type="text/javascript", headers=_FOREVER)


def _json(content: dict[str, Any], status: int = 200) -> Response:
    body = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(body, status, media_type="application/json", headers=_NEVER)


def _step(request: Request) -> int:
    return as_whole("step", request.path_params["step"])
