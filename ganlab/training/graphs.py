"""CUDA graphs: steps recorded by the GPU's driver, and a host that does not run ahead of the GPU."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import torch

from ganlab.training.recorded import Work

_IN_FLIGHT = 3


class CudaGraphs:
    """Records work as CUDA graphs, which share their scratch memory and are replayed one after the other.

    Other threads may use the GPU meanwhile: only this one's calls must be such as a graph can hold. rngs: those that
    the work draws from; a replay draws on from where they stand, as the work itself would.
    """

    def __init__(self, device: torch.device, rngs: Mapping[str, torch.Generator]) -> None:
        self._device = device
        self._rngs = list(rngs.values())
        self._stream = torch.cuda.Stream(device)
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, work: Work) -> Work:
        """Raises RuntimeError when the work cannot be recorded; its random generators are then as they were."""
        graph = torch.cuda.CUDAGraph()
        states = [rng.get_state() for rng in self._rngs]
        before = torch.cuda.current_stream(self._device)
        try:
            for rng in self._rngs:
                graph.register_generator_state(rng)
            with torch.cuda.graph(graph, pool=self._pool, stream=self._stream, capture_error_mode="thread_local"):
                work()
        except BaseException:
            torch.cuda.set_stream(before)
            for rng, state in zip(self._rngs, states, strict=True):
                _make_anew(rng, state)
            raise
        return graph.replay


def _make_anew(rng: torch.Generator, state: torch.Tensor) -> None:
    """Free a generator from a graph that was never finished; who holds it keeps it."""
    fresh = torch.Generator(rng.device)
    fresh.set_state(state)
    rng.graphsafe_set_state(fresh)


class InFlight:
    """Lets the host be a few steps ahead of the GPU, which keeps it busy, and no more, so that a tick is a tick."""

    def __init__(self) -> None:
        self._steps: deque[torch.cuda.Event] = deque()

    def add(self) -> None:
        """A step has been given to the GPU; waits until it has done the one a few steps back."""
        done = torch.cuda.Event(blocking=True)
        done.record()
        self._steps.append(done)
        if len(self._steps) > _IN_FLIGHT:
            self._steps.popleft().synchronize()
