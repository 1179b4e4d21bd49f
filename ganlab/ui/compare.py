"""The Compare page: runs, or the runs of an experiment, side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence

import streamlit as st

from ganlab.errors import GanlabError
from ganlab.experiments import (
    Compared,
    Moment,
    Shelf,
    compared,
    differing_settings,
    mean_and_spread,
    of_logged,
    of_snapshots,
    report,
    scores_csv,
    sentence,
    verdicts,
)
from ganlab.metrics.scores import SCORES, ScoreName
from ganlab.runs import Run
from ganlab.ui.compare_view import MOST_RUNS
from ganlab.ui.components.compare import compare
from ganlab.ui.experiment import OF, ask_for_experiment, draw_experiment
from ganlab.ui.lab import lab
from ganlab.ui.style import escaped, table_of
from ganlab.words import shortened

#: Samples of a snapshot that is judged here.
_COUNT = 1000
_RUNS, _MOMENT = "compare runs", "compare moment"
_JUDGED = "judged snapshots"
_MOMENTS = {"last": "last scores", "best": "best scores"}


def page() -> None:
    """What is compared stands in the address: the name of an experiment, or ids of runs."""
    shelf = Shelf(lab().runs)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header("Compare", anchor=False)
        if st.button("New experiment", icon=":material/add:"):
            ask_for_experiment(shelf)
    names = _choose(shelf)
    try:
        chosen, gone = shelf.chosen(names)
    except GanlabError as error:
        st.error(escaped(str(error)))
        return
    for words in gone:
        st.warning(escaped(words))
    if not chosen:
        _draw_nothing(names)
        return
    if len(chosen) > MOST_RUNS:
        st.warning(f"{len(chosen)} runs are too many to look at: the first {MOST_RUNS} are shown.")
        chosen = chosen[:MOST_RUNS]
    if len(names) == 1 and names[0] in shelf.names():
        draw_experiment(shelf, shelf.get(names[0]))
    _draw_settings(chosen)
    compare(
        runs=[{"id": run.id, "title": run.title, "arm": arm, "seed": run.config.seed} for run, arm in chosen],
        token=lab().token,
        key="compare",
    )
    _draw_scores(chosen)


def _choose(shelf: Shelf) -> tuple[str, ...]:
    """The names that are asked for, by the address or the boxes."""
    asked = tuple(name for name in st.query_params.get("of", "").split(",") if name)
    experiments, runs = shelf.names(), {run.id: run.title for run in lab().runs.all()}
    if OF not in st.session_state:
        st.session_state[OF] = asked[0] if len(asked) == 1 and asked[0] in experiments else ""
        st.session_state[_RUNS] = [name for name in asked if name in runs]
    if experiments:
        st.selectbox(
            "Experiment",
            ("", *experiments),
            key=OF,
            format_func=lambda name: name or "runs of your choice",
            on_change=_remember,
        )
    if not st.session_state[OF]:
        st.multiselect(
            "Runs",
            list(runs),
            key=_RUNS,
            format_func=lambda run_id: f"{runs[run_id]}  ·  {run_id}",
            placeholder="Choose two or more",
            max_selections=MOST_RUNS,
            on_change=_remember,
        )
    return (st.session_state[OF],) if st.session_state[OF] else tuple(st.session_state[_RUNS])


def _remember() -> None:
    names = [st.session_state[OF]] if st.session_state.get(OF) else st.session_state.get(_RUNS, [])
    st.query_params["of"] = ",".join(names)


def _draw_nothing(names: Sequence[str]) -> None:
    if names:
        st.info("No run of this experiment has begun yet.")
        return
    st.info(
        "Choose runs to see their curves and samples side by side. An experiment trains one recipe with several "
        "values of a setting and several seeds: then it can be said whether seeds alone explain a difference."
    )


def _draw_settings(chosen: Sequence[tuple[Run, str]]) -> None:
    """What differs, and only that."""
    arms = {arm: run.now for run, arm in reversed(chosen)}
    order = list(dict.fromkeys(arm for _, arm in chosen))
    configs = [arms[arm] for arm in order]
    if len({config.dataset for config in configs}) > 1:
        st.warning("These runs are trained on different datasets: their scores have no common scale.")
    table = differing_settings(configs)
    if not table:
        if len(order) > 1:
            st.caption("Their settings are the same, but for the seed.")
        return
    with st.expander(f"{len(table)} {'setting differs' if len(table) == 1 else 'settings differ'}", expanded=True):
        rows = [(name, *(shortened(str(value), 100) for value in values)) for name, values in table.items()]
        st.markdown(table_of(("Setting", *order), rows))


def _draw_scores(chosen: Sequence[tuple[Run, str]]) -> None:
    st.subheader("Scores", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        moment = st.segmented_control(
            "Which",
            list(_MOMENTS),
            default="last",
            required=True,
            key=_MOMENT,
            format_func=_MOMENTS.__getitem__,
            label_visibility="collapsed",
        )
        st.button(
            f"Judge the last snapshots by {_COUNT:,} samples",
            on_click=_judge_all,
            args=([run for run, _ in chosen],),
            help="Scores that are logged while a run trains rest on fewer samples, and older runs have none.",
        )
    rows = [row for run, arm in chosen if (row := _row(run, arm, "best" if moment == "best" else "last"))]
    if not rows:
        st.caption("None of these runs has scores yet: they come while it trains, or by the button above.")
        return
    scores: list[ScoreName] = [name for name in SCORES if any(name in row.values for row in rows)]
    for name in scores:
        for held in verdicts(rows, name):
            icon = ":material/trophy:" if held.difference.clear else ":material/drag_handle:"
            st.markdown(f"{icon} **{SCORES[name].title}**: {escaped(sentence(held))}.")
    _draw_table(rows, scores)
    with st.container(horizontal=True):
        st.download_button(
            "Report",
            lambda: report("Comparison", rows, scores),
            "comparison.html",
            "text/html",
            icon=":material/download:",
            help="One file with settings, curves, samples, scores and verdicts, which opens without a network.",
        )
        st.download_button(
            "Scores",
            scores_csv(rows, scores),
            "scores.csv",
            "text/csv",
            icon=":material/download:",
            help="The table above as CSV. That of the curves is beside them.",
        )


def _row(run: Run, arm: str, moment: Moment) -> Compared | None:
    judged: dict[tuple[str, int], tuple[int, dict[ScoreName, float]]] = st.session_state.get(_JUDGED, {})
    found = (judged.get((run.id, run.log_size())) if moment == "last" else None) or of_logged(run, moment)
    return None if found is None else Compared(run, arm, run.config.seed, *found)


def _judge_all(runs: Sequence[Run]) -> None:
    """Of each run that has a snapshot; what cannot be judged is named."""
    judged = st.session_state.setdefault(_JUDGED, {})
    shown = st.progress(0.0, "Judging")
    for number, run in enumerate(runs):
        words = f"Judging {run.id}"
        shown.progress(number / len(runs), words)
        try:
            judged[run.id, run.log_size()] = of_snapshots(
                lab().explorer,
                run,
                (),
                count=_COUNT,
                progress=lambda share, number=number, words=words: shown.progress((number + share) / len(runs), words),
            )
        except GanlabError as error:
            st.toast(escaped(str(error)), icon=":material/warning:")
    shown.empty()


def _draw_table(rows: Sequence[Compared], scores: Sequence[ScoreName]) -> None:
    """Each run, and the mean of each arm with more than one seed."""
    titles = [f"{SCORES[name].title} {SCORES[name].unit}".strip() for name in scores]
    lines = [
        (row.arm, str(row.seed), f"{row.step:,}", *(_number(row.values.get(name, math.nan)) for name in scores))
        for row in rows
    ]
    st.markdown(table_of(("Run", "Seed", "Step", *titles), lines))
    arms = list(dict.fromkeys(row.arm for row in rows))
    if len(rows) > len(arms):
        tables = {name: compared(rows, name) for name in scores}
        means = []
        for arm in arms:
            found = [tuple(tables[name].get(arm, {}).values()) for name in scores]
            cells = ("{} ± {}".format(*map(_number, mean_and_spread(each))) if each else "–" for each in found)
            means.append((arm, str(max(map(len, found))), *cells))
        st.markdown(table_of(("Mean ± deviation", "Seeds", *titles), means))


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−") if math.isfinite(value) else "–"
