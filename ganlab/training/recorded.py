"""Steps that are recorded once and replayed: what a GPU is given to do, without Python's and torch's share of it.

A step of a GAN on small images is hundreds of small operations, and giving each to the device takes longer than doing
it. Here the update of D and that of G are each recorded as one piece, double backward, random numbers, Adam and
average included, and replayed from then on. What a recording reads and changes lies at fixed places: the state's own
tensors, a batch that is put in place before each update, and the live knobs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor

from ganlab.config import TrainConfig, changes_between
from ganlab.training.batches import Batch, Batches
from ganlab.training.knobs import LiveKnobs
from ganlab.training.state import TrainState
from ganlab.training.step import update_d, update_g
from ganlab.words import percent

#: Knobs that a recording does not hold: live numbers, what the loop itself reads, and what no step reads.
FREE = frozenset(
    {
        *("lr_d", "lr_g", "weight_decay_d", "weight_decay_g", "penalty_weight", "d_steps", "ema_decay"),
        *("max_steps", "preview_every", "score_count", "scores", "score_share"),
        *("snapshot_every", "snapshot_space_mb"),
    }
)
#: Steps done operation by operation before the first recording: libraries set themselves up in them.
WARM_UP = 2
#: How far a replayed step may end from the same step done operation by operation, as a share of what the step moved.
TOLERANCE = 0.1
_MOST_ROWS = 4096
_MOST_SERIES = 32

Work = Callable[[], None]
#: Takes in what some work gives the device to do, without its being done, and returns how to have it done.
Recorder = Callable[[Work], Work]


class Steps(Protocol):
    """Does steps of one run and keeps what they report on the device until somebody takes it."""

    def step(self) -> None: ...

    def take(self) -> tuple[tuple[str, ...], Tensor]:
        """Series' names, and their values since the last time as (steps, series) on the device."""
        ...


class Recording:
    """One run's updates as a config wants them, recorded; its rows are the series of the steps since the last take."""

    def __init__(self, state: TrainState, batches: Batches, record: Recorder) -> None:
        assert isinstance(state.knobs, LiveKnobs)
        device = state.device
        self.config = state.config
        self.count = 0  # rows that nobody has taken
        self._older: list[Tensor] = []
        self._state, self._batches = state, batches
        self._taken = batches.room()
        self._batch = Batch(torch.empty(self._taken.examples.shape, device=device), self._taken.labels)
        self._judged = torch.zeros(_MOST_SERIES, device=device)  # sums over the updates of D in this step
        self._updates = torch.zeros((), device=device)
        self._rows = torch.zeros(_MOST_ROWS, _MOST_SERIES, device=device)
        self._row = torch.zeros(1, dtype=torch.int64, device=device)
        self._names_d: tuple[str, ...] = ()
        self._names_g: tuple[str, ...] = ()
        self._train_d = record(self._update_d)
        self._train_g = record(self._update_g)

    def fits(self, config: TrainConfig) -> bool:
        """Whether what was recorded is what the config wants."""
        return self.config is config or FREE.issuperset(changes_between(self.config, config))

    def step(self) -> None:
        state = self._state
        state.knobs.begin_step(state.step)
        for _ in range(state.config.d_steps):
            self._batches.take(self._taken)
            self._train_d()
        self._train_g()
        state.step += 1
        self.count += 1
        if self.count % _MOST_ROWS == 0:
            self._older.append(self._rows.clone())
            self._row.zero_()

    def take(self) -> tuple[tuple[str, ...], Tensor]:
        names = self._names_d + self._names_g
        rows = torch.cat([*self._older, self._rows[: self.count % _MOST_ROWS]])[:, : len(names)]
        self._row.zero_()
        self._older.clear()
        self.count = 0
        return names, rows

    def _update_d(self) -> None:
        self._batch.real.copy_(self._batches.prepared(self._taken).real)
        values = update_d(self._state, self._batch)
        self._names_d = tuple(values)
        self._judged[: len(values)].add_(torch.stack(list(values.values())))
        self._updates.add_(1)

    def _update_g(self) -> None:
        values = update_g(self._state, self._batch)
        self._names_g = tuple(values)
        judged = self._judged[: len(self._names_d)] / self._updates
        row = torch.cat([judged, torch.stack(list(values.values()))])
        self._rows[:, : len(row)].index_copy_(0, self._row, row.unsqueeze(0))
        self._row.add_(1)
        self._judged.zero_()
        self._updates.zero_()


