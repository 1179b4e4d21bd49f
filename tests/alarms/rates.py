"""How often each alarm rings on the recorded runs: `python tests/alarms/rates.py` prints the table of docs/steering.md.

A hit is of a run recorded for that alarm, a false alarm of a healthy run.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache

from record import FOLDER, RUNS
from replaying import first_seen, recorded

from ganlab.alarms import ALARMS, Alarm


@dataclass(frozen=True)
class Rate:
    """hits of `sick` runs recorded for an alarm, false alarms of `healthy` ones, and the steps of the hits, rising."""

    hits: int
    sick: int
    false: int
    healthy: int
    seen_at: tuple[int, ...]


@cache
def seen(name: str) -> dict[str, tuple[int, Alarm]]:
    """What rang on a recorded run, at which step first."""
    return first_seen(recorded(FOLDER / f"{name}.npz"))


def rates() -> dict[str, Rate]:
    """By alarm, of those that some run was recorded for."""
    healthy = [name for name, planned in RUNS.items() if not planned.expected]
    found = {}
    for alarm in ALARMS:
        sick = [name for name, planned in RUNS.items() if alarm in planned.expected]
        hits = sorted(seen(name)[alarm][0] for name in sick if alarm in seen(name))
        false = sum(alarm in seen(name) for name in healthy)
        if sick:
            found[alarm] = Rate(len(hits), len(sick), false, len(healthy), tuple(hits))
    return found


def as_row(alarm: str, rate: Rate) -> str:
    """A line of the table in the docs."""
    at = f"{rate.seen_at[0]} to {rate.seen_at[-1]}" if rate.seen_at else "never"
    return f"| {alarm} | {rate.hits} of {rate.sick} | {at} | {rate.false} of {rate.healthy} |"


if __name__ == "__main__":
    for alarm, rate in rates().items():
        sys.stdout.write(f"{as_row(alarm, rate)}\n")
