"""The tools of the Explore page: other generators beside this one, searches, nearest pictures, arithmetic."""

from __future__ import annotations

import base64
import functools
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, cast

import numpy as np
import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from torch import Tensor

from ganlab.config import TrainConfig, parse_config
from ganlab.data import DATASETS, Dataset, load_for
from ganlab.errors import ConfigError, DataError, RunError
from ganlab.explore import (
    MEASURES,
    Loaded,
    MeasureName,
    check_classes,
    class_direction,
    classifier_of,
    diversity,
    finding,
    has_classifier,
    looks_inverted,
    neighbours,
    prepared,
    samples,
    side_by_side,
)
from ganlab.explore.checks import check_one_of, check_whole
from ganlab.gan.latent import Search, arithmetic, share_arithmetic
from ganlab.runs import Run
from ganlab.runs.directions import KeptDirection, forget_direction, keep_direction
from ganlab.ui.explore_requests import (
    NEVER,
    Asked,
    asked,
    latents_response,
    lines,
    loaded_for,
    pictures_response,
    to_json,
    to_rgba,
    whole,
)
from ganlab.ui.explore_sources import FILE, kept, load
from ganlab.ui.explore_told import Doing, told
from ganlab.ui.lab import Lab
from ganlab.ui.presence import presence_of

#: Real pictures to pick from.
_PICKED_FROM = 24
_MOST_COMPARED = 16
_TOLD_EVERY_S = 0.12

_TRAINING = "Training a small classifier, once"

_Lines = Iterator[dict[str, Any] | bytes]


def others(lab: Lab, request: Request, body: bytes) -> Response:
    """The runs that the same z can be shown in, and their snapshots."""
    loaded = loaded_for(lab, request)
    same = [run for run in lab.runs.all() if run.config.z_dim == loaded.config.z_dim]
    rows = [{"id": run.id, "title": run.title, "steps": run.snapshot_steps()} for run in same]
    return to_json({"runs": [row for row in rows if row["steps"]]})


def beside(lab: Lab, request: Request, body: bytes) -> Response:
    """Pictures of the same latents in another generator."""
    wanted = asked(lab, request, body)
    query = request.query_params
    other = load(
        lab, query.get("other", ""), query.get("other_snapshot", "last"), query.get("other_weights", "average")
    )
    shares = wanted.shares if other.class_count == wanted.loaded.class_count else None
    return pictures_response(side_by_side(wanted.loaded, other, wanted.latents, shares)[1], Step=other.step)


def real(lab: Lab, request: Request, body: bytes) -> Response:
    """Real pictures of the run's dataset, held-out ones where there are some."""
    return pictures_response(np.asarray(_real(loaded_for(lab, request)).permute(0, 2, 3, 1)))


def find(lab: Lab, request: Request, body: bytes) -> Response:
    """The search for a picture's latent: the file that is sent, or number `real` of the real ones.

    invert: 1 turns its colours about, 0 keeps them; else they are turned where it looks like a negative. The search
    goes on while its answer is read, and ends with the connection.
    """
    loaded = loaded_for(lab, request)
    inverted = False
    if body:
        target = prepared(body, loaded, name=request.query_params.get("name", "the picture")[:80])
        asked_for = request.query_params.get("invert")
        inverted = looks_inverted(loaded, target) if asked_for is None else asked_for == "1"
        target = -target if inverted else target
    else:
        pictures, number = _real(loaded), whole(request, "real", 0)
        check_whole("real", number, 0, len(pictures) - 1)
        target = pictures[number].float() / 127.5 - 1
    label = whole(request, "label", 0) if request.query_params.get("label") else None
    return _streamed(_search(loaded, target, inverted, whole(request, "seed", 0), label))


def _search(loaded: Loaded, target: Tensor, inverted: bool, seed: int, label: int | None) -> _Lines:
    """The target and whether its colours were turned about, then where the search stands, several times a second."""
    shown = to_rgba(((target + 1) * 127.5).round().clamp(0, 255).byte().permute(1, 2, 0).numpy()[None])
    yield {"target": _base64(shown), "height": shown.shape[1], "width": shown.shape[2], "inverted": inverted}
    search = Search()
    losses: list[float] = []
    told = time.monotonic()
    best = None
    for found in finding(loaded, target, search=search, seed=seed, label=label):
        losses.append(found.loss)
        best = found if best is None or found.psnr_db > best.psnr_db else best
        if time.monotonic() - told > _TOLD_EVERY_S or found.step == search.steps:
            told = time.monotonic()
            where = {"step": found.step, "steps": search.steps, "losses": losses, "psnr": best.psnr_db}
            yield where | {"z": best.latent.tolist(), "label": best.label}
            losses = []


def near(lab: Lab, request: Request, body: bytes) -> Response:
    """The nearest training pictures of samples, beside what held-out pictures have."""
    wanted = asked(lab, request, body, most=_MOST_COMPARED)
    by = request.query_params.get("by", "pixels")
    check_one_of("by", by, MEASURES)
    return told_response(lambda doing: _near(wanted, cast(MeasureName, by), doing))


