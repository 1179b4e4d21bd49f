"""Data of one's own on the Plane page: points that are drawn, pasted or uploaded, and a formula."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ganlab.config import SETTINGS
from ganlab.data.formula import check_formula
from ganlab.data.own_points import as_setting, read_points
from ganlab.errors import DataError, GanlabError
from ganlab.ui.components.plane import sketch
from ganlab.ui.lab import lab
from ganlab.ui.sentences import as_sentence
from ganlab.ui.settings import help_of

#: What was wrong with the points that were to be trained on.
_REFUSED = "points refused"


def draw_own_points(train: Callable[[str], None]) -> None:
    """A canvas, and what was pasted or uploaded on it. train: with the setting `points`; may raise GanlabError."""
    with st.expander("Paste or upload points", icon=":material/table:"):
        given = _given()
    points = ""
    try:
        points, said = _read(given) if given else ("", ())
        for sentence in said:
            st.info(sentence)
    except GanlabError as error:
        st.error(as_sentence(error))
    sketch(token=lab().token, points=points, on_train=lambda text: _train(text, train))
    if refused := st.session_state.pop(_REFUSED, None):
        st.error(refused)


def draw_formula() -> str | None:
    """The formula that was typed; None, with what is wrong, where it is none."""
    setting = SETTINGS["formula"]
    most = setting.limits["max_length"]
    text = str(st.text_input(setting.title, setting.default, help=help_of(setting), max_chars=most))
    try:
        check_formula(text)
    except DataError as error:
        st.error(as_sentence(error))
        return None
    return text


def _given() -> str:
    """What was uploaded, else what was pasted."""
    file = st.file_uploader("CSV file", type=["csv", "txt"])
    pasted = st.text_area("Or lines of x,y", placeholder="0.1,0.2\n-0.5,0.7", height=140)
    if file is None:
        return str(pasted or "")
    return file.getvalue().decode("utf-8-sig", errors="replace")  # a letter that is none is no number either


@st.cache_data(max_entries=4, show_spinner=False)
def _read(text: str) -> tuple[str, tuple[str, ...]]:
    return as_setting(read_points(text))


def _train(text: str, train: Callable[[str], None]) -> None:
    try:
        train(text)
    except GanlabError as error:
        st.session_state[_REFUSED] = as_sentence(error)
