"""Recipes as cards in groups: a picture of samples, a plain title, what it costs on this computer."""

from __future__ import annotations

import base64
import functools
import html
from pathlib import Path

import streamlit as st

from ganlab.errors import GanlabError
from ganlab.recipes import RECIPES, Recipe
from ganlab.recipes.groups import GROUPS, grouped, title_of
from ganlab.training import seconds_for
from ganlab.ui.sentences import as_sentence
from ganlab.ui.settings import READY, RECIPE_BOX
from ganlab.ui.starting import start

#: Made by docs/thumbnails.py from runs of the recipes.
_PICTURES = Path(__file__).parent / "cards"
#: Four fit beside the panel of settings on a laptop.
_CARD_PX = 254
#: The group that stands on the first screen by itself.
FIRST_GROUP = next(iter(GROUPS))


def draw_group(names: list[str], *, place: str) -> None:
    """Cards of these recipes, as many in a row as fit. place: where they stand, so that two sets are told apart."""
    with st.container(horizontal=True):
        for name in names:
            _draw_card(RECIPES[name], place)


@st.dialog("Choose a recipe", width="large")
def show_all() -> None:
    """All recipes by group."""
    st.caption(
        "**Train** starts one as it stands. **Settings** puts it into the panel at the left, to be changed first."
    )
    for group, names in grouped(RECIPES).items():
        st.subheader(group)
        draw_group(names, place="all")


def _draw_card(recipe: Recipe, place: str) -> None:
    name = recipe.name
    with st.container(border=True, width=_CARD_PX, height="stretch", key=f"card {place} {name}"):
        st.html(_face(recipe))
        with st.container(horizontal=True, gap="small"):
            train = st.button("Train", icon=":material/play_arrow:", key=f"train {place} {name}", help=recipe.summary)
            choose = st.button("Settings", key=f"choose {place} {name}", help="Change its settings before it starts.")
    if choose:
        st.session_state[_WISH] = st.session_state[READY] = name
        st.rerun()
    if train:
        try:
            start(recipe.configs)
        except GanlabError as error:
            st.error(as_sentence(error))
            return
        st.session_state[_WISH] = name
        st.rerun()


#: The recipe that a card chose; the box of recipes takes it before it is drawn.
_WISH = "recipe of a card"


def take_wish() -> None:
    """Let the box of recipes show the card that was clicked. To be called before that box is drawn."""
    if _WISH in st.session_state:
        st.session_state[RECIPE_BOX] = st.session_state.pop(_WISH)


def _face(recipe: Recipe) -> str:
    picture = _picture(recipe.name)
    image = (
        f'<img class="ganlab-card-picture" alt="" src="{picture}">'
        if picture
        else '<span class="ganlab-card-picture"></span>'
    )
    return (
        f'<div class="ganlab-recipe">{image}<div><strong>{html.escape(title_of(recipe.name))}</strong>'
        f"<small>{html.escape(cost_of(recipe))}</small></div></div>"
    )


@functools.cache
def _picture(name: str) -> str:
    """Samples of a recipe as the address of an image; empty where none are shipped."""
    file = _PICTURES / f"{name}.webp"
    if not file.exists():
        return ""
    return f"data:image/webp;base64,{base64.b64encode(file.read_bytes()).decode()}"


@functools.cache
def _seconds(name: str) -> float:
    return sum(map(seconds_for, RECIPES[name].configs))


def cost_of(recipe: Recipe) -> str:
    """'3 runs, about 5 min here': what all its steps take on this computer."""
    runs = f"{len(recipe.rivals)} runs, " if recipe.rivals else ""
    return f"{runs}{duration_words(_seconds(recipe.name))} here"


def duration_words(seconds: float) -> str:
    """'under a minute', 'about 3 min', 'about 2 hours', 'about 4 days': no more than an estimate is good for."""
    if seconds < 60:
        return "under a minute"
    size, word = next((size, word) for most, size, word in _UNITS if seconds < most)
    count = seconds / size
    digits = 1 if count > 30 else 2
    return f"about {float(f'{count:.{digits}g}') if count >= 10 else round(count):.0f} {word}"


#: Up to how many seconds a duration is told in a unit of so many.
_UNITS = ((5400, 60, "min"), (129_600, 3600, "hours"), (float("inf"), 86_400, "days"))
