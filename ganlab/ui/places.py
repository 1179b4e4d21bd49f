"""The pages by name, so that one can lead to another; they may not import each other in a circle."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import streamlit as st
from streamlit.navigation.page import StreamlitPage

PlaceName = Literal["Train", "Explore", "Data", "Plane"]

_MEMORY = "pages"


def know_pages(pages: Iterable[StreamlitPage]) -> None:
    """To be called once per run of the page script, before a page is drawn."""
    st.session_state[_MEMORY] = {page.title: page for page in pages}


def draw_link(name: PlaceName, label: str, **asked: str) -> None:
    """A link to another page, within the session; `asked` goes into its address.

    Nothing where a page runs alone, as in a test of it.
    """
    page = st.session_state.get(_MEMORY, {}).get(name)
    if page is not None:
        st.page_link(page, label=label, icon=page.icon, query_params=asked or None)


def go_to(name: PlaceName, **asked: str) -> None:
    """Show another page now, with `asked` in its address. Nothing where a page runs alone."""
    page = st.session_state.get(_MEMORY, {}).get(name)
    if page is not None:
        st.switch_page(page, query_params=asked or None)
