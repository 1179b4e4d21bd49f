"""Orders to whoever trains a run, left as files in its folder: any process may send, the one that trains obeys.

An order is a JSON object with a `kind`. Whoever trains takes it at the next tick and says in the log what came of
it: the record that it led to, or `refused`, carries the order's id. One that is left when that process is gone was
not meant for the next: it is `lost`.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from ganlab.runs.files import read_json, write_atomically

Order = dict[str, Any]


def send(folder: Path, order: Mapping[str, Any]) -> str:
    """Leave an order in a run's folder. Returns its id. Raises OSError."""
    folder.mkdir(exist_ok=True)
    order_id = f"{time.time_ns()}-{uuid.uuid4().hex[:8]}"
    write_atomically(folder / f"{order_id}.json", orjson.dumps(_worded(order)))
    return order_id


def _worded(value: Any) -> Any:
    """JSON has no NaN and no infinity: they go as words, so that who refuses them can say what was sent."""
    if isinstance(value, Mapping):
        return {name: _worded(each) for name, each in value.items()}
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def waiting(folder: Path) -> list[tuple[str, Order]]:
    """Id and content of the orders left, the oldest first."""
    return [(path.stem, order) for path, order in _files(folder) if order is not None]


def take(folder: Path) -> list[tuple[str, Order]]:
    """Id and content of the orders left, the oldest first; they are removed. What is no order is removed as well."""
    taken = []
    for path, order in _files(folder):
        if withdraw(folder, path.stem) and order is not None:
            taken.append((path.stem, order))
    return taken


def withdraw(folder: Path, order_id: str) -> bool:
    """Take an order back. Returns False when somebody has already taken it, or it cannot be removed."""
    try:
        (folder / f"{order_id}.json").unlink()
    except OSError:
        return False
    return True


def lost(order: Order) -> str:
    """What is said of an order that nobody took in time; "" of a stop, since the run has ended without it."""
    if order["kind"] == "stop":
        return ""
    changes = order.get("changes")
    words = [str(order[name]) for name in ("kind", "step") if name in order]
    words += [f"{name}={value}" for name, value in (changes if isinstance(changes, dict) else {}).items()]
    return (
        f"the order {' '.join(words)!r} was left to a process that ended before it took it, so it has no effect: "
        "give it again"
    )


def _files(folder: Path) -> Iterator[tuple[Path, Order | None]]:
    """The files of orders, the oldest first; None for what is no order. Folders and links are left alone."""
    for path in sorted(folder.glob("*.json")):
        if path.is_symlink() or not path.is_file():
            continue
        try:
            order = read_json(path)
        except (OSError, orjson.JSONDecodeError):
            order = None
        yield path, order if isinstance(order, dict) and isinstance(order.get("kind"), str) else None
