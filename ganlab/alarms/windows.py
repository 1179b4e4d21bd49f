"""Parts of what happened recently: the steps and looks that are an alarm's to judge."""

from __future__ import annotations

import numpy as np

from ganlab.alarms.alarm import Recent

#: Samples that move by less from look to look stand still. Of 2, from black to white; a step of a pixel is 0.008.
STILL = 0.003


def since_edit(recent: Recent, *names: str) -> tuple[np.ndarray, ...]:
    """Series after the last edit, float64, all of one length: from where each has a value at every step; perhaps empty.

    Their last element is that of `recent.step`.
    """
    found = [_one_since_edit(recent, name) for name in names]
    count = min(map(len, found))
    return tuple(values[len(values) - count :] for values in found)


def _one_since_edit(recent: Recent, name: str) -> np.ndarray:
    values = recent.series.get(name)
    if values is None:
        return np.empty(0)
    values = values[max(0, len(values) - (recent.step - recent.edited_at)) :].astype(float)
    missing = np.flatnonzero(np.isnan(values))
    return values[missing[-1] + 1 :] if len(missing) else values


def looks(recent: Recent, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Steps and values of a measure after the last edit; what was measured at its very step is of the time before."""
    found = [(step, values[name]) for step, values in recent.measures if step > recent.edited_at and name in values]
    return np.array([step for step, _ in found], int), np.array([value for _, value in found], float)


def smooth(values: np.ndarray, count: int = 10) -> np.ndarray:
    """Means of `count` neighbours, (n,) → (n − count + 1,); empty for fewer."""
    if len(values) < count:
        return np.empty(0)
    sums = np.cumsum(np.concatenate([[0.0], values]))
    return (sums[count:] - sums[:-count]) / count


def began(bad: np.ndarray, step: int, *, by: int) -> int:
    """The first of the steps that were bad without a break up to the last, `step`, and at any rate `by` that step.

    bad: (n,), one flag per step.
    """
    return min(by, step + 1 - unbroken(bad))


def unbroken(bad: np.ndarray) -> int:
    """How many at the end are bad without a break."""
    good = np.flatnonzero(~bad)
    return len(bad) - 1 - int(good[-1]) if len(good) else len(bad)


def steps_of(count: int, step: int) -> str:
    """'steps 151 to 200' for the last 50 at step 200."""
    return f"steps {step - count + 1:,} to {step:,}"
