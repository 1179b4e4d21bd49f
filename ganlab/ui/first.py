"""The first screen: a shipped run plays, and leads to a training of one's own."""

from __future__ import annotations

import streamlit as st

from ganlab.errors import GanlabError
from ganlab.gan.losses import LOSSES
from ganlab.recipes import RECIPES
from ganlab.recipes.groups import grouped
from ganlab.runs import Run
from ganlab.ui.choose import nothing_chosen
from ganlab.ui.components import replay
from ganlab.ui.lab import lab
from ganlab.ui.places import draw_link
from ganlab.ui.recipe_cards import FIRST_GROUP, draw_group, show_all
from ganlab.ui.runs_rows import time_words
from ganlab.ui.sentences import as_sentence
from ganlab.ui.starting import start


def shipped_run() -> Run | None:
    """On first opening, the run that plays: of the first recipe that has one. None once there is a run to look at.

    Nobody has trained here yet as long as all runs are for exploring only, which is how runs are shipped.
    """
    if not nothing_chosen():
        return None
    runs = lab().runs.all()
    if not all(run.slimmed for run in runs):
        return None
    order = list(RECIPES)
    return min(
        runs, key=lambda run: order.index(run.config.recipe) if run.config.recipe in order else len(order), default=None
    )


def draw_first_screen(run: Run) -> None:
    """The run as it was trained, in some seconds; then where to go from here."""
    status = lab().service.status(run.id)
    critic = LOSSES[run.config.loss].d_title
    st.header("Watch a GAN learn", anchor=False)
    took = f" in {time_words(status.elapsed_s)}" if status.elapsed_s else ""
    st.markdown(
        f"Samples form while the {critic}'s loss draws: {status.step:,} steps, trained{took}. Now train your own."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        train = st.button("Train this yourself", type="primary", icon=":material/play_arrow:")
        draw_link("Explore", "Explore it", run=run.id)
    if train and run.config.recipe in RECIPES:
        try:
            start(RECIPES[run.config.recipe].configs)
        except GanlabError as error:
            st.error(as_sentence(error))
        else:
            st.rerun()
    replay(run_id=run.id, token=lab().token, key="replay", label=f"{critic.capitalize()} loss")
    draw_starts()


def draw_starts() -> None:
    """The recipes to begin with, and the way to all others."""
    names = grouped(RECIPES)
    st.subheader("Or train something else", anchor=False)
    draw_group(names[FIRST_GROUP], place="first")
    if st.button("All recipes", icon=":material/grid_view:"):
        show_all()
