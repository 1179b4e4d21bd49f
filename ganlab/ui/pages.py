"""The pages: one line each."""

from __future__ import annotations

import streamlit as st

from ganlab.ui import compare, data, explore, learn, plane, runs, train
from ganlab.ui.places import know_pages
from ganlab.ui.sockets import answer_at_once
from ganlab.ui.style import ICON, draw_style


def draw() -> None:
    """The page that is asked for, and the way to the others."""
    st.set_page_config(page_title="ganlab", page_icon=ICON, layout="wide", initial_sidebar_state="auto")
    draw_style()
    answer_at_once()
    pages = [
        st.Page(train.page, title="Train", icon=":material/model_training:", url_path="train", default=True),
        st.Page(explore.page, title="Explore", icon=":material/explore:", url_path="explore"),
        st.Page(plane.page, title="Plane", icon=":material/scatter_plot:", url_path="plane"),
        st.Page(learn.page, title="Learn", icon=":material/school:", url_path="learn"),
        st.Page(runs.page, title="Runs", icon=":material/list:", url_path="runs"),
        st.Page(compare.page, title="Compare", icon=":material/compare_arrows:", url_path="compare"),
        st.Page(data.page, title="Data", icon=":material/dataset:", url_path="data"),
    ]
    know_pages(pages)
    chosen = st.navigation(pages, position="top")
    runs.leave(chosen.title)
    chosen.run()
