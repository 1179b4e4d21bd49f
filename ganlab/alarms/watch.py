"""The last steps of a run, kept as they come in."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ganlab.alarms.alarm import Recent
from ganlab.config import TrainConfig

MOST_STEPS = 1000
MOST_LOOKS = 64


class Watch:
    """Windows over a run's series and measures, in bounded memory.

    An array that was handed out is never changed: a tick puts a new one in its place.
    """

    def __init__(self) -> None:
        self._step = 0
        self._count = 0
        self._series: dict[str, np.ndarray] = {}
        self._looks: tuple[tuple[int, dict[str, float]], ...] = ()

    def take(self, series: Mapping[str, np.ndarray], step: int) -> None:
        """The values of the steps up to `step`, name → (n,), all of one length n; steps left out before are NaN."""
        given = max((len(values) for values in series.values()), default=0)
        if not given:
            return
        added = max(given, step - self._step)
        windows = {}
        for name in self._series.keys() | series.keys():
            old = self._series.get(name, np.full(self._count, np.nan, np.float32))
            new = np.full(added, np.nan, np.float32)
            if name in series:
                new[added - given :] = series[name]
            windows[name] = np.concatenate([old, new])[-MOST_STEPS:]
        self._step, self._count = step, min(self._count + added, MOST_STEPS)
        # A series of a loss that the run no longer has is given up once its last value has left the window.
        self._series = {name: values for name, values in windows.items() if not np.isnan(values).all()}

    def take_measures(self, step: int, values: Mapping[str, float]) -> None:
        """What was measured of the samples at a step."""
        *before, last = self._looks or ((-1, {}),)
        if last[0] == step:
            self._looks = (*before, (step, {**last[1], **values}))
        else:
            self._looks = (*self._looks, (step, dict(values)))[-MOST_LOOKS:]

    def take_back(self, step: int) -> None:
        """Forget what came after `step`."""
        surplus = max(0, self._step - step)
        kept = max(0, self._count - surplus)
        self._series = {name: values[:kept] for name, values in self._series.items()}
        self._looks = tuple(look for look in self._looks if look[0] <= step)
        self._step, self._count = step, kept

    def recent(
        self,
        config: TrainConfig,
        *,
        snapshots: tuple[int, ...] = (),
        edited_at: int = 0,
        disk_free: int | None = None,
        snapshot_bytes: int = 0,
        images: int = 0,
        different: int = 0,
    ) -> Recent:
        """What the alarms read, with what only the caller knows."""
        return Recent(
            config,
            self._step,
            dict(self._series),
            self._looks,
            snapshots,
            edited_at,
            disk_free,
            snapshot_bytes,
            images,
            different,
        )
