"""The browser part of the Compare page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from streamlit.components.v2 import component

from ganlab.ui.browser import entry, nothing, styles

_compare = component(
    "ganlab_compare",
    css=styles("prelude.css", "live.css", "compare.css"),
    js=entry("compare/compare.js"),
    isolate_styles=False,
)


def compare(*, runs: Sequence[Mapping[str, str | int]], token: str, key: str) -> None:
    """Draw curves and samples of runs beside each other.

    runs: id, title, arm (those of one arm share a colour) and seed of each. token: this process's, sent with every
    request. What is looked at is kept in the tab.
    """
    _compare(key=key, data={"runs": tuple(runs), "token": token}, on_restarted_change=nothing)
