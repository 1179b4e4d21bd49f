"""Orders to whoever trains a run, and what came of them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ganlab.errors import ConfigError, RunError
from ganlab.runs import orders
from ganlab.runs.folder import Run

#: Seconds between two looks for an answer; who trains takes orders four times a second.
_LOOK_EVERY_S = 0.05


def send(run: Run, order: Mapping[str, Any]) -> str:
    """Leave an order to whoever trains `run`. Returns its id. Raises RunError when it cannot be written."""
    try:
        return orders.send(run.orders_folder, order)
    except OSError as error:
        raise RunError(
            f"no order can be left in the folder of run {run.id!r} ({error.strerror}): make room or check the rights"
        ) from None


def ask(run: Run, order: Mapping[str, Any], *, wait_s: float = 10.0) -> dict[str, Any] | None:
    """Send an order to the process that trains `run` and wait for the record that it led to.

    The order is withdrawn if nobody takes it. Returns None when it was not carried out since nobody trains the run.
    Raises ConfigError or RunError: it was refused, as it would have been here; RunError: there was no answer within
    `wait_s` seconds.
    """
    since = run.log_size()
    order_id = send(run, order)
    end = time.monotonic() + wait_s
    try:
        while True:
            held = run.held_elsewhere()  # before the log, so that a last word is not missed
            answer = _answer(run, order_id, since)
            if answer is not None:
                return answer
            if not held:
                return None
            if time.monotonic() >= end:
                break
            time.sleep(_LOOK_EVERY_S)
    finally:
        withdrawn = orders.withdraw(run.orders_folder, order_id)
    kept = "the order was withdrawn" if withdrawn else "it took the order, so look at the run in a moment"
    raise RunError(f"the process that trains run {run.id!r} did not answer within {wait_s:g} s: {kept}")


def ask_to_stop(run: Run, *, wait_s: float = 10.0) -> bool:
    """Have the process that trains `run` end it with a snapshot. Returns whether any process trained it.

    Raises RunError when it has not ended within `wait_s` seconds.
    """
    if not run.held_elsewhere():
        return False
    order_id = send(run, {"kind": "stop"})
    end = time.monotonic() + wait_s
    try:
        while run.held_elsewhere():
            if time.monotonic() >= end:
                break
            time.sleep(_LOOK_EVERY_S)
        else:
            return True
    finally:
        withdrawn = orders.withdraw(run.orders_folder, order_id)
    kept = "the order was withdrawn" if withdrawn else "it took the order and stops after the step in hand"
    raise RunError(f"the process that trains run {run.id!r} did not stop within {wait_s:g} s: {kept}")


def _answer(run: Run, order_id: str, since: int) -> dict[str, Any] | None:
    """Raises ConfigError or RunError for an answer that is a refusal."""
    for record in run.records(since):
        if record.get("order") == order_id:
            if record["type"] in ("refused", "lost"):
                raise (ConfigError if record.get("wrong") == "settings" else RunError)(str(record["message"]))
            return record
    return None
