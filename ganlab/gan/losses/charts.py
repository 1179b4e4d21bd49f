"""Charts: what each series means, what healthy ones look like, and those that every run has."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Series:
    """One curve: `name` in the log, `label` on screen, `meaning` in its tooltip.

    sparse: it has a value at each look at the samples rather than at each step, so points are to be joined. band: its
    lowest and highest are an interval, which is shown. tile: it is one of the few numbers that matter at any moment.
    """

    name: str
    label: str
    meaning: str
    sparse: bool = False
    band: bool = False
    tile: bool = False


@dataclass(frozen=True)
class Chart:
    """Series that share an axis and its unit, horizontal reference lines, and what healthy ones look like."""

    title: str
    unit: str
    series: tuple[Series, ...]
    healthy: str
    lines: tuple[tuple[float, str], ...] = ()


#: Shown for every loss: what a step and a look at the samples measure whatever the loss.
SHARED_CHARTS = (
    Chart(
        title="Penalty",
        unit="before its weight",
        series=(
            Series(
                "penalty",
                "Gradient penalty",
                "How far D's slope is from where the penalty wants it, before its weight; lower is better kept.",
            ),
        ),
        healthy="Healthy: small, without a trend. Trouble: it grows, since D is steeper than its weight can hold.",
    ),
    Chart(
        title="Gradients",
        unit="norm",
        series=(
            Series(
                "grad_norm_d", "Gradient of D", "Length of D's gradient over all its weights: how hard it is pushed."
            ),
            Series(
                "grad_norm_g", "Gradient of G", "Length of G's gradient over all its weights: how hard it is pushed."
            ),
        ),
        lines=((0.0, "0: nothing is learnt"),),
        healthy=(
            "Healthy: both stay within a factor of about ten of where they settled. Trouble: G's goes to 0, so that "
            "it gets no signal from D; or one grows without end."
        ),
    ),
    Chart(
        title="Variety of samples",
        unit="ratio",
        series=(
            Series(
                "diversity",
                "Diversity",
                "Mean distance between two of the samples shown, divided by that between two real examples.",
                sparse=True,
                tile=True,
            ),
            Series(
                "diversity_g",
                "Diversity of G",
                "The same of other samples, of G as it is trained: the ones shown are of its average.",
                sparse=True,
            ),
            Series(
                "spacing_g",
                "Spacing of G",
                "Mean distance from one of G's samples to the nearest other one, divided by that of real examples.",
                sparse=True,
            ),
        ),
        lines=((1.0, "1: as varied as real ones"),),
        healthy=(
            "Healthy: all come near 1 and stay. Trouble: diversity falls towards 0, since the samples become all alike "
            "(mode collapse); or spacing alone does, since G makes a few pictures again and again. A value of 1 alone "
            "proves nothing: noise is varied as well."
        ),
    ),
    Chart(
        title="Distance from real examples",
        unit="ratio",
        series=(
            Series(
                "energy_g",
                "Energy distance",
                "How far G's samples as a whole lie from real examples: the energy distance, divided by the mean "
                "distance between two real examples.",
                sparse=True,
            ),
        ),
        lines=((0.0, "0: as if drawn from the data"),),
        healthy=(
            "Healthy: it falls from about 1 towards 0 and stays there. Trouble: it stays high, since the samples are "
            "poor or too few kinds of them are made; or it rises again."
        ),
    ),
    Chart(
        title="Movement of samples",
        unit="change per value",
        series=(
            Series(
                "moved",
                "Moved",
                "Mean change of a pixel (or coordinate) of the samples since they were last shown; "
                "from black to white is 2.",
                sparse=True,
            ),
        ),
        lines=((0.0, "0: G stands still"),),
        healthy=(
            "Healthy: large at first, then small but above 0. Trouble: it drops to 0 while the samples are still poor, "
            "or stays large, so that G runs in circles."
        ),
    ),
    Chart(
        title="Does D learn by heart?",
        unit="score",
        series=(
            Series(
                "critic_gap",
                "Held-out gap",
                "Mean score of real examples that training never sees, minus that of training examples of their class.",
                sparse=True,
                tile=True,
            ),
        ),
        lines=((0.0, "0: D judges both alike"),),
        healthy=(
            "Healthy: it wavers about 0. Trouble: it falls further and further below 0: D knows its examples by heart, "
            "and what it tells G is less and less about real images as such."
        ),
    ),
)


def with_values(charts: tuple[Chart, ...], names: Collection[str]) -> tuple[Chart, ...]:
    """The charts and their series that have something to show, names being the series that have a value.

    Runs of older versions lack some, a run without a penalty has none of that, and data without held-out examples no
    gap. Before the first step, when nothing has a value, all that comes at each step is announced.
    """
    begun = any(series.name in names for chart in charts for series in chart.series if not series.sparse)
    kept = (
        replace(
            chart,
            series=tuple(series for series in chart.series if series.name in names or not (begun or series.sparse)),
        )
        for chart in charts
    )
    return tuple(chart for chart in kept if chart.series)
