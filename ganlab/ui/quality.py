"""The scores of a run on its page: charts of them, and its best step."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ganlab.gan.losses import Chart, Series
from ganlab.metrics.scores import FID_NETWORK, SCORES, ScoreName, called
from ganlab.runs import PREFIX, History, best_of

#: Scores that share a chart, and so an axis.
_TOGETHER: tuple[tuple[ScoreName, ...], ...] = (
    ("frechet",),
    ("sliced-wasserstein",),
    ("legible",),
    ("inception", "classes"),
    ("earth-mover",),
    ("jensen-shannon",),
    ("modes",),
    ("good",),
    ("mode-divergence",),
    ("precision", "recall"),
    ("density", "coverage"),
    ("kernel",),
    ("frechet-infinity",),
    ("inception-infinity",),
)
#: Scores that are shown as numbers of their own.
_TILES: tuple[ScoreName, ...] = ("frechet", "sliced-wasserstein", "legible", "earth-mover", "modes")
_BEST = {"lower": "Lower is better.", "higher": "Higher is better."}


def score_charts(names: Collection[str], history: History) -> tuple[Chart, ...]:
    """A chart for each score that has a value, with the value of held-out examples as a line."""
    shown = (tuple[ScoreName, ...](name for name in chart if PREFIX + name in names) for chart in _TOGETHER)
    return tuple(_chart(scores, history.judged) for scores in shown if scores)


def best_view(history: History) -> dict[str, Any] | None:
    """The step of the best snapshot, and why it is the best, in words; None before there is one."""
    best = best_of(history)
    return None if best is None else {"step": best.step, "text": f"{best.title} {best.value:.3g}"}


def _chart(names: tuple[ScoreName, ...], judged: dict[str, Any]) -> Chart:
    rows = [SCORES[name] for name in names]
    network = judged["network"] if rows[0].needs in ("features", "classes", "taken") else ""
    first = called(names[0], network) if network == FID_NETWORK else rows[0].title
    took = "" if judged["seconds"] is None else f"takes {judged['seconds']:.2f} s"
    floor = {name: judged["floor"][name] for name in names if name in judged["floor"]}
    return Chart(
        title=" and ".join([first, *(row.title.lower() for row in rows[1:])]),
        unit=" · ".join(part for part in (rows[0].unit, network, f"{judged['count']} samples", took) if part),
        series=tuple(
            Series(
                PREFIX + name,
                row.title,
                f"{row.explanation} {_BEST[row.better]} The band is where it would lie with other samples (95 %).",
                sparse=True,
                band=row.interval,
                tile=name in _TILES,
            )
            for name, row in zip(names, rows, strict=True)
        ),
        lines=tuple((value, f"held out: {value:.3g}") for value in floor.values()),
        healthy=" ".join(f"{row.title}: {row.explanation} {_BEST[row.better]}" for row in rows),
    )
