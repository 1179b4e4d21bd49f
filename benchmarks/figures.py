"""Figures and the table they are printed in."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

#: From so many values on, a 95th percentile says something.
_ENOUGH_FOR_P95 = 20

Of = Literal["median", "p95"]


@dataclass(frozen=True)
class Goal:
    """What a figure has to reach; `of` is the statistic that is judged."""

    sign: Literal["≤", "≥"]
    limit: float
    of: Of = "median"

    def met_by(self, value: float) -> bool:
        return value <= self.limit if self.sign == "≤" else value >= self.limit


def at_most(limit: float, of: Of = "median") -> Goal:
    return Goal("≤", limit, of)


def at_least(limit: float, of: Of = "median") -> Goal:
    return Goal("≥", limit, of)


@dataclass(frozen=True)
class Figure:
    """One line of the table. values: all that was measured, in order, at least one."""

    what: str
    values: Sequence[float]
    unit: str = ""
    goal: Goal | None = None

    def __post_init__(self) -> None:
        assert self.values, self.what

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def p95(self) -> float | None:
        """The smallest value that at least 95 % do not exceed; None where there are too few."""
        if len(self.values) < _ENOUGH_FOR_P95:
            return None
        return sorted(self.values)[-(-95 * len(self.values) // 100) - 1]

    @property
    def judged(self) -> float:
        """What the goal looks at: for `p95` of few values the worst of them."""
        if self.goal is None or self.goal.of == "median":
            return self.median
        return max(self.values) if self.p95 is None else self.p95

    @property
    def met(self) -> bool | None:
        return None if self.goal is None else self.goal.met_by(self.judged)

    def to_json(self) -> dict[str, Any]:
        goal = None if self.goal is None else vars(self.goal) | {"judged": self.judged, "met": self.met}
        numbers = {"median": self.median, "p95": self.p95, "values": list(self.values)}
        return {"what": self.what, "unit": self.unit, "goal": goal} | numbers


@dataclass(frozen=True)
class Section:
    """Figures taken together. notes: what they do not cover, and what was noticed on the way."""

    title: str
    figures: Sequence[Figure]
    notes: Sequence[str] = ()

    def to_json(self) -> dict[str, Any]:
        return {"title": self.title, "figures": [each.to_json() for each in self.figures], "notes": list(self.notes)}


def say(sentence: str) -> None:
    """Tell what is going on; on stderr, so that the table can be kept."""
    print(f"… {sentence}", file=sys.stderr, flush=True)


def show(section: Section) -> None:
    """Print the table: median, 95th percentile, range, how many values, goal and whether it was met."""
    rows = [("", "median", "p95", "range", "n", "", "goal", ""), *(_row(figure) for figure in section.figures)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    print(f"\n{section.title}")
    for row in rows:
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:5], widths[1:5], strict=True)),
        ]
        cells += [cell.ljust(width) for cell, width in zip(row[5:], widths[5:], strict=True)]
        print("  " + "  ".join(cells).rstrip())
    for note in section.notes:
        print(f"  · {note}")


def _row(figure: Figure) -> tuple[str, ...]:
    return (figure.what, *_numbers(figure), figure.unit, *_verdict(figure))


def _numbers(figure: Figure) -> Iterator[str]:
    many = len(figure.values) > 1
    yield number(figure.median)
    yield "" if figure.p95 is None else number(figure.p95)
    yield f"{number(min(figure.values))} – {number(max(figure.values))}" if many else ""
    yield str(len(figure.values)) if many else ""


def _verdict(figure: Figure) -> tuple[str, str]:
    if figure.goal is None:
        return "", ""
    of = "" if figure.goal.of == "median" else f"{figure.goal.of} "
    return f"{of}{figure.goal.sign} {number(figure.goal.limit)}", "pass" if figure.met else "FAIL"


def number(value: float) -> str:
    """Three significant digits and no exponent: 12,345 · 1.23 · −0.0123."""
    size = abs(value)
    if size >= 100 or value == int(value):
        text = f"{value:,.0f}"
    else:
        text = f"{value:.{2 if size >= 1 else 3}g}" if size < 1 else f"{value:.{2 if size < 10 else 1}f}"
    return text.replace("-", "−")
