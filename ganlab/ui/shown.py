"""A dataset on screen: samples of it, how many of each class, and what training will meet."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from ganlab.config import CropName, TrainConfig
from ganlab.data import Dataset, load_dataset
from ganlab.data.folder import Prepared
from ganlab.data.preflight import Finding, preflight
from ganlab.pictures import encode, make_grid, scatter
from ganlab.ui.style import ACCENT, draw_picture
from ganlab.ui.working import working

#: Pixels that a grid of samples is about wide, and the fewest and most samples side by side.
_SHEET_PIXELS = 640
_FEWEST, _MOST = 4, 10
_POINTS = 2000
#: What the box of classes says where it leaves none out.
_ALL = "all classes"
#: Classes that a histogram has room for.
_MOST_BARS = 30

_ICONS = {
    "good": ":green[:material/check_circle:]",
    "note": ":blue[:material/info:]",
    "warning": ":orange[:material/warning:]",
}


@dataclass(frozen=True)
class Shown:
    """A loaded dataset and what was found in it."""

    data: Dataset
    findings: tuple[Finding, ...]


def load_shown(name: str, *, label: str, folder: str = "", prepared: Prepared | None = None) -> Shown:
    """A dataset, from memory if it was shown lately; with a progress bar otherwise. Raises DataError."""
    size: int = prepared.size if prepared else 0
    crop: CropName = prepared.crop if prepared else "centre"
    shelf = _shelf(name, folder, size, crop, f"{prepared.path} {prepared.left_out}" if prepared else "")
    if not shelf:
        with working(label) as progress:
            data = load_dataset(name, folder=folder, size=size, crop=crop, progress=progress)
            progress("Looking through it", None)
            shelf.append(Shown(data, preflight(data, batch_size=TrainConfig().batch_size, prepared=prepared)))
    return shelf[0]


@st.cache_resource(max_entries=3, show_spinner=False)
def _shelf(name: str, folder: str, size: int, crop: str, version: str) -> list[Shown]:
    """Where one loaded dataset is put. A cached loader itself could not draw a progress bar."""
    return []


def draw_shown(shown: Shown) -> None:
    """Samples at the left; at the right the classes and the findings."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        _draw_samples(shown.data)
    with right:
        _draw_findings(shown.findings)
        if shown.data.labels is not None:
            _draw_classes(shown.data)


@st.fragment
def _draw_samples(data: Dataset) -> None:
    chosen = None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader("Samples", width="stretch")
        if data.labels is not None and len(data.class_names) > 1:
            chosen = st.selectbox("Class", [_ALL, *data.class_names], width=170)
        more = st.button("Other samples", icon=":material/casino:")
    if more:
        st.session_state["samples seed"] = st.session_state.get("samples seed", 0) + 1
    kept = np.arange(len(data))
    if chosen in data.class_names and data.labels is not None:
        kept = np.flatnonzero((data.labels == data.class_names.index(chosen)).numpy())
    rng = np.random.default_rng(st.session_state.get("samples seed", 0))
    if len(data.shape) == 3:
        _draw_images(data, kept, rng)
    else:
        _draw_points(data, kept, rng)


def _draw_images(data: Dataset, kept: np.ndarray, rng: np.random.Generator) -> None:
    columns = min(max(_SHEET_PIXELS // data.shape[-1], _FEWEST), _MOST)
    picked = rng.permutation(kept)[: columns * columns]
    if not len(picked):
        st.info("There is no picture of this class.")
        return
    images = data.examples[picked].permute(0, 2, 3, 1).numpy()
    label = f"{len(picked):,} of {len(kept):,} pictures"
    draw_picture(encode(make_grid(images, columns=columns), "png"), label)
    st.caption(f"{label}, drawn at random.")


def _draw_points(data: Dataset, kept: np.ndarray, rng: np.random.Generator) -> None:
    picked = rng.permutation(kept)[:_POINTS]
    label = f"{len(picked):,} of {len(kept):,} points"
    draw_picture(encode(scatter(data.examples[picked].numpy(), side=_SHEET_PIXELS), "png"), label)
    st.caption(f"{label}, drawn at random; the picture shows −1.5 to 1.5 both ways.")


def _draw_findings(findings: tuple[Finding, ...]) -> None:
    st.subheader("Before you train")
    for finding in findings:
        st.markdown(f"{_ICONS[finding.level]} {finding.sentence}")


def _draw_classes(data: Dataset) -> None:
    """Examples per class as bars, which read at any length of name."""
    assert data.labels is not None
    st.subheader("Examples per class")
    counts = Counter(data.labels.tolist())
    bars = [(name, counts[index]) for index, name in enumerate(data.class_names)]
    if len(bars) > _MOST_BARS:
        st.caption(f"The {_MOST_BARS} largest of {len(bars)} classes.")
        bars = sorted(bars, key=lambda bar: -bar[1])[:_MOST_BARS]
    names, numbers = zip(*bars, strict=True)
    chart = go.Figure(
        go.Bar(
            x=numbers,
            y=names,
            orientation="h",
            marker_color=ACCENT,
            text=[f"{number:,}" for number in numbers],
            hovertemplate="%{y}: %{x:,}<extra></extra>",
        )
    )
    chart.update_layout(height=24 * len(bars) + 24, margin={"l": 0, "r": 0, "t": 0, "b": 0}, bargap=0.25)
    chart.update_xaxes(visible=False)
    chart.update_yaxes(type="category", autorange="reversed", automargin=True)
    st.plotly_chart(chart, width="stretch", config={"displayModeBar": False}, key="classes of the data")
