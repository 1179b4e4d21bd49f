"""Whether one setting is better than another, or whether seeds explain the difference.

Runs of one seed begin with the same weights and see the same data, so values are compared seed by seed: the mean of the
differences has an interval by Student's t distribution. Where several arms are held against the best one, their
intervals hold all together (Bonferroni).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ganlab.metrics.scores import SCORES, ScoreName

#: Of an interval, and of all of one verdict together.
LEVEL = 0.95


@dataclass(frozen=True)
class Difference:
    """Mean of `count` differences, and between what bounds it lies; infinite for one seed alone."""

    mean: float
    low: float
    high: float
    count: int

    @property
    def clear(self) -> bool:
        """Whether the seeds do not explain it."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Held:
    """An arm held against the best one. difference: of the best one's values and its, by seed."""

    best: str
    other: str
    difference: Difference


def difference(some: Mapping[int, float], others: Mapping[int, float], *, among: int = 1) -> Difference | None:
    """Of values by seed, over the seeds that both have; None without such.

    among: intervals that hold together at `LEVEL`, this one with them (Bonferroni). Student 1908.
    """
    from scipy.special import stdtrit

    apart = [value - others[seed] for seed, value in some.items() if seed in others]
    apart = [each for each in apart if math.isfinite(each)]
    count = len(apart)
    if not count:
        return None
    mean = sum(apart) / count
    if count == 1:
        return Difference(mean, -math.inf, math.inf, 1)
    error = math.sqrt(sum((each - mean) ** 2 for each in apart) / (count - 1) / count)
    half = float(stdtrit(count - 1, 1 - (1 - LEVEL) / 2 / among)) * error
    return Difference(mean, mean - half, mean + half, count)


def verdict(name: ScoreName, values: Mapping[str, Mapping[int, float]]) -> tuple[Held, ...]:
    """The best arm by its mean held against each other one, over the seeds that all arms have.

    values: arm → seed → value. Arms without any value are left out; nothing can be said where no seed is common.
    """
    finite = {arm: {seed: each for seed, each in found.items() if math.isfinite(each)} for arm, found in values.items()}
    finite = {arm: found for arm, found in finite.items() if found}
    common = set.intersection(*map(set, finite.values())) if finite else set()
    if len(finite) < 2 or not common:
        return ()
    means = {arm: sum(found[seed] for seed in common) / len(common) for arm, found in finite.items()}
    sign = 1 if SCORES[name].better == "lower" else -1
    best, *others = sorted(means, key=lambda arm: sign * means[arm])
    shared = {arm: {seed: found[seed] for seed in common} for arm, found in finite.items()}
    held = ((other, difference(shared[best], shared[other], among=len(others))) for other in others)
    return tuple(Held(best, other, found) for other, found in held if found is not None)


def sentence(held: Held) -> str:
    """'hinge is better than saturating by 0.31 (0.12 to 0.50, 5 seeds)', or that seeds explain the difference."""
    found = held.difference
    if found.mean == 0 and (found.count == 1 or found.low == 0):
        return f"{held.best} and {held.other} have the same values ({found.count} seed{'s' * (found.count > 1)})"
    size, *ends = (_number(each) for each in (abs(found.mean), *_ends(found)))
    if found.count == 1:
        return f"{held.best} is ahead of {held.other} by {size} on one seed, which cannot tell chance from more"
    seeds = f"{found.count} seeds"
    if found.clear:
        return f"{held.best} is better than {held.other} by {size} ({ends[0]} to {ends[1]}, {seeds})"
    return (
        f"seeds explain the difference between {held.best} and {held.other}: {size} ({ends[0]} to {ends[1]}, {seeds})"
    )


def _ends(found: Difference) -> Sequence[float]:
    """Of the interval, as seen from the better side."""
    return (found.low, found.high) if found.mean >= 0 else (-found.high, -found.low)


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


#: Which value of a run counts.
Moment = Literal["last", "best"]
