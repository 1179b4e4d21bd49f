"""Choosing a run: the same box, with the same memory, on every page."""

from __future__ import annotations

import streamlit as st

from ganlab.runs import Run
from ganlab.ui.lab import lab

_KEY = "run"


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
    ids = list(runs)
    asked = st.query_params.get(_KEY)
    if asked is not None and asked not in runs and st.session_state.get(_KEY) is None:
        st.warning(f"There is no run {asked!r} here any more; this is another one.")
    if st.session_state.get(_KEY) not in runs:
        st.session_state[_KEY] = asked if asked in runs else _first(ids)
    chosen = st.selectbox("Run", ids, key="run box", index=ids.index(st.session_state[_KEY]), format_func=_label)
    show_run(chosen)
    return runs[chosen]


def show_run(run_id: str) -> None:
    """Make this the chosen run, here and in the link."""
    st.session_state[_KEY] = run_id
    if st.query_params.get(_KEY) != run_id:
        st.query_params[_KEY] = run_id


def _first(ids: list[str]) -> str:
    active = [run_id for run_id in lab().service.active() if run_id in ids]
    return active[0] if active else ids[0]


def _label(run_id: str) -> str:
    status, run = lab().service.status(run_id), lab().runs.get(run_id)
    return f"{run.title}  ·  {status.state}  ·  {run_id}"
