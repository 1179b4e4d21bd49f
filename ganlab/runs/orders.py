"""Orders to whoever trains a run, left as files in its folder: any process may send, the one that trains obeys.

An order is a JSON object with a `kind`. Whoever trains takes it at the next tick and says in the log what came of
it: the record that it led to, or `refused`, carries the order's id.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from ganlab.runs.files import write_atomically

Order = dict[str, Any]


def send(folder: Path, order: Mapping[str, Any]) -> str:
    """Leave an order in a run's folder. Returns its id. Raises OSError."""
    folder.mkdir(exist_ok=True)
    order_id = f"{time.time_ns()}-{uuid.uuid4().hex[:8]}"
    write_atomically(folder / f"{order_id}.json", orjson.dumps(order))
    return order_id


def take(folder: Path) -> list[tuple[str, Order]]:
    """Id and content of the orders left, the oldest first; they are removed. What is no order is removed as well."""
    if not folder.is_dir():
        return []
    taken = []
    for path in sorted(folder.glob("*.json")):
        try:
            order = orjson.loads(path.read_bytes())
            path.unlink()
        except (OSError, orjson.JSONDecodeError):
            path.unlink(missing_ok=True)
            continue
        if isinstance(order, dict) and isinstance(order.get("kind"), str):
            taken.append((path.stem, order))
    return taken


def withdraw(folder: Path, order_id: str) -> bool:
    """Take an order back. Returns False when somebody has already taken it."""
    try:
        (folder / f"{order_id}.json").unlink()
    except FileNotFoundError:
        return False
    return True
