"""What the networks of the next run consist of, before anything is trained."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ganlab.config import TrainConfig
from ganlab.data import shape_for
from ganlab.errors import GanlabError
from ganlab.gan.losses import LOSSES
from ganlab.gan.summary import Layers, summarise
from ganlab.ui.prepared import class_names_of
from ganlab.ui.sentences import as_sentence


def draw_networks(configs: Sequence[TrainConfig]) -> None:
    """A button that shows G and D layer by layer, those of the first of the runs."""
    clicked = st.button(
        "The networks",
        icon=":material/account_tree:",
        width="stretch",
        disabled=not configs,
        help="Layers, output shapes, parameters and the work for one image, before anything is trained.",
    )
    if clicked:
        _show_networks(configs)


@st.dialog("The networks", width="large")
def _show_networks(configs: Sequence[TrainConfig]) -> None:
    _draw_pair(configs[0])
    if len(configs) > 1:
        st.caption("These are the networks of the first of the runs.")


def _draw_pair(config: TrainConfig) -> None:
    try:
        class_count = len(config.classes or class_names_of(config.model_dump())) if config.conditional else 0
        pair = summarise(config, shape_for(config), class_count)
    except GanlabError as error:
        st.error(as_sentence(error))
        return
    _draw_layers("Generator", pair.generator)
    _draw_layers(LOSSES[config.loss].d_title.capitalize(), pair.discriminator)
    st.caption(
        "FLOPs: multiplications and additions for one example, forward only, without normalisation and activations."
    )


def _draw_layers(title: str, layers: Layers) -> None:
    st.markdown(f"**{title}**  ·  {number_words(layers.parameters)} parameters  ·  {number_words(layers.flops)} FLOPs")
    st.dataframe(
        {
            "Layer": [row.name for row in layers.rows],
            "Kind": [row.kind for row in layers.rows],
            "Output": [" × ".join(map(str, row.output)) for row in layers.rows],
            "Parameters": [row.parameters for row in layers.rows],
            "FLOPs": [row.flops for row in layers.rows],
        },
        hide_index=True,
        width="stretch",
        height="content",
        column_config={
            "Kind": st.column_config.TextColumn(width=230),
            "Parameters": st.column_config.NumberColumn(format="localized"),
            "FLOPs": st.column_config.NumberColumn(format="compact"),
        },
    )


def number_words(count: int) -> str:
    """'3.4 million': three digits say enough of a total."""
    for size, word in ((10**9, "billion"), (10**6, "million"), (10**3, "thousand")):
        if count >= size:
            return f"{count / size:.3g} {word}"
    return str(count)
