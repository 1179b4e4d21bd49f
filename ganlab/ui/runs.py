"""The Runs page: everything that was ever trained here, and what can be done to it."""

from __future__ import annotations

import base64
import math
import shutil
from collections.abc import Sequence

import streamlit as st

from ganlab.status import ELSEWHERE, StateName
from ganlab.ui.choose import draw_problems
from ganlab.ui.lab import lab
from ganlab.ui.runs_actions import draw_actions, draw_deleted, draw_wait, forget_deleted
from ganlab.ui.runs_live import live_row
from ganlab.ui.runs_rows import STATES, Row, facts_of, picture_of, rows_of, totals_of
from ganlab.ui.sentences import as_sentence
from ganlab.ui.style import escaped
from ganlab.words import shortened

PAGE_SIZE = 20
#: Signs of a title and of a note that a row shows at once.
_MOST_OF_A_TITLE, _MOST_OF_A_NOTE = 60, 120
_FILTER, _STATES, _PAGE = "runs filter", "runs states", "runs page"
#: States in which a run's numbers move; the others are drawn once.
_MOVING: tuple[StateName, ...] = ("loading", "training", "paused", "stopping", *ELSEWHERE)
_PICTURE_PIXELS = 72


def page() -> None:
    """All runs, the newest first, a page of them at a time."""
    with st.spinner("Looking through the runs"):
        rows = rows_of(lab())
    _draw_head(rows)
    draw_deleted()
    draw_problems()
    if not rows:
        st.info("Nothing has been trained yet: open the **Train** page and press **Start**.")
        return
    found = _filtered(rows)
    if not found:
        st.info("No run fits: take words or states away.")
    queue = lab().service.queue()
    for row in _shown(found):
        _draw_row(row, queue)


def leave(title: str) -> None:
    """To be called before a page is drawn, with its title: what was deleted here cannot be undone from elsewhere."""
    if title != "Runs":
        forget_deleted()


def _draw_head(rows: Sequence[Row]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header("Runs", width="content", anchor=False)
        st.markdown(f":gray[{totals_of(rows, _free_bytes())}]", width="stretch")
        if rows:
            st.button("Refresh", icon=":material/refresh:", help="A run in progress moves by itself.")


def _free_bytes() -> int | None:
    try:
        return shutil.disk_usage(lab().runs.root).free
    except OSError:
        return None


def _filtered(rows: Sequence[Row]) -> list[Row]:
    """Those that fit what is asked for; the states to choose from are those that there are."""
    present: list[StateName] = [state for state in STATES if any(row.status.state == state for row in rows)]
    asked = [state for state in st.session_state.get(_STATES, []) if state in present]
    st.session_state[_STATES] = asked
    with st.container(horizontal=True, vertical_alignment="center"):
        text = st.text_input(
            "Filter",
            key=_FILTER,
            placeholder="Filter by name, note, dataset, loss or network",
            label_visibility="collapsed",
            icon=":material/search:",
            width=380,
        )
        states = st.pills(
            "State",
            present,
            selection_mode="multi",
            key=_STATES,
            format_func=lambda state: STATES[state][0],
            label_visibility="collapsed",
        )
    return [row for row in rows if row.fits(text, states)]


def _shown(rows: Sequence[Row]) -> Sequence[Row]:
    """The page of them that is asked for."""
    pages = max(1, math.ceil(len(rows) / PAGE_SIZE))
    if pages == 1:
        return rows
    number = st.pagination(pages, key=f"{_PAGE} of {pages}")
    return rows[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]


def _draw_row(row: Row, queue: tuple[str, ...]) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"run {row.run.id}"):
        st.html(_picture_html(row), width=_PICTURE_PIXELS)
        with st.container(gap="xxsmall", width="stretch"):
            _draw_words(row, queue)
        with st.container(horizontal=True, horizontal_alignment="right", width="content", gap="xsmall"):
            draw_actions(row, queue)


def _draw_words(row: Row, queue: tuple[str, ...]) -> None:
    status = row.status
    word, colour = STATES[status.state]
    if row.run.id in queue:
        word = f"{word}, number {queue.index(row.run.id) + 1}"
    title = shortened(row.title, _MOST_OF_A_TITLE)
    st.markdown(
        f"**{escaped(title)}**  :{colour}-badge[{word}]  :gray[:small[{escaped(row.run.id)}]]",
        help=None if title == row.title else escaped(row.title),
    )
    if status.state in _MOVING:
        live_row(run_id=row.run.id, token=lab().token, state=status.state)
    else:
        st.caption(escaped(facts_of(row)))
    if status.waits_for:
        draw_wait(status)
    if status.state == "failed" and status.message:
        st.markdown(f":small[:red[{escaped(as_sentence(status.message))}]]")
    if row.note:
        _draw_note(row.note)


def _draw_note(note: str) -> None:
    """A long one is unfolded on demand."""
    begin = shortened(note, _MOST_OF_A_NOTE)
    if begin == " ".join(note.split()):
        st.caption(f":material/notes: {escaped(note)}")
        return
    with st.expander(escaped(begin), icon=":material/notes:"):
        st.text(note)


def _picture_html(row: Row) -> str:
    picture = picture_of(row)
    if picture is None:
        place = f"height: {_PICTURE_PIXELS}px; border-radius: 6px; background: rgba(128, 128, 128, 0.15)"
        return f'<div style="{place}"></div>'
    source = base64.b64encode(picture).decode()
    return f'<img class="ganlab-picture" alt="Its last samples" src="data:image/webp;base64,{source}">'
