"""The two browser parts of the pages: a run as it happens, and a walk through its latent space.

Both are Streamlit components (v2) that fetch from our own routes under `/ganlab/`, so that a chart or a picture is
renewed without a rerun of the page. Streamlit takes inline JavaScript as one module: the files of a component are
joined in the order given, the last one exports the function that Streamlit calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict, cast

import streamlit as st
from streamlit.components.v2 import component

__all__ = ["Direction", "Walk", "live_run", "walk"]


class Direction(TypedDict):
    """A principal direction. Its place in the list is its place in `pc`; label: as on screen, "direction 1 · 23 %"."""

    label: str


class Walk(TypedDict):
    """Where the walk stands. pc: direction → standard deviations, z: place in z → offset; both without the zeros."""

    seed: int
    pc: dict[str, float]
    z: dict[str, float]
    count: int


def _joined(*names: str) -> str:
    """The text of these files of this folder, one after the other."""
    folder = Path(__file__).parent
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


_live = component(
    "ganlab_live",
    css=_joined("prelude.css", "live.css", "steer.css"),
    js=_joined(
        "prelude.js",
        "curves.js",
        "marks.js",
        "charts.js",
        "samples.js",
        "scores.js",
        "fields.js",
        "steer.js",
        "dialogs.js",
        "single.js",
        "alarms.js",
        "live.js",
    ),
    isolate_styles=False,
)

_walk = component(
    "ganlab_walk",
    css=_joined("prelude.css", "walk.css"),
    js=_joined("prelude.js", "sliders.js", "walk.js"),
    isolate_styles=False,
)


def live_run(
    *,
    run_id: str,
    token: str,
    key: str,
    state: str | None = None,
    settings: Sequence[Mapping[str, Any]] = (),
    on_open: Callable[[str], None] | None = None,
    poll_ms: int = 1000,
) -> str | None:
    """Draw a run as it happens: state and buttons, what can be changed, alarms, curves, samples.

    token: this process's, sent with every request. state: the run's state as the page knows it; if the first answer
    says otherwise the page is rerun at once. settings: their declarations, see `settings_schema`. on_open: called
    with the id of another run that is to be shown, a fork or its parent, before the page is rerun. poll_ms: pause
    between two requests while the run is live.
    Reruns the page only when the run's state or loss changes, and returns the new state in that one rerun, None
    otherwise.
    """

    def hand_on() -> None:
        wanted = st.session_state[key].get("open")
        if wanted and on_open is not None:
            on_open(wanted)

    result = _live(
        key=key,
        data={"run_id": run_id, "token": token, "state": state, "settings": list(settings), "poll_ms": poll_ms},
        on_changed_change=_nothing,
        on_open_change=hand_on,
    )
    return cast("str | None", result.get("changed"))


def walk(
    *,
    run_id: str,
    snapshot: int | str,
    token: str,
    directions: Sequence[Direction],
    z_dim: int,
    z_limit: float,
    seed: int,
    key: str,
    counts: Sequence[int] = (1, 16, 64),
    label: int | None = None,
    value: Walk | None = None,
) -> Walk | None:
    """Draw sliders that move the latents of a seed, beside the pictures that the generator makes of them.

    snapshot: a step, or "live" for the weights in training (the pictures are then renewed every two seconds).
    directions: principal directions, ±3 standard deviations each; may be empty. z_limit: reach of a raw z slider, ±.
    counts: sizes of the grid to choose from, square numbers; 1 means the large picture alone. label: the class
    that a conditional generator draws, None for its classes in turn. seed: where to begin;
    value: all of where to begin (an earlier return), wins over seed. Both count once for each `key` and `run_id`.
    Reruns the page when a control is let go, never while it is dragged; returns where the walk stands, None before
    the first move.
    """
    result = _walk(
        key=key,
        data={
            "run_id": run_id,
            "snapshot": str(snapshot),
            "token": token,
            "directions": [dict(direction) for direction in directions],
            "z_dim": z_dim,
            "z_limit": z_limit,
            "seed": seed,
            "counts": list(counts),
            "label": label,
            "value": cast("dict[str, Any] | None", value),
        },
        on_walk_change=_nothing,
    )
    return cast("Walk | None", result.get("walk"))


def _nothing() -> None:
    """Streamlit hands on only the values that have a callback; ours need none."""
