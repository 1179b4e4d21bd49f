"""Choosing a run: the same box, with the same memory, on every page."""

from __future__ import annotations

import streamlit as st

from ganlab.runs import Run
from ganlab.ui.lab import lab

#: The box forgets itself while a page without it is shown; the session remembers.
_BOX, _MEMORY = "run box", "run"


def choose_run(empty: str) -> Run | None:
    """The run to look at: the one chosen here or in the link, else the one in progress, else the newest.

    empty: what to say when there is none; None is returned then.
    """
    for problem in lab().runs.problems():
        st.warning(problem)
    runs = {run.id: run for run in lab().runs.all()}
    if not runs:
        st.info(empty)
        return None
    asked = st.query_params.get("run")
    if asked not in runs and asked is not None and _MEMORY not in st.session_state:
        st.warning(f"There is no run {asked!r} here any more; this is another one.")
    if st.session_state.get(_BOX) not in runs:
        wishes = (st.session_state.get(_MEMORY), asked, *lab().service.active(), *runs)
        st.session_state[_BOX] = next(wish for wish in wishes if wish in runs)
    chosen = st.selectbox("Run", list(runs), key=_BOX, format_func=_label)
    _remember(chosen)
    return runs[chosen]


def show_run(run_id: str) -> None:
    """Make this the chosen run; to be called before the box is drawn."""
    st.session_state[_BOX] = run_id
    _remember(run_id)


def _remember(run_id: str) -> None:
    st.session_state[_MEMORY] = run_id
    if st.query_params.get("run") != run_id:
        st.query_params["run"] = run_id


def _label(run_id: str) -> str:
    """Without the run's state: a box keeps the words that it was chosen by, and the state moves on."""
    return f"{lab().runs.get(run_id).title}  ·  {run_id}"
