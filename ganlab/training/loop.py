"""The training loop, as a generator of ticks."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ganlab.data import Dataset
from ganlab.errors import TrainingError
from ganlab.training.batches import Batches
from ganlab.training.graphs import CudaGraphs, InFlight
from ganlab.training.precision import tensor_cores
from ganlab.training.preview import Preview, preview
from ganlab.training.recorded import RecordedSteps, Steps
from ganlab.training.state import TrainState, encode_state
from ganlab.training.step import update_d, update_g


@dataclass(frozen=True)
class Tick:
    """What happened since the last tick.

    `step`: updates of G done; `series`: name → float32 (steps in this tick,), one value per update of G
    (D's series are means over its d_steps updates); `seconds`: time they took; `images`: real images seen in them.
    """

    step: int
    series: Mapping[str, np.ndarray]
    seconds: float
    images: int
    preview: Preview | None = None
    snapshot_due: bool = False


def train(
    data: Dataset,
    state: TrainState,
    *,
    tick_s: float = 0.25,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[Tick]:
    """Train until `state.config.max_steps`, changing `state` in place, and report about every `tick_s` seconds.

    A tick ends early when samples or a snapshot are due. Between ticks the state is complete: it may be saved, and
    `state.take_config` may turn its knobs; not asking for the next tick is pausing. Other ranks are told by rank 0,
    which calls this, what to do (see `follow`). Raises TrainingError at the first value that is not finite.
    """
    steps, in_flight = _ways(state, Batches(data, state))
    state.ranks.order("state", encode_state(state))
    if state.step == 0:
        yield Tick(0, {}, 0.0, 0, preview=preview(state, data))
    begin = clock()
    while state.step < state.config.max_steps:
        state.ranks.order("")
        with tensor_cores(state.device, state.precision):
            steps.step()
        if in_flight is not None:
            in_flight.add()
        config = state.config

        preview_due = state.step % config.preview_every == 0 or state.step == config.max_steps
        snapshot_due = state.step % config.snapshot_every == 0
        # The very first steps are reported one by one: the first point of the curve should not wait.
        if preview_due or snapshot_due or state.step <= 3 or clock() - begin >= tick_s:
            series = read_series(*steps.take(), state.step)
            images = len(next(iter(series.values()))) * config.d_steps * config.batch_size
            shown = preview(state, data) if preview_due else None
            yield Tick(state.step, series, clock() - begin, images, shown, snapshot_due)
            begin = clock()


def _ways(state: TrainState, batches: Batches) -> tuple[Steps, InFlight | None]:
    """How steps are done: one operation after the other on a CPU and for the reference, else recorded."""
    plain = PlainSteps(state, batches)
    if state.device.type != "cuda":
        return plain, None
    if state.precision == "float32":
        return plain, InFlight()
    if not state.ranks.alone:
        state.stepping = "steps not recorded, which is slower (several devices)"
        return plain, InFlight()
    return RecordedSteps(state, batches, plain, CudaGraphs(state.device, state.rngs)), InFlight()


class PlainSteps:
    """Steps as they are written, one operation after the other."""

    def __init__(self, state: TrainState, batches: Batches) -> None:
        self._state, self._batches = state, batches
        self._names: tuple[str, ...] = ()
        self._rows: list[Tensor] = []

    def step(self) -> None:
        values = one_step(self._state, self._batches)
        self._names = tuple(values)
        self._rows.append(torch.stack(list(values.values())))

    def take(self) -> tuple[tuple[str, ...], Tensor]:
        rows = torch.stack(self._rows) if self._rows else torch.empty(0, len(self._names))
        self._rows.clear()
        return self._names, rows


def one_step(state: TrainState, batches: Batches) -> dict[str, Tensor]:
    """d_steps updates of D, one of G. Returns scalars by series name, on the device."""
    state.knobs.begin_step(state.step)
    taken = [batches.next() for _ in range(state.config.d_steps)]
    judged = [update_d(state, batch) for batch in taken]
    values = judged[0]
    if len(judged) > 1:
        means = torch.stack([torch.stack(list(each.values())) for each in judged]).mean(0)
        values = dict(zip(values, means.unbind(), strict=True))
    values |= update_g(state, taken[-1])
    state.step += 1
    return values


def read_series(names: tuple[str, ...], rows: Tensor, last_step: int) -> dict[str, np.ndarray]:
    """Bring a tick's values (steps, series) over from the device, once. Raises TrainingError when one is not finite."""
    table = rows.cpu().numpy()
    finite = np.isfinite(table)
    if not finite.all():
        row, column = np.argwhere(~finite)[0]
        step = last_step - len(rows) + 1 + int(row)
        raise TrainingError(
            f"{names[column]} was {_word(float(table[row, column]))} at step {step}: the training diverged; "
            "go on from the last snapshot with a lower learning rate or a larger penalty weight"
        )
    return dict(zip(names, np.ascontiguousarray(table.T), strict=True))


def _word(value: float) -> str:
    return "not a number" if math.isnan(value) else "infinite"
