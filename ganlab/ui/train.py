"""The Train page: choose, start, watch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from ganlab.config import SETTINGS, TrainConfig, has_effect, warnings_of
from ganlab.data import DATASETS
from ganlab.errors import GanlabError
from ganlab.gan.losses import LOSSES
from ganlab.gan.penalties import PENALTIES
from ganlab.recipes import RECIPES, Recipe
from ganlab.recipes.groups import grouped, title_of
from ganlab.runs import Run
from ganlab.ui.choose import choose_run, show_run
from ganlab.ui.components import live_run
from ganlab.ui.first import draw_first_screen, draw_starts, shipped_run
from ganlab.ui.knobs import settings_schema
from ganlab.ui.lab import lab
from ganlab.ui.places import draw_link
from ganlab.ui.prepared import prepared_for
from ganlab.ui.presence import presence_of
from ganlab.ui.recipe_cards import cost_of, show_all, take_wish
from ganlab.ui.sentences import as_sentence
from ganlab.ui.settings import READY, RECIPE_BOX, Values, draw_first, draw_groups, forget
from ganlab.ui.starting import start as begin
from ganlab.ui.style import table_of
from ganlab.ui.summary import draw_networks
from ganlab.ui.to_explore import explore_sample
from ganlab.words import shortened

#: Start was pressed where it stands in the main area.
_WISHED = "start in the main area"


def page() -> None:
    """Settings and Start at the side, the run as it happens in the middle."""
    with st.sidebar:
        configs = _draw_new_run()
    _draw_ready(configs)
    shipped = shipped_run()
    if shipped is not None:
        draw_first_screen(shipped)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run = choose_run("Nothing has been trained here yet. Pick a recipe: digits appear within seconds.")
        if run is not None and st.button("New run", icon=":material/add:", help="Choose a recipe from cards."):
            show_all()
    if run is None:
        draw_starts()
        return
    status = lab().service.status(run.id)
    live_run(
        run_id=run.id,
        token=lab().token,
        key="live",
        state=status.state,
        settings=settings_schema(),
        on_open=show_run,
        on_explore=partial(explore_sample, run),
    )
    _draw_reading(status.config)
    _draw_settings(run, status.config)


def _draw_new_run() -> tuple[TrainConfig, ...]:
    """The recipe, its settings and Start. Returns the configs of the runs that Start would make; none if it cannot."""
    take_wish()
    name = st.selectbox(
        "Recipe",
        [name for names in grouped(RECIPES).values() for name in names],
        format_func=title_of,
        key=RECIPE_BOX,
        persist_state="session",
        help="A complete set of settings; all can be changed.",
    )
    recipe = RECIPES[name]
    if st.button("Choose from cards", icon=":material/grid_view:", width="stretch"):
        show_all()
    st.caption(f"{recipe.summary} All steps take {cost_of(recipe)}.")
    _draw_story(recipe)
    # What comes and goes has places of its own: the groups below would move up and down, and so fold up.
    with st.container():
        values = draw_first(name, recipe.config, decided=recipe.decided)
        _draw_dataset_note(values)
        if recipe.rivals:
            st.caption(f"One run each: {' · '.join(map(_rival_words, recipe.rivals))}.")
    start = st.button(_start_label(recipe), type="primary", icon=":material/play_arrow:", width="stretch")
    start = st.session_state.pop(_WISHED, False) or start
    queue, outcome, networks = st.container(), st.container(), st.container()
    with queue:
        _draw_queue_note()
    draw_groups(name, values, decided=recipe.decided)
    st.button("Reset settings", on_click=forget, args=(name,), width="stretch", help="Back to the recipe's own values.")
    with outcome:
        configs = _check_and_start(recipe, values, start=start)
    with networks:
        draw_networks(configs)
    return configs


def _draw_ready(configs: Sequence[TrainConfig]) -> None:
    """What was chosen from a card or on the Data page, with a Start of its own: the panel may be out of sight."""
    name = st.session_state.get(READY)
    if name is None or name != st.session_state.get(RECIPE_BOX):
        st.session_state.pop(READY, None)
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="ready"):
        data = f" on {DATASETS[configs[0].dataset].title}" if configs else ""
        st.markdown(f"Ready: **{title_of(name)}**{data}. Its settings are in the panel at the left.", width="stretch")
        st.button(
            "Start now",
            type="primary",
            icon=":material/play_arrow:",
            disabled=not configs,
            help=None if configs else "The panel at the left says what is missing.",
            on_click=_wish_start,
        )
        st.button("Not now", on_click=_put_off)


def _wish_start() -> None:
    st.session_state[_WISHED] = True


def _put_off() -> None:
    st.session_state.pop(READY, None)


def _draw_story(recipe: Recipe) -> None:
    """What the article did and found, what to expect here, and what was wrong in it."""
    with st.popover("About this recipe", width="stretch"):
        for heading, text in (
            ("The article", recipe.article),
            ("What it found", recipe.found),
            ("What to expect here", recipe.expect),
            ("What was wrong in it", recipe.slips),
        ):
            if text:
                st.markdown(f"**{heading}**  \n{text}")
        if recipe.rivals:
            st.markdown("**The runs that it starts**")
            st.markdown("\n".join(f"{number}. {_rival_words(rival)}" for number, rival in enumerate(recipe.rivals, 1)))


def _start_label(recipe: Recipe) -> str:
    return f"Start {len(recipe.rivals)} runs" if recipe.rivals else "Start"


def _rival_words(rival: Mapping[str, Any]) -> str:
    """'Loss hinge, Penalty none': what sets one run of a recipe apart."""
    return ", ".join(f"{SETTINGS[name].title} {_value_words(name, value)}" for name, value in rival.items())


def _draw_dataset_note(values: Values) -> None:
    """What the dataset is, and what stands between it and Start."""
    spec = DATASETS[values["dataset"]]
    if spec.name == "folder":
        _draw_folder_note(values)
    else:
        st.caption(spec.description.split(" Source: ")[0])
    if presence_of(spec) == "not downloaded":
        st.info(f"{spec.title} is not on this machine yet: Start downloads it first.", icon=":material/download:")
    if presence_of(spec) in ("not downloaded", "your own"):
        draw_link("Data", "Open the Data page", dataset=spec.name)


def _draw_folder_note(values: Values) -> None:
    prepared = prepared_for(values)
    if not values["folder"]:
        st.info("No folder is chosen yet: name one above, or prepare pictures first.", icon=":material/folder:")
    elif prepared is None:
        st.caption("These pictures are prepared once, when training starts.")
    else:
        classes = f", {len(prepared.class_names)} classes" if prepared.class_names else ""
        st.caption(f"{prepared.count:,} pictures{classes}.")


def _check_and_start(recipe: Recipe, values: Values, *, start: bool) -> tuple[TrainConfig, ...]:
    """Show what is wrong with the settings as they stand; with `start`, make a run of them, or one of each rival.

    Returns their configs; none when there is something wrong.
    """
    try:
        configs = recipe.configs_with(**{setting: values[setting] for setting in values.keys() - recipe.decided})
        for warning in dict.fromkeys(warning for config in configs for warning in warnings_of(config)):
            st.warning(warning)
        if start:
            begin(configs)
            _put_off()
    except GanlabError as error:
        st.error(as_sentence(error))
        return ()
    if start:
        st.rerun()
    return configs


def _draw_queue_note() -> None:
    busy = lab().service.active()
    if busy:
        state = "paused" if lab().service.status(busy[0]).state == "paused" else "training"
        waiting = f", {len(busy) - 1} queued" if len(busy) > 1 else ""
        st.caption(f"1 run is {state}{waiting}; new runs will queue.")


def _draw_reading(config: TrainConfig) -> None:
    """What this loss and its penalty are, below their curves."""
    loss, penalty = LOSSES[config.loss], PENALTIES[config.penalty]
    with st.expander(f"What these curves mean: the {loss.title} loss"):
        st.markdown(loss.explanation)
        st.latex(loss.formula)
        if config.penalty != "none":
            st.markdown(f"**{penalty.title}.** {penalty.explanation}")
            if penalty.formula:
                st.latex(penalty.formula)
        if config.recipe in RECIPES:
            st.markdown(f"**Expect:** {RECIPES[config.recipe].expect}")
        st.caption("  \n".join(dict.fromkeys(source for source in (loss.source, penalty.source) if source)))


def _draw_settings(run: Run, config: TrainConfig) -> None:
    """The run's settings as they stand, which the widgets at the side may no longer show."""
    with st.expander("Settings of this run"):
        values = config.model_dump()
        shown = {name: values[name] for name in SETTINGS if has_effect(name, values)}
        rows = {SETTINGS[name].title: _value_words(name, value) for name, value in shown.items()}
        st.markdown(table_of(("Setting", "Value"), ({"Recipe": config.recipe} | rows).items()))
        st.caption(f"Folder: `{run.path}`")


def _value_words(name: str, value: Any) -> str:
    if name == "image_size" and not value:
        return "the dataset's own"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "all"
    return shortened(str(value), 100)
