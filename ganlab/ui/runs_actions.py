"""What can be done to a run of the list: its buttons, its name and note, its commands, deleting it and undoing that."""

from __future__ import annotations

import shlex
from typing import Literal

import streamlit as st

from ganlab.errors import GanlabError
from ganlab.status import ELSEWHERE, Action, RunStatus, StateName
from ganlab.ui.choose import remember_run
from ganlab.ui.lab import lab
from ganlab.ui.places import go_to
from ganlab.ui.runs_rows import Row
from ganlab.ui.sentences import as_sentence
from ganlab.ui.style import escaped

_DELETED = "runs deleted here"
#: What went wrong at the last click; shown once.
_COMPLAINT = "complaint about a run"

#: Actions that the list offers, in this order, with label and icon; a run is paused where one watches it.
_BUTTONS: dict[Action, tuple[str, str]] = {
    "resume": ("Resume", ":material/play_arrow:"),
    "resume_anyway": ("Resume anyway", ":material/play_arrow:"),
    "unpause": ("Resume", ":material/play_arrow:"),
    "stop": ("Stop", ":material/stop:"),
}
_RENAME, _COMMANDS, _DELETE = "Name and note", "Commands", "Delete"
#: A run in these states is being written to, and cannot be deleted.
_BUSY: tuple[StateName, ...] = ("queued", "loading", "training", "paused", "stopping", *ELSEWHERE)


def draw_actions(row: Row, queue: tuple[str, ...]) -> None:
    """A row's buttons and its menu. queue: ids of the runs that wait, in order."""
    run_id = row.run.id
    if run_id in queue:
        _draw_queue_buttons(run_id, queue.index(run_id), len(queue))
    offered: list[Action] = [action for action in _BUTTONS if action in row.status.actions]
    for action in offered:
        label, icon = ("Cancel", ":material/close:") if row.status.state == "queued" else _BUTTONS[action]
        st.button(label, key=f"{action} {run_id}", icon=icon, on_click=_act, args=(run_id, action))
    label = "Watch" if row.status.state in _BUSY else "Open"
    if st.button(label, key=f"watch {run_id}", icon=":material/monitoring:", help="Opens it on the Train page."):
        _go(run_id, "Train")
    if st.button(
        "Explore",
        key=f"explore {run_id}",
        icon=":material/explore:",
        disabled=not row.can_be_explored,
        help="Walk through its latent space." if row.can_be_explored else "It has no snapshot yet.",
    ):
        _go(run_id, "Explore")
    _draw_menu(row)


def draw_wait(status: RunStatus) -> None:
    """Which run a queued one waits for; where that one is paused, what ends the wait is beside it."""
    ahead = lab().service.status(status.waits_for)
    title = escaped(lab().runs.get(ahead.run_id).title)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.caption(f"Waits for {title} ({escaped(ahead.run_id)}), which is {ahead.state}.", width="content")
        for action in _BUTTONS if ahead.state == "paused" else ():
            if action in ahead.actions:
                label, icon = _BUTTONS[action]
                key = f"{action} {ahead.run_id} for {status.run_id}"
                st.button(
                    f"{label} it", key=key, icon=icon, type="tertiary", on_click=_act, args=(ahead.run_id, action)
                )


def draw_deleted() -> None:
    """What was deleted here and can still be brought back, and what went wrong at the last click."""
    complaint = st.session_state.pop(_COMPLAINT, "")
    if complaint:
        st.error(complaint)
    here = st.session_state.get(_DELETED, {})
    for run_id in lab().runs.deleted():
        if run_id in here:
            with st.container(border=True, horizontal=True, vertical_alignment="center"):
                st.markdown(f"Deleted **{escaped(here[run_id])}**; it is gone for good when you leave this page.")
                st.button("Undo", key=f"undelete {run_id}", icon=":material/undo:", on_click=_restore, args=(run_id,))


def forget_deleted() -> None:
    """Remove for good what was deleted on the page, once it is left. To be called when another page is shown."""
    gone = st.session_state.pop(_DELETED, {})
    if gone:
        lab().runs.forget_deleted(*gone)


def _draw_queue_buttons(run_id: str, place: int, count: int) -> None:
    for label, icon, to in (
        ("Earlier", ":material/arrow_upward:", place - 1),
        ("Later", ":material/arrow_downward:", place + 1),
    ):
        st.button(
            "",
            key=f"{label} {run_id}",
            icon=icon,
            disabled=not 0 <= to < count,
            help=f"{label} in the queue",
            on_click=_move,
            args=(run_id, to),
        )


def _draw_menu(row: Row) -> None:
    run_id = row.run.id
    options = [_RENAME, _COMMANDS, *([] if row.status.state in _BUSY else [_DELETE])]
    chosen = st.menu_button("", options, key=f"more {run_id}", icon=":material/more_vert:", help="More")
    if chosen == _RENAME:
        _draw_names(row)
    elif chosen == _COMMANDS:
        _draw_commands(row)
    elif chosen == _DELETE:
        _delete(row)
        st.rerun()


@st.dialog("Name and note")
def _draw_names(row: Row) -> None:
    with st.form(f"names of {row.run.id}", border=False):
        name = st.text_input("Name", row.run.history().name, placeholder=row.title, max_chars=100)
        note = st.text_area("Note", row.note, placeholder="What was tried, what was seen", max_chars=10_000)
        if st.form_submit_button("Save", type="primary"):
            try:
                row.run.rename(name)
                row.run.annotate(note)
            except GanlabError as error:
                st.error(as_sentence(error))
            else:
                st.rerun()
    st.caption(f"Its folder keeps its name: `{row.run.path}`")


@st.dialog("Commands", width="large")
def _draw_commands(row: Row) -> None:
    st.caption("The same run from a terminal, in the folder that the app was started in.")
    for words, what in commands_of(row.run.id, slimmed=row.status.slimmed).items():
        st.caption(what)
        st.code(words, language="shell", wrap_lines=True)


def commands_of(run_id: str, *, slimmed: bool = False) -> dict[str, str]:
    """Command lines for a run, each with what it does. slimmed: it can only be explored."""
    root = str(lab().runs.root)
    folder = [] if root == "checkpoints" else ["--checkpoints", root]  # another terminal may not know our environment
    said = {
        **({} if slimmed else {("resume",): "Go on with it from its last snapshot."}),
        ("walk",): "Explore: a walk through its latent space, as a film or a strip.",
        ("sample",): "Samples as a picture.",
        ("runs", "show"): "All that is known of it.",
    }
    return {shlex.join(["python", "-m", "ganlab", *words, run_id, *folder]): what for words, what in said.items()}


def _act(run_id: str, action: Action) -> None:
    try:
        lab().service.act(run_id, action)
    except GanlabError as error:
        st.session_state[_COMPLAINT] = as_sentence(error)


def _move(run_id: str, place: int) -> None:
    try:
        lab().service.move(run_id, place)
    except GanlabError as error:
        st.session_state[_COMPLAINT] = as_sentence(error)


def _delete(row: Row) -> None:
    try:
        lab().service.delete(row.run.id)
    except GanlabError as error:
        st.session_state[_COMPLAINT] = as_sentence(error)
    else:
        st.session_state.setdefault(_DELETED, {})[row.run.id] = row.title


def _restore(run_id: str) -> None:
    st.session_state.get(_DELETED, {}).pop(run_id, None)
    try:
        lab().runs.restore(run_id)
    except GanlabError as error:
        st.session_state[_COMPLAINT] = as_sentence(error)


def _go(run_id: str, place: Literal["Train", "Explore"]) -> None:
    remember_run(run_id)
    go_to(place)
