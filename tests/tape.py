"""In place of CUDA graphs, where there is no GPU: work recorded as a list of torch's operations, and replayed.

As strict as a capture: what reads a tensor's numbers into Python, makes a tensor from Python's numbers or leaves the
device for the host's choice is refused; recording leaves everything as it was; a replay runs no Python of the work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._device import _device_constructors
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

Work = Callable[[], None]
_aten = torch.ops.aten
#: They wait for numbers, or bring numbers from the host.
_REFUSED = {
    _aten._local_scalar_dense.default,
    _aten.lift_fresh.default,
    _aten.nonzero.default,
    _aten.masked_select.default,
    _aten.equal.default,
}


class RefusedError(RuntimeError):
    """What a capture would not admit."""


@dataclass(frozen=True)
class Call:
    operation: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any


class Tape(TorchDispatchMode):
    """A recorder; `recorded` counts its recordings and `replays` what was replayed."""

    def __init__(self) -> None:
        super().__init__()
        self.recorded = 0
        self.replays = 0
        self._calls: list[Call] = []
        self._before: dict[int, tuple[Tensor, Tensor]] = {}
        self._rngs: dict[int, tuple[torch.Generator, Tensor]] = {}

    def __call__(self, work: Work) -> Work:
        self._calls, self._before, self._rngs = [], {}, {}
        try:
            with _Placed(), self:
                work()
        finally:
            with torch.no_grad():
                for tensor, copy in reversed(self._before.values()):  # views of one another
                    tensor.copy_(copy)
            for rng, state in self._rngs.values():
                rng.set_state(state)
        self.recorded += 1
        calls = self._calls

        def replay() -> None:
            self.replays += 1
            with torch.no_grad():
                _run(calls)

        return replay

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in _REFUSED:
            raise RefusedError(f"{func} cannot be captured")
        flat = tree_flatten((args, kwargs))[0]
        for rng in flat:
            if isinstance(rng, torch.Generator):
                self._rngs.setdefault(id(rng), (rng, rng.get_state()))
        if func._schema.is_mutable or func is _aten.native_batch_norm.default:  # it does not own up to its statistics
            for tensor in flat:
                if isinstance(tensor, Tensor) and id(tensor) not in self._before:
                    self._before[id(tensor)] = tensor, tensor.clone()
        result = func(*args, **kwargs)
        self._calls.append(Call(func, args, kwargs, result))
        return result


class _Placed(TorchFunctionMode):
    """Refuses to make a tensor without a word of where: on a GPU's run it would lie beside the processor."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in _device_constructors() and (kwargs or {}).get("device") is None:
            raise RefusedError(f"{func.__name__} does not say on which device")
        return func(*args, **(kwargs or {}))


def _run(calls: list[Call]) -> None:
    """Operations in turn, on the memory that they were recorded with: what each makes goes where it went then."""
    for call in calls:
        result = call.operation(*call.args, **call.kwargs)
        for place, new in zip(tree_flatten(call.result)[0], tree_flatten(result)[0], strict=True):
            if isinstance(place, Tensor) and place.data_ptr() != new.data_ptr():
                place.copy_(new)
