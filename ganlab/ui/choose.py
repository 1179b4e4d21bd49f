"""Choosing a run: the same box, with the same memory, on every page."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ganlab.runs import Run
from ganlab.ui.lab import lab
from ganlab.ui.sentences import as_sentence
from ganlab.ui.style import escaped

#: The box forgets itself while a page without it is shown; the session remembers, and knows what the address last said.
_BOX, _MEMORY, _ADDRESS = "run box", "run", "run in the address"


def choose_run(empty: str, *, fits: Callable[[Run], bool] = lambda run: True) -> Run | None:
    """The run to look at: the one chosen last on any page or by the address, else the one in progress, else the newest.

    The address chooses whenever it names another run than before: a link was opened, or the browser went back or forth.
    empty: what to say when there is none; None is returned then. fits: whether a page can show a run.
    """
    draw_problems()
    runs = {run.id: run for run in lab().runs.all() if fits(run)}
    if not runs:
        st.info(empty)
        return None
    asked = st.query_params.get("run")
    if asked is not None and asked not in runs:
        st.warning(f"There is no run “{asked}” here any more; this is another one.")
    elif asked != st.session_state.get(_ADDRESS) and asked is not None:
        remember_run(asked)
    st.session_state[_ADDRESS] = asked
    wishes = (st.session_state.get(_MEMORY), *lab().service.active(), *runs)
    chosen = st.session_state[_BOX] = next(wish for wish in wishes if wish in runs)
    remember_run(chosen)
    # A label without the run's state: a box keeps the words that it was chosen by, and the state moves on.
    st.selectbox("Run", list(runs), key=_BOX, format_func=lambda id: f"{runs[id].title}  ·  {id}", on_change=_take)
    return runs[chosen]


def nothing_chosen() -> bool:
    """Whether neither this session nor the address names a run, and none is in progress."""
    return not (st.session_state.get(_MEMORY) or st.query_params.get("run") or lab().service.active())


def remember_run(run_id: str) -> None:
    """Let this be the run of the page that is shown next."""
    st.session_state[_MEMORY] = run_id


def show_run(run_id: str) -> None:
    """Show this run on the page that is open; Back leads to the one before. To be called before the box is drawn."""
    remember_run(run_id)
    if st.query_params.get("run") != run_id:  # the same once more would be an entry of its own, and cut off Forward
        st.query_params["run"] = run_id


def _take() -> None:
    show_run(st.session_state[_BOX])


def draw_problems() -> None:
    """What is wrong with folders of runs, out of the way of those that are not; nothing where nothing is."""
    problems = lab().runs.problems()
    if not problems:
        return
    which = "A run" if len(problems) == 1 else f"{len(problems):,} runs"
    with st.expander(f"{which} cannot be used, or lost a part", icon=":material/warning:"):
        for problem in problems:
            st.warning(escaped(as_sentence(problem)))
