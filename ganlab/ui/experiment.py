"""Experiments on the page: started, gone on with, extended by seeds, stopped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from ganlab.config import SETTINGS
from ganlab.errors import ConfigError, GanlabError
from ganlab.experiments import Experiment, Shelf, arms_of
from ganlab.recipes import RECIPES
from ganlab.training import check_fit
from ganlab.ui.lab import lab
from ganlab.ui.style import escaped

#: Key of the box with the experiment that is looked at.
OF = "compare of"
#: Settings that can be varied: one value each.
_VARIED = [name for name, setting in SETTINGS.items() if setting.kind != "names" and name not in ("seed", "folder")]


@st.dialog("New experiment", width="medium")
def ask_for_experiment(shelf: Shelf) -> None:
    """A recipe, a setting with its values, and how many seeds."""
    st.caption("All values of one seed begin with the same weights and see the same data. The runs train in turn.")
    recipe = st.selectbox("Recipe", list(RECIPES))
    rivals = RECIPES[recipe].rivals
    name = st.selectbox(
        "Setting that differs",
        _VARIED,
        index=None if rivals else _VARIED.index("loss"),
        format_func=lambda each: f"{SETTINGS[each].title} ({each})",
        placeholder="as the recipe has it",
    )
    values: list[Any] = []
    if name is not None and SETTINGS[name].choices:
        values = st.multiselect("Values", SETTINGS[name].choices)
    elif name is not None:
        text = st.text_input("Values, with commas between", placeholder="1, 3, 5")
        values = [word.strip() for word in text.split(",") if word.strip()]
    seeds = st.number_input("Seeds", 1, 20, 3)
    steps = st.number_input("Steps of each run", 1, 1_000_000, RECIPES[recipe].config.max_steps)
    called = st.text_input("Name", value="-".join([recipe, *([name.replace("_", "-")] if name else [])]))
    if not st.button("Start", type="primary"):
        return
    try:
        start_experiment(shelf, called.strip(), recipe, {name: values} if name else {}, int(seeds), int(steps))
    except GanlabError as error:
        st.error(escaped(str(error)))
        return
    st.session_state[OF] = called.strip()
    st.query_params["of"] = called.strip()
    st.rerun()


def start_experiment(
    shelf: Shelf, name: str, recipe: str, varied: dict[str, list[Any]], seeds: int, max_steps: int
) -> None:
    """Queue all of its runs. Raises ConfigError, RunError, before any run is made."""
    if name in shelf.names():
        raise ConfigError(f"there is an experiment {name!r} already: choose another name")
    if varied and not all(varied.values()):
        raise ConfigError("a setting that differs needs values: give two or more")
    numbers = {each: [_number(each, value) for value in values] for each, values in varied.items()}
    changes = {} if max_steps == RECIPES[recipe].config.max_steps else {"max_steps": max_steps}
    _go_on(shelf, Experiment(name, recipe, arms_of(numbers, recipe), tuple(range(seeds)), changes))


def draw_experiment(shelf: Shelf, experiment: Experiment) -> None:
    """How far it is, and what can be done."""
    service = lab().service
    runs = [(cell, shelf.run_of(cell)) for cell in experiment.cells()]
    states = [service.status(run.id).state if run is not None else "to come" for _, run in runs]
    finished = states.count("finished")
    said = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    st.progress(finished / len(runs), f"{len(runs)} runs: {said}")
    active = [run for _, run in runs if run is not None and run.id in service.active()]
    with st.container(horizontal=True):
        if active:
            st.button("Stop all", icon=":material/stop:", on_click=_stop, args=([run.id for run in active],))
        elif finished < len(runs):
            st.button("Go on", icon=":material/play_arrow:", on_click=_try_to_go_on, args=(shelf, experiment))
        st.button(
            "One more seed",
            icon=":material/add:",
            on_click=_try_to_go_on,
            args=(shelf, _with_a_seed(experiment)),
            help="A further run of each setting, so that chance can be told apart from more.",
        )
        st.button("Refresh", icon=":material/refresh:")


def _with_a_seed(experiment: Experiment) -> Experiment:
    return replace(experiment, seeds=(*experiment.seeds, max(experiment.seeds) + 1))


def _try_to_go_on(shelf: Shelf, experiment: Experiment) -> None:
    try:
        _go_on(shelf, experiment)
    except GanlabError as error:
        st.toast(escaped(str(error)), icon=":material/warning:")


def _go_on(shelf: Shelf, experiment: Experiment) -> None:
    """Queue what has not begun or was left. Raises ConfigError, RunError."""
    service = lab().service
    for cell in experiment.cells():
        check_fit(cell.config)
    shelf.put(experiment)
    for cell in experiment.cells():
        run = shelf.run_of(cell)
        if run is None:
            experiment = experiment.begun(cell, service.start(cell.config))
            shelf.put(experiment)
        elif service.status(run.id).state in ("stopped", "failed", "interrupted"):
            service.resume(run.id)


def _stop(run_ids: list[str]) -> None:
    """The last ones first, so that none begins because another has ended."""
    for run_id in reversed(run_ids):
        try:
            lab().service.stop(run_id)
        except GanlabError as error:
            st.toast(escaped(str(error)), icon=":material/warning:")


def _number(name: str, value: Any) -> Any:
    """As typed; what is a number as one. The config says what is wrong with others."""
    if SETTINGS[name].kind not in ("whole", "number") or not isinstance(value, str):
        return value
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value
