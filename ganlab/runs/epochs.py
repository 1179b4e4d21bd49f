"""How often a run has passed over its data by each of its steps."""

from __future__ import annotations

from dataclasses import dataclass

from ganlab.runs.folder import Run

_COUNTED = ("batch_size", "d_steps")


@dataclass(frozen=True)
class Epochs:
    """examples: of the data; rates: (step, real examples that D meets in each step after it), rising from step 0."""

    examples: int
    rates: tuple[tuple[int, int], ...]


def epochs_of(run: Run) -> Epochs | None:
    """One pass is as many real examples in D's batches as the data has; single updates are not counted.

    None where the log does not say of how many examples the data is.
    """
    history = run.history()
    if history.data is None:
        return None
    now = run.now
    values = {name: getattr(now, name) for name in _COUNTED}
    rates: list[tuple[int, int]] = []
    for edit in reversed(history.edits):  # backwards from the settings as they stand
        before = {name: edit.changes[name][0] for name in _COUNTED if name in edit.changes}
        if before:
            rates.append((edit.step, values["batch_size"] * values["d_steps"]))
            values |= before
    rates.append((0, values["batch_size"] * values["d_steps"]))
    return Epochs(history.data.count, tuple(reversed(rates)))
