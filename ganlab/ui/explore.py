"""The Explore page: walk through what a generator has learnt."""

from __future__ import annotations

import streamlit as st

from ganlab.errors import GanlabError
from ganlab.ui.choose import choose_run
from ganlab.ui.components.explore import explore
from ganlab.ui.explore_sources import MOST_FILE_MB, take_in
from ganlab.ui.lab import lab
from ganlab.ui.places import draw_link
from ganlab.ui.sentences import as_sentence

_NOTHING = (
    "There is nothing to explore yet: train something on the **Train** page first, or drop in the file of a snapshot."
)


def page() -> None:
    """Choose a run or drop in a file, then move through its latent space."""
    left, middle, right = st.columns([9, 3.6, 4.4], vertical_alignment="bottom")
    with right:
        dropped = _dropped_in()
    with left:
        source = _chosen_run() if dropped is None else _shown_file(*dropped)
    if source is None:
        return
    if dropped is None:
        with middle:
            draw_link("Train", "Its curves", run=source)
    explore(source=source, token=lab().token, key="explore", active=source in lab().service.active())


def _chosen_run() -> str | None:
    """The run to explore; None, and it is said why, where there is nothing to draw with."""
    run = choose_run(_NOTHING)
    if run is not None and not lab().explorer.snapshots(run.id) and run.id not in lab().service.active():
        st.info("No snapshot yet: it comes with the first samples, or once the run is stopped.")
        return None
    return run.id if run is not None else None


def _shown_file(source: str, name: str) -> str:
    """In place of the box of runs, so that it names no run that is not shown."""
    st.text_input("Snapshot file", name, disabled=True)
    return source


def _dropped_in() -> tuple[str, str] | None:
    """The snapshot file that was dropped in, as the id of a generator, and its name."""
    with st.popover("Open a snapshot file", icon=":material/upload_file:", width="stretch"):
        file = st.file_uploader(
            "Snapshot file",
            type="safetensors",
            key="snapshot file",
            help="From a run's snapshots/ folder, or weights that were taken away here. Nothing in it can run code.",
        )
    if file is None:
        return None
    if file.size > MOST_FILE_MB * 10**6:
        st.error(
            f"{file.name} has {file.size / 1e6:.0f} MB, and at most {MOST_FILE_MB} are read: choose a smaller network."
        )
        return None
    try:
        source = take_in(file.getvalue(), file.name)
    except GanlabError as error:
        st.error(as_sentence(error))
        return None
    st.caption(f"Shown: {file.name}. Remove it to come back to the run.")
    return source, file.name
