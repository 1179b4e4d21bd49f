"""What a page may order of a run, read from the JSON of its request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import orjson

from ganlab.errors import GanlabError
from ganlab.service import Service
from ganlab.training import Single

Order = Mapping[str, Any]


def steer(service: Service, run_id: str, action: str, body: bytes) -> dict[str, Any]:
    """Have an order carried out. Returns what the page is told: the id of the run that a fork made.

    Raises GanlabError: the body is no JSON object, a part of it is missing or of another kind, or the service refuses.
    """
    if action not in _STEERING:
        service.act(run_id, action)
        return {}
    return _STEERING[action](service, run_id, _order_of(body)) or {}


def _edit(service: Service, run_id: str, order: Order) -> None:
    changes = _changes(order)
    if not changes:
        raise GanlabError("an edit names at least one setting, as in {'changes': {'lr_g': 0.0001}}")
    service.edit(run_id, changes)


def _undo(service: Service, run_id: str, order: Order) -> None:
    service.undo(run_id)


def _rewind(service: Service, run_id: str, order: Order) -> None:
    service.rewind(run_id, _whole(order, "step"), _changes(order))


def _fork(service: Service, run_id: str, order: Order) -> dict[str, Any]:
    name = order.get("name", "")
    if not isinstance(name, str):
        raise GanlabError(f"name must be text, got {name!r}")
    return {"run": service.fork(run_id, _whole(order, "step"), _changes(order), name=name.strip())}


def _single(service: Service, run_id: str, order: Order) -> None:
    service.single(run_id, cast("Single", order.get("what", "both")), _whole(order, "count", 1))


def _slow(service: Service, run_id: str, order: Order) -> None:
    seconds = order.get("seconds", 0)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise GanlabError(f"seconds must be a number, got {seconds!r}")
    service.slow(run_id, seconds)


_STEERING: dict[str, Callable[[Service, str, Order], dict[str, Any] | None]] = {
    "edit": _edit,
    "undo": _undo,
    "rewind": _rewind,
    "fork": _fork,
    "single": _single,
    "slow": _slow,
}


def _order_of(body: bytes) -> Order:
    """No body at all is an order without particulars."""
    try:
        order = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        raise GanlabError(f"the request is no JSON ({error}): send an object such as {{'step': 500}}") from None
    if not isinstance(order, dict):
        raise GanlabError(f"the request must be a JSON object, got {type(order).__name__}")
    return cast("Order", order)


def _changes(order: Order) -> dict[str, Any]:
    changes = order.get("changes", {})
    if not isinstance(changes, dict):
        raise GanlabError(f"changes must be an object of settings and values, got {changes!r}")
    return cast("dict[str, Any]", changes)


def _whole(order: Order, name: str, otherwise: int | None = None) -> int:
    number = order.get(name, otherwise)
    if isinstance(number, bool) or not isinstance(number, int):
        raise GanlabError(f"{name} must be a whole number, got {number!r}")
    return number
