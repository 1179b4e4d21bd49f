"""The Explore page: walk through what a generator has learnt."""

from __future__ import annotations

import secrets
from typing import get_args

import streamlit as st

from ganlab.data import DATASETS
from ganlab.errors import GanlabError
from ganlab.explore import Snapshot
from ganlab.gan.latent import PathName
from ganlab.gan.priors import PRIORS
from ganlab.pictures import encode, enlarge, make_grid
from ganlab.runs import Run
from ganlab.ui.choose import choose_run
from ganlab.ui.components import Direction, walk
from ganlab.ui.lab import lab
from ganlab.ui.style import draw_picture

_PATH_TITLES: dict[PathName, str] = {"slerp": "Great circle (slerp)", "lerp": "Straight line (lerp)"}


def page() -> None:
    """Choose a run and a snapshot, then move through its latent space."""
    left, right = st.columns([3, 1])
    with left:
        run = choose_run("There is nothing to explore yet: train something on the **Train** page first.")
    if run is None:
        return
    with right:
        snapshot = _choose_snapshot(run)
    if snapshot is None:
        return
    try:
        label = _draw_walk(run, snapshot)
        _draw_strip(run, snapshot, label)
    except GanlabError as error:
        st.error(str(error))


def _choose_snapshot(run: Run) -> Snapshot | None:
    """A step, or the weights in training while there are any."""
    live = run.id in lab().service.active()
    choices: list[Snapshot] = [*(["live"] if live else []), *reversed(lab().explorer.snapshots(run.id))]
    if not choices:
        st.info("No snapshot yet: it comes with the first samples, or once the run is stopped.")
        return None
    return st.selectbox(
        "Snapshot",
        choices,
        format_func=lambda choice: "in training now" if choice == "live" else f"step {choice:,}",
        key=f"snapshot of {run.id}",
        help="The weights as they were after so many steps: walk the same latents at another age of the network.",
    )


def _draw_walk(run: Run, snapshot: Snapshot) -> int | None:
    """The sliders and their pictures; returns the class chosen."""
    config = run.config
    loaded = lab().explorer.load(run.id, snapshot)
    directions: list[Direction] = [
        {"label": f"direction {number} · {share:.0%}"} for number, share in enumerate(loaded.directions.shares, 1)
    ]
    st.caption(
        "Every picture is made from a list of random numbers z. A seed fixes z; the sliders move it: along the "
        "directions that change the generator's first layer most (with their share of all change), or number by number."
    )
    label = _choose_class(run, loaded.class_count)
    walk(
        run_id=run.id,
        snapshot=snapshot,
        label=label,
        token=lab().token,
        directions=directions,
        z_dim=config.z_dim,
        z_limit=PRIORS[config.prior].spread(config.prior_half_width),
        seed=0,
        key="walk",
    )
    return label


def _choose_class(run: Run, class_count: int) -> int | None:
    """The class that a conditional generator is told; None for all of them in turn, or where there is no choice."""
    if not class_count:
        return None
    known = run.config.classes or DATASETS[run.config.dataset].class_names
    names = known if len(known) == class_count else [f"class {number}" for number in range(class_count)]
    choices: list[int | None] = [None, *range(class_count)]
    return st.selectbox(
        "Class",
        choices,
        format_func=lambda number: "all of them in turn" if number is None else names[number],
        key=f"class of {run.id}",
        help="This generator was told the class of each image: the same z drawn as another class.",
    )


@st.fragment
def _draw_strip(run: Run, snapshot: Snapshot, label: int | None) -> None:
    """From one seed to another, frame by frame."""
    st.subheader("From one seed to another")
    first, second, third, fourth, fifth = st.columns([2, 2, 2, 3, 2], vertical_alignment="bottom")
    if fifth.button("Two new seeds", icon=":material/casino:", width="stretch"):
        for end in ("strip from", "strip to"):
            st.session_state[end] = secrets.randbelow(10**6)
    st.session_state.setdefault("strip from", 1)
    st.session_state.setdefault("strip to", 2)
    start = first.number_input("From seed", min_value=0, max_value=2**31 - 1, key="strip from")
    end = second.number_input("To seed", min_value=0, max_value=2**31 - 1, key="strip to")
    frames = third.number_input("Pictures", min_value=3, max_value=24, value=11, key="strip frames")
    path = fourth.selectbox(
        "Path",
        get_args(PathName)[::-1],
        format_func=_PATH_TITLES.__getitem__,
        key="strip path",
        help="A normal prior's latents lie near a sphere: the circle stays on it, the straight line cuts through.",
    )
    images, step = lab().explorer.strip(
        run.id, snapshot, seed=start, to=end, frames=frames, path=path or "slerp", label=label
    )
    sheet = make_grid(images, columns=frames)
    words = f"{frames} pictures from seed {start} to seed {end}"
    draw_picture(encode(sheet, "png"), words)
    left, right = st.columns([5, 2], vertical_alignment="center")
    left.caption(f"{words}, weights of step {step:,}.")
    right.download_button(
        "Download PNG",
        encode(enlarge(sheet, 4), "png"),
        file_name=f"{run.id}-step{step}-seeds{start}-{end}.png",
        mime="image/png",
        icon=":material/download:",
        width="stretch",
    )
