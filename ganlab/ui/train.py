"""The Train page: choose, start, watch."""

from __future__ import annotations

import streamlit as st

from ganlab.config import parse_config, warnings_of
from ganlab.data import DATASETS
from ganlab.errors import GanlabError
from ganlab.gan.losses import LOSSES
from ganlab.recipes import RECIPES
from ganlab.runs import Run
from ganlab.ui.choose import choose_run, show_run
from ganlab.ui.components import live_run
from ganlab.ui.lab import lab
from ganlab.ui.settings import Values, draw_first, draw_groups, forget


def page() -> None:
    """Settings and Start at the side, the run as it happens in the middle."""
    with st.sidebar:
        _draw_new_run()
    run = choose_run("Nothing has been trained yet: press **Start** at the left, and digits appear within a minute.")
    if run is None:
        return
    live_run(run_id=run.id, token=lab().token, key="live", state=lab().service.status(run.id).state)
    _draw_reading(run)
    _draw_settings(run)


def _draw_new_run() -> None:
    name = st.selectbox("Recipe", list(RECIPES), key="recipe", help="A complete set of settings; all can be changed.")
    recipe = RECIPES[name]
    st.caption(recipe.summary)
    values = draw_first(name, recipe.config)
    st.caption(DATASETS[values["dataset"]].description.split(" Source: ")[0])
    start = st.button("Start", type="primary", icon=":material/play_arrow:", width="stretch")
    _draw_queue_note()
    outcome = st.container()
    draw_groups(name, values)
    st.button("Reset settings", on_click=forget, args=(name,), width="stretch", help="Back to the recipe's own values.")
    with outcome:
        _check_and_start(name, values, start=start)


def _check_and_start(recipe: str, values: Values, *, start: bool) -> None:
    """Show what is wrong with the settings as they stand; with `start`, make a run of them."""
    try:
        config = parse_config(values | {"recipe": recipe})
        for warning in warnings_of(config):
            st.warning(warning)
        if start:
            show_run(lab().service.start(config))
    except GanlabError as error:
        st.error(str(error))
        return
    if start:
        st.rerun()


def _draw_queue_note() -> None:
    busy = lab().service.active()
    if busy:
        st.caption(f"{len(busy)} {'run is' if len(busy) == 1 else 'runs are'} ahead; a new one waits its turn.")


def _draw_reading(run: Run) -> None:
    """What this loss is, below its curves."""
    loss = LOSSES[run.config.loss]
    with st.expander(f"What these curves mean: the {loss.title} loss"):
        st.markdown(loss.explanation)
        st.latex(loss.formula)
        if run.config.penalty == "gradient":
            st.latex(r"L_D \mathrel{+}= \lambda\,\mathbb{E}\left(\lVert\nabla D(\hat x)\rVert_2 - 1\right)^2")
        if run.config.recipe in RECIPES:
            st.markdown(f"**Expect:** {RECIPES[run.config.recipe].expect}")
        st.caption(loss.source)


def _draw_settings(run: Run) -> None:
    """The run's own settings, which the widgets at the side may no longer show."""
    with st.expander("Settings of this run"):
        rows = {
            field.title or name: str(getattr(run.config, name)) for name, field in type(run.config).model_fields.items()
        }
        st.dataframe(
            {"Setting": list(rows), "Value": list(rows.values())}, hide_index=True, width="stretch", height="content"
        )
        st.caption(f"Folder: `{run.path}`")
