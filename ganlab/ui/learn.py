"""The Learn page: lessons beside a run that is trained on the spot."""

from __future__ import annotations

import streamlit as st

from ganlab.errors import GanlabError
from ganlab.lessons import Lesson, lessons, seen
from ganlab.runs import Run
from ganlab.ui.choose import show_run
from ganlab.ui.components import live_run
from ganlab.ui.components.plane import plane
from ganlab.ui.knobs import plane_schema, settings_schema
from ganlab.ui.lab import lab
from ganlab.ui.places import draw_link
from ganlab.ui.sentences import as_sentence
from ganlab.ui.starting import start

_PROGRESS = "learnt"
#: How often a step looks whether it was done.
_LOOK_S = 2.0


def page() -> None:
    """The lessons; with one in the address, that one beside its run."""
    chosen = next((each for each in lessons() if each.name == st.query_params.get("lesson")), None)
    if chosen is None:
        _draw_all()
    else:
        _draw(chosen)


def _draw_all() -> None:
    st.header("Learn", anchor=False)
    st.caption("Short lessons beside a real run, which is trained on the spot: read, do, and see it happen.")
    for lesson in lessons():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            done = len(_done(lesson))
            mark = f" :green-badge[{done} of {len(lesson.steps)} seen]" if done else ""
            st.markdown(f"**{lesson.title}**{mark}  \n{lesson.summary}", width="stretch")
            st.button("Open", key=f"open {lesson.name}", on_click=_open, args=(lesson,))


def _open(lesson: Lesson) -> None:
    """At the first step that was not seen."""
    st.query_params["lesson"] = lesson.name
    _go(next((number for number in range(len(lesson.steps)) if number not in _done(lesson)), 0))


def _leave() -> None:
    st.query_params.pop("lesson", None)
    st.query_params.pop("step", None)


def _draw(lesson: Lesson) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(lesson.title, anchor=False, width="stretch")
        st.button("All lessons", icon=":material/arrow_back:", on_click=_leave)
    run = _run_of(lesson)
    text, picture = st.columns((2, 3), gap="medium")
    with text:
        _draw_step(lesson, None if run is None else run.id)
    with picture:
        if run is None:
            st.info("The run of this lesson comes here, once it has begun.")
        elif lesson.view == "plane":
            state = lab().service.status(run.id).state
            plane(run_id=run.id, token=lab().token, state=state, settings=plane_schema())
        else:
            live_run(
                run_id=run.id,
                token=lab().token,
                key="live",
                state=lab().service.status(run.id).state,
                settings=settings_schema(),
                on_open=show_run,
            )


@st.fragment(run_every=_LOOK_S)
def _draw_step(lesson: Lesson, run_id: str | None) -> None:
    """One step at a time; the next is open once this one was seen, and all before can be read again."""
    run = _run_of(lesson)
    if run is not None and run.id != run_id:
        st.rerun()  # the whole page: its picture is of another run, or of none
    number = _number(lesson)
    step = lesson.steps[number]
    if run is not None and seen(step.check, run.history(), run.curves()):
        _done(lesson).add(number)
    st.progress((number + 1) / len(lesson.steps), f"Step {number + 1} of {len(lesson.steps)}")
    st.markdown(step.text)
    done = number in _done(lesson)
    if step.task:
        icon = ":green[:material/check_circle:]" if done else ":material/radio_button_unchecked:"
        st.markdown(f"{icon} **{step.task}**")
    with st.container(horizontal=True):
        if run is None:
            st.button("Start the run", type="primary", icon=":material/play_arrow:", on_click=_begin, args=(lesson,))
        else:
            draw_link("Train", "This run on Train", run=run.id)
        st.button("Back", disabled=number == 0, on_click=_go, args=(number - 1,))
        last = number == len(lesson.steps) - 1
        st.button("Next", type="primary" if done else "secondary", disabled=last, on_click=_go, args=(number + 1,))
    if last and done:
        st.success("That was the lesson. The run is yours: it stands in Runs like any other.")
    elif not done and run is not None:
        st.caption("You may go on before it has come to pass, and come back.")


def _number(lesson: Lesson) -> int:
    """Of the step that is read, from 0; by the address, where 1 is the first."""
    asked = st.query_params.get("step", "1")
    return min(max(int(asked) - 1, 0), len(lesson.steps) - 1) if asked.isdecimal() and len(asked) < 4 else 0


def _go(number: int) -> None:
    st.query_params["step"] = str(number + 1)


def _done(lesson: Lesson) -> set[int]:
    """Steps that were seen in this session."""
    return st.session_state.setdefault(_PROGRESS, {}).setdefault(lesson.name, set())


def _run_of(lesson: Lesson) -> Run | None:
    """The newest run that began with the settings of the lesson."""
    return next((run for run in lab().runs.all() if run.config == lesson.config and not run.slimmed), None)


def _begin(lesson: Lesson) -> None:
    try:
        start([lesson.config])
    except GanlabError as error:
        st.toast(as_sentence(error), icon=":material/warning:")
