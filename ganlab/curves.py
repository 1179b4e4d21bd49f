"""Curves of a run in bounded memory: mean, lowest and highest value of equal buckets of steps.

The mean of a bucket is exact, so a smoothed curve is the same whether the page was opened at the
first step or the millionth, and spikes stay visible as lowest and highest.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

MOST_BUCKETS = 1024


@dataclass(frozen=True)
class CurvesPart:
    """Buckets from `start` to `count`: bucket j covers steps [j·bucket, (j+1)·bucket), counted from 0.

    `series`: name → float32 (3, count − start) of mean, lowest, highest; NaN where a series has no value.
    timeline: another one means that earlier steps changed, since some were taken back.
    """

    timeline: int
    bucket: int
    start: int
    count: int
    series: Mapping[str, np.ndarray]


class Curves:
    """Append-only series of per-step values; appending n steps costs O(n), reading what is new costs O(new).

    timeline: what a reader must name to be given only what is new. One thread may read while another appends.
    """

    def __init__(self, most_buckets: int = MOST_BUCKETS, *, timeline: int = 0) -> None:
        self._most = most_buckets
        self._lock = threading.Lock()
        self.timeline = timeline
        self.bucket = 1
        self.steps = 0
        self._sums: dict[str, np.ndarray] = {}
        self._weights: dict[str, np.ndarray] = {}
        self._lows: dict[str, np.ndarray] = {}
        self._highs: dict[str, np.ndarray] = {}

    @property
    def count(self) -> int:
        """Buckets begun so far."""
        return -(-self.steps // self.bucket)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._sums)

    def append(self, series: Mapping[str, np.ndarray]) -> None:
        """Add the values of the next steps, name → (n,); all arrays have one length n."""
        added = max((len(values) for values in series.values()), default=0)
        with self._lock:
            for name in series:
                if name not in self._sums:
                    self._begin(name)
            self._make_room(added)
            if added:
                for name, values in series.items():
                    self._add(name, np.asarray(values))
            self.steps += added

    def leave_out(self, steps: int) -> None:
        """Go on behind so many steps that have no values."""
        with self._lock:
            self._make_room(steps)
            self.steps += steps

    def put(self, step: int, values: Mapping[str, float | tuple[float, float, float]]) -> None:
        """Add values that only some steps have, to a step from 1 to the last one; others are left out.

        A value may come with the lowest and the highest that it stands for.
        """
        if not 1 <= step <= self.steps:
            return
        with self._lock:
            place = (step - 1) // self.bucket
            for name, found in values.items():
                value, low, high = found if isinstance(found, tuple) else (found, found, found)
                if name not in self._sums:
                    self._begin(name)
                self._sums[name][place] += value
                self._weights[name][place] += 1
                self._lows[name][place] = min(self._lows[name][place], low)
                self._highs[name][place] = max(self._highs[name][place], high)

    def part(self, *, bucket: int = 0, start: int = 0, timeline: int | None = None) -> CurvesPart:
        """What a reader lacks that has buckets of size `bucket` up to index `start`, the last perhaps unfilled.

        A reader with another bucket size or timeline, or with more than there is, gets everything.
        """
        with self._lock:
            count = self.count
            if bucket != self.bucket or timeline not in (None, self.timeline) or not 0 <= start < count:
                start = 0
            series = {name: self._read(name, slice(start, count)) for name in self._sums}
            return CurvesPart(self.timeline, self.bucket, start, count, series)

    def _make_room(self, added: int) -> None:
        while -(-(self.steps + added) // self.bucket) > self._most:
            self._merge_neighbours()

    def _add(self, name: str, values: np.ndarray) -> None:
        """Values (n,) of the next steps, n > 0, each into its bucket."""
        first, last = self.steps // self.bucket, (self.steps + len(values) - 1) // self.bucket
        begins = np.maximum(np.arange(first, last + 1) * self.bucket - self.steps, 0)
        where = slice(first, last + 1)
        self._sums[name][where] += np.add.reduceat(values, begins, dtype=np.float64)
        self._weights[name][where] += np.diff(begins, append=len(values))
        for table, lowest_or_highest in ((self._lows, np.minimum), (self._highs, np.maximum)):
            table[name][where] = lowest_or_highest(table[name][where], lowest_or_highest.reduceat(values, begins))

    def _read(self, name: str, chosen: slice) -> np.ndarray:
        weights = self._weights[name][chosen]
        empty = weights == 0
        mean = self._sums[name][chosen] / np.where(empty, 1, weights)
        stacked = np.stack([mean, self._lows[name][chosen], self._highs[name][chosen]]).astype(np.float32)
        stacked[:, empty] = np.nan
        return stacked

    def _begin(self, name: str) -> None:
        self._sums[name] = np.zeros(self._most)
        self._weights[name] = np.zeros(self._most)
        self._lows[name] = np.full(self._most, np.inf)
        self._highs[name] = np.full(self._most, -np.inf)

    def _merge_neighbours(self) -> None:
        self.bucket *= 2
        half = self._most // 2
        for table, merge, rest in (
            (self._sums, np.add, 0.0),
            (self._weights, np.add, 0.0),
            (self._lows, np.minimum, np.inf),
            (self._highs, np.maximum, -np.inf),
        ):
            for name, old in table.items():
                table[name] = np.concatenate([merge(old[0::2], old[1::2]), np.full(half, rest)])
