"""The browser parts of the pages: here a run as it happens, in `explore.py` the walk through its latent space."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import streamlit as st
from streamlit.components.v2 import component

from ganlab.ui.browser import entry, nothing, styles

_live = component(
    "ganlab_live",
    css=styles("prelude.css", "live.css", "steer.css"),
    js=entry("train/live.js"),
    isolate_styles=False,
)

_replay = component(
    "ganlab_replay",
    css=styles("prelude.css", "replay.css"),
    js=entry("train/replay.js"),
    isolate_styles=False,
)


def replay(*, run_id: str, token: str, key: str, label: str) -> None:
    """Play a finished run: its samples form while the first curve of its first chart draws. label: of the curve."""
    _replay(key=key, data={"run_id": run_id, "token": token, "label": label}, on_restarted_change=nothing)


def live_run(
    *,
    run_id: str,
    token: str,
    key: str,
    state: str | None = None,
    settings: Sequence[Mapping[str, Any]] = (),
    on_open: Callable[[str], None] | None = None,
    on_explore: Callable[[Mapping[str, Any]], None] | None = None,
    poll_ms: int = 1000,
) -> str | None:
    """Draw a run as it happens: state and buttons, what can be changed, alarms, curves, samples.

    token: this process's, sent with every request. state: the run's state as the page knows it; if the first answer
    says otherwise the page is rerun at once. settings: their declarations, see `settings_schema`. on_open: called
    with the id of another run that is to be shown, a fork or its parent, before the page is rerun. on_explore: called
    with the sample that is to be explored, see `explore_sample`; None offers no such way. poll_ms: pause between two
    requests while the run is live.
    Reruns the page only for a new token and when the run's state or loss changes; returns the new state then, None
    otherwise.
    """

    def hand_on() -> None:
        wanted = st.session_state[key].get("open")
        if wanted and on_open is not None:
            on_open(wanted)

    result = _live(
        key=key,
        data={
            "run_id": run_id,
            "token": token,
            "state": state,
            "settings": tuple(settings),
            "poll_ms": poll_ms,
            "explores": on_explore is not None,
        },
        on_changed_change=nothing,
        on_restarted_change=nothing,
        on_open_change=hand_on,
        on_explore_change=nothing,
    )
    if on_explore is not None and (wish := result.get("explore")):
        on_explore(wish)
    return cast("str | None", result.get("changed"))
