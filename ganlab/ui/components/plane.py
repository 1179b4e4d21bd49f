"""The browser part of the Plane page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.components.v2 import component

from ganlab.status import StateName
from ganlab.ui.browser import entry, nothing, styles

_plane = component(
    "ganlab_plane",
    css=styles("prelude.css", "live.css", "steer.css", "plane.css"),
    js=entry("plane/plane.js"),
    isolate_styles=False,
)

_dirac = component(
    "ganlab_dirac",
    css=styles("prelude.css", "live.css", "plane.css"),
    js=entry("plane/dirac.js"),
    isolate_styles=False,
)


_sketch = component(
    "ganlab_sketch",
    css=styles("prelude.css", "live.css", "steer.css", "plane.css"),
    js=entry("plane/sketch.js"),
    isolate_styles=False,
)


def sketch(*, token: str, points: str, on_train: Callable[[str], None]) -> None:
    """Draw a canvas to draw points on, with these on it at first.

    token: this process's. points: lines of x,y. on_train: called with such lines when they are to be trained on.
    """

    def hand_on() -> None:
        wanted = st.session_state["sketch"].get("train")
        if wanted is not None:
            on_train(wanted)

    _sketch(key="sketch", data={"token": token, "points": points}, on_train_change=hand_on, on_restarted_change=nothing)


def plane(*, run_id: str, token: str, state: StateName, settings: Sequence[Mapping[str, Any]]) -> None:
    """Draw what D and G of a run on points do in the plane, at each of its looks.

    token: this process's, sent with every request. state: as the page knows it; the page is rerun when it is another.
    settings: declarations of those that can be turned beside the picture, see `settings_schema`.
    """
    data = {"run_id": run_id, "token": token, "state": state, "settings": tuple(settings)}
    _plane(key=f"plane of {run_id}", data=data, on_changed_change=nothing, on_restarted_change=nothing)


def dirac(*, token: str, losses: Sequence[str], penalties: Sequence[str]) -> None:
    """Draw the Dirac-GAN, with its settings beside it. token: this process's, sent with every request."""
    data = {"token": token, "losses": tuple(losses), "penalties": tuple(penalties)}
    _dirac(key="dirac", data=data, on_restarted_change=nothing)
