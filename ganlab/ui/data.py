"""The Data page: what there is to imitate, what it looks like, and one's own pictures."""

from __future__ import annotations

import streamlit as st

from ganlab.data import DATASETS, DatasetSpec
from ganlab.errors import GanlabError
from ganlab.ui.data_folder import draw_own_pictures
from ganlab.ui.places import draw_link
from ganlab.ui.presence import byte_words, presence_of, shape_words, size_of
from ganlab.ui.sentences import as_sentence
from ganlab.ui.shown import draw_shown, load_shown
from ganlab.ui.train_on import draw_train_button
from ganlab.ui.working import draw_cancelled

_BOX = "dataset shown"
_COLOURS = {"built in": "green", "generated": "green", "downloaded": "green", "not downloaded": "orange"}


def page() -> None:
    """Choose a dataset at the side; look at it in the middle."""
    with st.sidebar:
        spec = _choose()
    if spec.name == "folder":
        draw_own_pictures()
    else:
        _draw_dataset(spec)


def _choose() -> DatasetSpec:
    """The dataset chosen here, or the one that a link asked for."""
    asked = st.query_params.pop("dataset", None)
    if asked in DATASETS:
        st.session_state[_BOX] = asked
    elif asked is not None:
        st.warning(f"There is no dataset “{asked}”; this is another one.")
    name = st.radio(
        "Dataset",
        list(DATASETS),
        format_func=lambda name: DATASETS[name].title,
        captions=[_caption(spec) for spec in DATASETS.values()],
        key=_BOX,
        persist_state="session",
    )
    return DATASETS[name]


def _caption(spec: DatasetSpec) -> str:
    if spec.name == "folder":
        return "a folder or an upload"
    if spec.origin == "your own":
        return "drawn or pasted"
    return f"{shape_words(spec)} · {presence_of(spec)}"


def _draw_dataset(spec: DatasetSpec) -> None:
    presence = presence_of(spec)
    st.header(spec.title)
    about, _, source = spec.description.partition(" Source: ")
    st.markdown(about)
    if source:
        st.caption(f"Source: {source}")
    if spec.origin == "your own":
        draw_link("Plane", "Draw points, or paste them")
        return
    _draw_facts(spec)
    wanted = False
    with st.container(horizontal=True):
        if presence == "not downloaded":
            wanted = st.button("Download", type="primary", icon=":material/download:")
        draw_train_button(spec)
    if presence == "not downloaded" and not wanted:
        draw_cancelled()
        st.info("It is not on this machine yet. **Download** fetches it once and checks it; then samples show here.")
        return
    if draw_cancelled():
        st.button("Show samples", help="Loads it after all.")
        return
    try:
        shown = load_shown(spec.name, label=f"{'Downloading' if wanted else 'Loading'} {spec.title}")
    except GanlabError as error:
        st.error(as_sentence(error))
        return
    if wanted:
        st.rerun()
    draw_shown(shown)


def _draw_facts(spec: DatasetSpec) -> None:
    presence = presence_of(spec)
    facts = [
        f":{_COLOURS[presence]}-badge[{presence}]",
        f"**{spec.count:,}** {'images' if spec.has_images else 'points'}" if spec.count else "",
        f"**{spec.held_out:,}** held out" if spec.held_out else "",
        shape_words(spec) if spec.has_images else "",
        f"**{len(spec.class_names)}** classes" if spec.class_names else "no classes",
        f"{byte_words(size_of(spec))} on disk" if size_of(spec) else "",
    ]
    st.markdown("  ·  ".join(fact for fact in facts if fact))
