"""A progress bar with a Cancel button, for work that a page does itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from ganlab.data import Progress
from ganlab.errors import GanlabError

#: Seconds between two movements of the bar: each is a message to the browser.
_BEAT_S = 0.1
_CANCELLED = "work was cancelled"


@contextmanager
def working(label: str) -> Iterator[Progress]:
    """A bar to report to; it goes away when the work ends.

    Any click, Cancel or another, reruns the page: Streamlit then raises out of the next report, through the work,
    which has to leave nothing half done.
    """
    place = st.empty()
    with place.container():
        left, right = st.columns([5, 1], vertical_alignment="center")
        bar = left.progress(0.0, text=label)
        right.button("Cancel", on_click=_note_cancelled, args=(label,), width="stretch")
    here, last = threading.get_ident(), 0.0

    def report(text: str, share: float | None) -> None:
        nonlocal last
        now = time.monotonic()
        # Only this thread may speak to the page; a loader's helpers are heard through it.
        if threading.get_ident() == here and (now - last >= _BEAT_S or share == 1):
            last = now
            bar.progress(min(max(share or 0.0, 0.0), 1.0), text=text)

    try:
        yield report
    except GanlabError:
        place.empty()
        raise
    place.empty()


def draw_cancelled() -> bool:
    """Say once that work was cancelled. Returns whether it was."""
    label = st.session_state.pop(_CANCELLED, None)
    if label:
        st.info(f"{label} was cancelled; nothing half done was kept.", icon=":material/block:")
    return bool(label)


def _note_cancelled(label: str) -> None:
    st.session_state[_CANCELLED] = label
