"""The browser part of the Explore page."""

from __future__ import annotations

from streamlit.components.v2 import component

from ganlab.export.browser import runtime
from ganlab.ui.components import joined, nothing

_explore = component(
    "ganlab_explore",
    css=joined("prelude.css", "walk.css", "tools.css"),
    js="\n".join(
        (
            joined("prelude.js"),
            runtime(),
            joined(
                "latents.js",
                "place.js",
                "generator/quickest.js",
                "drawers.js",
                "frames.js",
                "sliders.js",
                "pad.js",
                "directions.js",
                "classes.js",
                "seeds.js",
                "pictures.js",
                "source.js",
                "news.js",
                "tools.js",
                "keys.js",
                "film.js",
                "walking.js",
                "ages.js",
                "beside.js",
                "finding.js",
                "copying.js",
                "sums.js",
                "taking.js",
                "explore.js",
            ),
        )
    ),
    isolate_styles=False,
)


def explore(*, source: str, token: str, key: str, active: bool = False) -> None:
    """Draw the plane of seeds, the sliders and the tools of a generator.

    source: a run's id, or what `explore_sources.take_in` returned. token: this process's, sent with every request.
    active: whether the run is in progress, so that what is not there yet may come.
    Everything else is in the link or is asked of our own routes; the page is rerun for a new token alone.
    """
    _explore(key=key, data={"source": source, "token": token, "active": active}, on_restarted_change=nothing)
