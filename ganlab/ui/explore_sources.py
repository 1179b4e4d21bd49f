"""Where a generator on Explore comes from: a run of this lab, or a snapshot file that was dropped in."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any, Literal, cast

from ganlab.config import whole_of
from ganlab.data import shape_for
from ganlab.errors import GanlabError, RunError, SnapshotError
from ganlab.explore import WEIGHTS, Loaded, Snapshot, WeightsName, load_file
from ganlab.explore.checks import check_one_of
from ganlab.export.compile import program_of
from ganlab.gan.priors import PRIORS
from ganlab.runs.directions import KeptDirection, kept_directions
from ganlab.ui.lab import Lab
from ganlab.ui.quality import best_view

#: What the ids of files begin with; no run is called so.
FILE = "file:"
#: Files that are remembered, the last ones.
MOST_FILES = 4
MOST_FILE_MB = 400

_files: OrderedDict[str, dict[WeightsName, Loaded]] = OrderedDict()
_lock = threading.Lock()


def take_in(content: bytes, name: str) -> str:
    """Remember a snapshot file while the app runs; returns the id that it is asked for by. Raises SnapshotError."""
    source = FILE + hashlib.sha256(content).hexdigest()[:16]
    with _lock:
        if source in _files:
            _files.move_to_end(source)
            return source
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "snapshot.safetensors"  # a name from a page is for sentences alone
        path.write_bytes(content)
        read: dict[WeightsName, Loaded] = {"average": load_file(path, called=name)}
        with contextlib.suppress(SnapshotError):  # a slimmed file has the average alone
            read["generator"] = load_file(path, weights="generator", called=name)
    with _lock:
        _files[source] = read
        while len(_files) > MOST_FILES:
            _files.popitem(last=False)
    return source


def load(lab: Lab, source: str, snapshot: str = "last", weights: str = "average") -> Loaded:
    """The generator that a page asks for. snapshot: a step, "last" or "live"; a file has only one.

    Raises GanlabError.
    """
    check_one_of("weights", weights, WEIGHTS)
    if not source.startswith(FILE):
        return lab.explorer.load(source, _named(lab, source, snapshot), weights=cast(WeightsName, weights))
    with _lock:
        read = _files.get(source)
    if read is None:
        raise RunError("the file of this link is no longer here: drop it in again")
    if weights not in read:
        raise SnapshotError(f"{read['average'].source} has the averaged weights alone: choose weights 'average'")
    return read[cast(WeightsName, weights)]


def _named(lab: Lab, source: str, snapshot: str) -> Snapshot:
    """The snapshot of a run that a page names; of one that has just begun the weights in training."""
    known = as_snapshot(snapshot)
    return "live" if known == "last" and not lab.explorer.snapshots(source) else known


def as_snapshot(text: str) -> Snapshot:
    if text in ("last", "live"):
        return cast(Literal["last", "live"], text)
    step = whole_of(text)
    if step is None or step < 0:
        raise GanlabError(f"snapshot must be a step, 'last' or 'live', got {text[:40]!r}")
    return step


def described(lab: Lab, source: str, snapshot: str, weights: str) -> dict[str, Any]:
    """What a page must know of a generator before it can draw, JSON-ready. Raises GanlabError."""
    loaded = load(lab, source, snapshot, weights)
    space, shape = loaded.space, shape_for(loaded.config)
    from_file = source.startswith(FILE)
    return {
        "source": source,
        "title": loaded.source,
        "step": loaded.step,
        **(
            {"steps": [loaded.step], "best": None, "live": False, "state": "", "moves": False}
            if from_file
            else news(lab, source)
        ),
        "max_steps": loaded.config.max_steps,
        "raw": _has_raw(lab, source, snapshot),
        "program_bytes": _program_bytes(loaded),
        "z_dim": space.z_dim,
        "prior": space.prior,
        "half_width": space.half_width,
        "deviation": space.deviation,
        "reach": PRIORS[space.prior].spread(space.half_width) / space.deviation,
        "shape": shape,
        "class_count": loaded.class_count,
        "class_names": loaded.class_names,
    }


#: Of a file, which stays as it is.
_NO_NEWS: dict[str, Any] = {"best": None, "live": False, "state": "", "moves": False}


def news(lab: Lab, run_id: str) -> dict[str, Any]:
    """What may change of a run while it is looked at: its snapshots, whether it has weights in training, its state.

    Raises RunError.
    """
    status = lab.service.status(run_id)
    return {
        "steps": lab.explorer.snapshots(run_id),
        "live": lab.service.live_generator(run_id) is not None,
        "best": best_view(lab.runs.get(run_id).history()),
        "state": status.state,
        "moves": status.live or status.state == "paused",
    }


def kept_directions_of(lab: Lab, source: str) -> tuple[KeptDirection, ...]:
    """The named directions of a run; a file has none. Raises RunError."""
    return () if source.startswith(FILE) else kept_directions(lab.runs.get(source))


def kept(lab: Lab, source: str) -> dict[str, Any]:
    """The named directions of a run, JSON-ready. Raises RunError."""
    rows = kept_directions_of(lab, source)
    return {
        "names": [row.name for row in rows],
        "shares": [],
        "moves": [row.move for row in rows],
        "about": [row.about for row in rows],
    }


def _program_bytes(loaded: Loaded) -> int | None:
    """About how much a page has to fetch to draw by itself; None where it cannot."""
    try:
        return 4 * program_of(loaded.generator).weight_count()
    except GanlabError:
        return None


def _has_raw(lab: Lab, source: str, snapshot: str) -> bool:
    """Whether there are weights as trained beside the average. A run in progress has them, for who asks."""
    if not source.startswith(FILE) and _named(lab, source, snapshot) == "live" and lab.service.live_generator(source):
        return True
    try:
        load(lab, source, snapshot, "generator")
    except RunError:
        return False
    return True
