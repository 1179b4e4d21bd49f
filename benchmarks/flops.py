"""How much arithmetic a piece of code does: counted while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry


class _Counter(TorchDispatchMode):
    """Adds up torch's own formulas. Its FlopCounterMode follows modules as well, which fails inside autograd.grad."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        options = dict(kwargs or {})
        result = func(*args, **options)
        if formula := flop_registry.get(func._overloadpacket):
            self.total += formula(*args, **options, out_val=result)
        return result


def flops_of(work: Callable[[], object]) -> int:
    """2 × the multiply-adds of all matrix products and convolutions, those of backward passes included.

    The double backward of a gradient penalty counts as the convolutions and products that it consists of. Norms,
    activations, optimisers and drawing of random numbers count nothing. Eager code alone can be counted, not a graph
    that is replayed.
    """
    with _Counter() as counter:
        work()
    return counter.total