def _near(wanted: Asked, by: MeasureName, doing: Doing) -> dict[str, Any]:
    data = read_for(wanted.loaded, doing)
    if by == "features" and has_classifier(data):
        classifier_of(data, progress=doing(_TRAINING))
    made = samples(wanted.loaded, wanted.latents, wanted.shares)
    found = neighbours(data, made, by=by, progress=doing("Comparing with every training picture"))
    pictures = data.examples[found.indices.flatten()].permute(0, 2, 3, 1).numpy()
    return {
        "verdict": found.verdict(),
        "measure": found.measure,
        "usual_words": found.usual_words,
        "indices": found.indices.tolist(),
        "distances": found.distances.tolist(),
        "nearer_than": found.nearer_than(),
        "usual": found.usual.tolist(),
        "pictures": _base64(to_rgba(pictures)),
        "height": pictures.shape[1],
        "width": pictures.shape[2],
    }


def varied(lab: Lab, request: Request, body: bytes) -> Response:
    """Which classes 1,000 samples are of, and how varied they are within each."""
    loaded = loaded_for(lab, request)
    return told_response(lambda doing: _varied(loaded, doing))


def _varied(loaded: Loaded, doing: Doing) -> dict[str, Any]:
    data = read_for(loaded, doing)
    classifier_of(data, progress=doing(_TRAINING))
    return asdict(diversity(loaded, data, progress=doing("Drawing 1,000 samples")))


def total(lab: Lab, request: Request, body: bytes) -> Response:
    """The mean of the first `a` latents, minus that of the next `b`, plus that of the next `c`; so with classes."""
    wanted = asked(lab, request, body)
    counts = [whole(request, name, 0) for name in "abc"]
    if min(counts) < 0 or sum(counts) != len(wanted.latents) or not counts[0] + counts[2]:
        raise ConfigError(f"A − B + C needs at least one picture in A or C, got {counts}: pick some")
    latents = arithmetic(*_terms(wanted.latents, counts))
    shares = None if wanted.shares is None else share_arithmetic(*_terms(wanted.shares, counts))[None]
    return latents_response(latents[None], shares)


def _terms(rows: Tensor, counts: list[int]) -> tuple[list[Tensor], list[Tensor]]:
    """What is added, and what is subtracted."""
    a, b, c = rows.split(counts)
    return [part for part in (a, c) if len(part)], [b] if len(b) else []


def attributes(lab: Lab, request: Request, body: bytes) -> Response:
    """The classes that a direction can lead from and to."""
    loaded = loaded_for(lab, request)
    spec = DATASETS[loaded.config.dataset]
    return to_json({"classes": loaded.config.classes or spec.class_names})


def attribute(lab: Lab, request: Request, body: bytes) -> Response:
    """Find the direction from one class to another, and keep it with the run."""
    loaded = loaded_for(lab, request)
    lack, have = (request.query_params.get(name, "") for name in ("lack", "have"))
    run = _run_of(lab, request)

    def find_and_keep(doing: Doing) -> dict[str, Any]:
        data = read_for(loaded, doing)
        check_classes(data, lack, have)
        classifier_of(data, progress=doing(_TRAINING))
        move = class_direction(loaded, data, lack, have, progress=doing("Drawing 2,000 samples and naming them"))
        about = f"from samples called {lack} to those called {have}, step {loaded.step}"
        keep_direction(run, KeptDirection(f"{lack} → {have}", tuple(move.tolist()), about))
        return kept(lab, run.id)

    return told_response(find_and_keep)


def keep(lab: Lab, request: Request, body: bytes) -> Response:
    """Keep a move under a name: {"name", "move", "about"}."""
    run = _run_of(lab, request)
    try:
        content = orjson.loads(body)
        row = KeptDirection(
            str(content["name"]).strip(), tuple(map(float, content["move"])), str(content["about"])[:200]
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        raise ConfigError("the direction was not understood: reload the page") from None
    keep_direction(run, row)
    return to_json(kept(lab, run.id))


def forget(lab: Lab, request: Request, body: bytes) -> Response:
    run = _run_of(lab, request)
    forget_direction(run, request.query_params.get("name", ""))
    return to_json(kept(lab, run.id))


def data_of(config: TrainConfig) -> Dataset:
    """The training examples of a run, kept while they are asked for. Raises DataError; downloads nothing."""
    spec = DATASETS[config.dataset]
    if presence_of(spec) == "not downloaded":
        raise DataError(f"dataset {spec.title} is not on this machine yet: the Data page downloads it")
    return _read(config.model_dump_json())


@functools.lru_cache(maxsize=2)
def _read(config: str) -> Dataset:
    return load_for(parse_config(orjson.loads(config)))


def _real(loaded: Loaded) -> Tensor:
    data = data_of(loaded.config)
    if len(data.shape) != 3:
        raise ConfigError(f"{loaded.source} makes points of the plane, and a picture is none: choose a run on images")
    return (data.examples if data.held_out is None else data.held_out)[:_PICKED_FROM]


def _run_of(lab: Lab, request: Request) -> Run:
    source = request.path_params["source"]
    if source.startswith(FILE):
        raise RunError("directions are kept with runs, and this is a file: open its run")
    return lab.runs.get(source)


def read_for(loaded: Loaded, doing: Doing) -> Dataset:
    """The training examples of a run, told of while they are read. Raises DataError."""
    doing("Reading the training pictures")(0)
    return data_of(loaded.config)


def told_response(work: Callable[[Doing], dict[str, Any]]) -> Response:
    """Lines that say how far the work is, then what it returns."""
    return StreamingResponse(told(work), media_type="application/x-ndjson", headers=NEVER)


def _streamed(parts: _Lines) -> Response:
    return StreamingResponse(lines(parts), media_type="application/x-ndjson", headers=NEVER)


def _base64(pixels: np.ndarray) -> str:
    return base64.b64encode(pixels.tobytes()).decode()
