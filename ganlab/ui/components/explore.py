"""The browser part of the Explore page."""

from __future__ import annotations

from streamlit.components.v2 import component

from ganlab.ui.browser import entry, nothing, styles

_explore = component(
    "ganlab_explore",
    css=styles("prelude.css", "walk.css", "tools.css"),
    js=entry("explore/explore.js"),
    isolate_styles=False,
)


def explore(*, source: str, token: str, key: str, active: bool = False) -> None:
    """Draw the plane of seeds, the sliders and the tools of a generator.

    source: a run's id, or what `explore_sources.take_in` returned. token: this process's, sent with every request.
    active: whether the run is in progress, so that what is not there yet may come.
    Everything else is in the link or is asked of our own routes; the page is rerun for a new token alone.
    """
    _explore(key=key, data={"source": source, "token": token, "active": active}, on_restarted_change=nothing)
