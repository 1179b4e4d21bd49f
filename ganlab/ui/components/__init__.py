"""The browser parts of the pages: here a run as it happens, in `explore.py` the walk through its latent space.

They are Streamlit components (v2) that fetch from our own routes under `/ganlab/`, so that a chart or a picture is
renewed without a rerun of the page. Streamlit takes inline JavaScript as one module: the files of a component are
joined in the order given, the last one exports the function that Streamlit calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import streamlit as st
from streamlit.components.v2 import component

__all__ = ["joined", "live_run", "nothing"]


def joined(*names: str) -> str:
    """The text of these files of this folder, one after the other."""
    folder = Path(__file__).parent
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


_live = component(
    "ganlab_live",
    css=joined("prelude.css", "live.css", "steer.css"),
    js=joined(
        "prelude.js",
        "curves.js",
        "marks.js",
        "scales.js",
        "plots.js",
        "chart.js",
        "charts.js",
        "samples.js",
        "scores.js",
        "fields.js",
        "steer.js",
        "dialogs.js",
        "single.js",
        "alarms.js",
        "header.js",
        "live.js",
    ),
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
    Reruns the page only for a new token and when the run's state or loss changes; returns the new state then, None
    otherwise.
    """

    def hand_on() -> None:
        wanted = st.session_state[key].get("open")
        if wanted and on_open is not None:
            on_open(wanted)

    result = _live(
        key=key,
        data={"run_id": run_id, "token": token, "state": state, "settings": list(settings), "poll_ms": poll_ms},
        on_changed_change=nothing,
        on_restarted_change=nothing,
        on_open_change=hand_on,
    )
    return cast("str | None", result.get("changed"))


def nothing() -> None:
    """Streamlit hands on only the values that have a callback; ours need none."""