class RecordedSteps:
    """Steps of a run with live knobs: the first ones by `plain`, the others replayed.

    An edit of a knob that a recording holds is followed by a new one. The first step of each is done both ways from
    the same state and compared; should they differ, or recording fail, `plain` goes on alone and `state.stepping`
    says why.
    """

    def __init__(self, state: TrainState, batches: Batches, plain: Steps, record: Recorder) -> None:
        self._state, self._batches, self._plain, self._record = state, batches, plain, record
        self._done = 0
        self._failed = False
        self._recording: Recording | None = None

    def step(self) -> None:
        recording = self._recording
        if recording is not None and not recording.fits(self._state.config):
            recording = self._recording = None
        if recording is not None:
            recording.step()
        elif self._failed or self._done < WARM_UP:
            self._plain.step()
        else:
            self._begin()
        self._done += 1

    def take(self) -> tuple[tuple[str, ...], Tensor]:
        names, rows = self._plain.take()
        if self._recording is None or not self._recording.count:
            return names, rows
        names, replayed = self._recording.take()
        return names, torch.cat([rows, replayed]) if len(rows) else replayed

    def _begin(self) -> None:
        """Record, and do one step both ways; it is the one by `plain` that counts."""
        before = _Moment(self._state)
        try:
            recording = Recording(self._state, self._batches, self._record)
            recording.step()
            recording.take()
            replayed = _Moment(self._state)
            before.bring_back()
            self._plain.step()
            apart = _Moment(self._state).apart(replayed, before)
        except RuntimeError as error:
            before.bring_back()
            self._fail(f"recording failed: {' '.join(str(error).split())}")
            self._plain.step()
            return
        if apart > TOLERANCE:
            self._fail(f"a recorded step ended {percent(apart)} of its way from where it should")
            return
        self._recording = recording
        self._state.stepping = "steps recorded"

    def _fail(self, why: str) -> None:
        self._failed = True
        self._state.stepping = f"steps not recorded, which is slower ({why})"


class _Moment:
    """All that a step changes, as copies beside the processor."""

    def __init__(self, state: TrainState) -> None:
        self._state = state
        self._copies = _copies(state.nets())
        self._moments = _copies(state.moments())
        self._rngs = {purpose: rng.get_state() for purpose, rng in state.rngs.items()}
        self._position = state.step, state.images_seen

    def bring_back(self) -> None:
        state = self._state
        with torch.no_grad():
            for held, copies in ((state.nets(), self._copies), (state.moments(), self._moments)):
                for part, tensors in held.items():
                    for tensor, copy in zip(tensors, copies[part], strict=True):
                        tensor.copy_(copy)
        for purpose, rng in state.rngs.items():
            rng.set_state(self._rngs[purpose])
        state.step, state.images_seen = self._position

    def apart(self, other: _Moment, start: _Moment) -> float:
        """How far two ends are from each other, as a share of the way from the start to this one; of the worst net."""
        return max(
            _distance(mine, other._copies[part]) / max(_distance(mine, start._copies[part]), 1e-30)
            for part, mine in self._copies.items()
        )


def _copies(parts: Mapping[str, Sequence[Tensor]]) -> dict[str, list[Tensor]]:
    return {part: [tensor.detach().to("cpu", copy=True) for tensor in tensors] for part, tensors in parts.items()}


def _distance(some: Sequence[Tensor], others: Sequence[Tensor]) -> float:
    """Euclidean, over all numbers that are not counts."""
    pairs = [(one, other) for one, other in zip(some, others, strict=True) if one.is_floating_point()]
    return math.sqrt(sum(float((one.double() - other.double()).square().sum()) for one, other in pairs))
