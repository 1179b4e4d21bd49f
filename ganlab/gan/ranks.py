"""Several processes that train one run together, one on each device: ranks, as torch.distributed counts them.

What N ranks do is what one would do with the same batch, to rounding. Each works on an equal part of every batch;
random numbers are drawn for the whole batch by all, and each keeps its part; gradients are averaged before they are
used. StyleGAN3 and R3GAN share gradients in this way; they seed each rank apart, so that theirs is another run for
another N.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.autograd import Function
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm

from ganlab.errors import LostRankError


class Ranks:
    """The ranks of a run as one of them sees them: itself alone, where nothing else is said.

    rank: which one this is, from 0; count: of all; batch: size of the batch that all of them share, a multiple of
    `count`; group: of torch.distributed, in which gradients go; patience_s: how long rank 0 waits for others to hear
    what to do.
    spent_s: seconds in which this rank sent, received or waited for others.
    """

    def __init__(self, rank: int = 0, count: int = 1, group: Any = None, *, patience_s: float = 60.0) -> None:
        self.rank, self.count = rank, count
        self.batch = 0
        self.spent_s = 0.0
        self._group = group
        self._patience = timedelta(seconds=patience_s)

    @property
    def alone(self) -> bool:
        return self.count == 1

    def share(self, whole: Tensor) -> Tensor:
        """This rank's part of each batch in `whole` (k · batch, …), as (k · batch / count, …)."""
        if self.alone:
            return whole
        size = self.batch // self.count
        return whole.unflatten(0, (-1, self.batch))[:, self.rank * size : (self.rank + 1) * size].flatten(0, 1)

    def mean(self, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The mean over all ranks of each of some tensors, in one message. Without gradient."""
        if self.alone:
            return tuple(tensors)
        flat = torch.cat([tensor.detach().flatten() for tensor in tensors])
        self._sum(flat.div_(self.count))
        parts = flat.split([tensor.numel() for tensor in tensors])
        return tuple(part.view(tensor.shape) for part, tensor in zip(parts, tensors, strict=True))

    def total(self, x: Tensor) -> Tensor:
        """The sum of x over all ranks, differentiable as often as wanted: of a loss that is summed over them."""
        return x if self.alone else _Total.apply(x, self)

    def everyones_own(self, x: Tensor) -> Tensor:
        """x (…) of each rank, as (count, …) in their order; differentiable as `total` is."""
        before, after = self.rank, self.count - 1 - self.rank
        return self.total(F.pad(x.unsqueeze(0), (*(0, 0) * x.dim(), before, after)))

    def deviation(self, x: Tensor) -> Tensor:
        """Standard deviation of all numbers in x, equally many on each rank, without Bessel's correction."""
        if self.alone:
            return x.std(correction=0)
        (mean,) = self.mean([x.mean()])
        return self.mean([(x - mean).square().mean()])[0].sqrt()

    def order(self, kind: str, content: bytes = b"") -> None:
        """Tell the other ranks what to do next; "" is the shortest. Only rank 0's orders go out."""
        if self.alone or self.rank:
            return
        order = f"{kind}\n".encode() + content if kind else b""
        self._broadcast(torch.tensor([len(order)]))
        if order:
            self._broadcast(_as_tensor(order))

    def next_order(self) -> tuple[str, bytes]:
        """Wait for rank 0 to say what to do next."""
        length = torch.zeros(1, dtype=torch.int64)
        self._broadcast(length)
        order = torch.zeros(int(length), dtype=torch.uint8)
        if len(order):
            self._broadcast(order)
        kind, _, content = order.numpy().tobytes().partition(b"\n")
        return kind.decode(), content

    def everyones(self, word: bytes) -> list[bytes]:
        """What each rank says, in their order. All must call it."""
        length = torch.tensor([len(word)])
        lengths = [torch.zeros_like(length) for _ in range(self.count)]
        self._timed(lambda: dist.all_gather(lengths, length))
        longest = int(max(lengths))
        said = [torch.zeros(longest, dtype=torch.uint8) for _ in range(self.count)]
        if longest:
            self._timed(lambda: dist.all_gather(said, _as_tensor(word.ljust(longest))))
        return [text[: int(length)].numpy().tobytes() for text, length in zip(said, lengths, strict=True)]

    def _sum(self, x: Tensor) -> Tensor:
        """The sum over all ranks, in place of x."""
        self._timed(lambda: dist.all_reduce(x, group=self._group))
        return x

    def _broadcast(self, x: Tensor) -> None:
        """From rank 0, which is never kept waiting for long; the others may be."""
        patience = [self._patience] if self.rank == 0 else []
        self._timed(lambda: _of(dist.broadcast(x, 0, async_op=True)).wait(*patience))

    def _timed(self, work: Callable[[], object]) -> None:
        begin = time.perf_counter()
        try:
            work()
        except RuntimeError as error:
            raise LostRankError(
                f"another of the {self.count} processes that train this run has ended or does not answer: "
                "resume from the last snapshot"
            ) from error
        self.spent_s += time.perf_counter() - begin


def _of(work: dist.Work | None) -> dist.Work:
    assert work is not None, "this process is no rank of the group"
    return work


def _as_tensor(text: bytes) -> Tensor:
    return torch.frombuffer(bytearray(text), dtype=torch.uint8)


#: One process that trains by itself.
ALONE = Ranks()


class _Total(Function):
    """A sum over ranks; backwards the same, since every rank's loss depends on what all have summed."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, ranks: Ranks) -> Tensor:
        ctx.ranks = ranks
        return ranks._sum(x.detach().clone(memory_format=torch.contiguous_format))

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        return ctx.ranks.total(grads[0]), None


class BatchNorm(_BatchNorm):
    """torch's batch norm by the statistics of all ranks' examples, and differentiable twice (torch's own is not).

    Made of another, whose weights and running statistics it shares. A look that keeps no statistics goes by its own
    batch, since rank 0 alone looks.
    """

    def __init__(self, norm: _BatchNorm, ranks: Ranks) -> None:
        super().__init__(norm.num_features, norm.eps, norm.momentum)
        self._parameters, self._buffers = norm._parameters, norm._buffers
        self.training = norm.training
        self._ranks = ranks

    def forward(self, input: Tensor) -> Tensor:
        if not (self.training and self.track_running_stats):
            return super().forward(input)
        x = input.to(self.weight.dtype)
        others = [dim for dim in range(x.dim()) if dim != 1]
        count = x.numel() // x.shape[1] * self._ranks.count
        variances, means = self._ranks.everyones_own(torch.stack(torch.var_mean(x, others, correction=0))).unbind(1)
        mean = means.mean(0)
        variance = variances.mean(0) + means.var(0, correction=0)
        with torch.no_grad():
            assert self.running_mean is not None and self.running_var is not None
            assert self.num_batches_tracked is not None and self.momentum is not None
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * (count / (count - 1)), self.momentum)
            self.num_batches_tracked.add_(1)
        scale = self.weight * (variance + self.eps).rsqrt()
        return ((x - _by_channel(mean, x)) * _by_channel(scale, x) + _by_channel(self.bias, x)).to(input.dtype)

    def _check_input_dim(self, input: Tensor) -> None:
        """Both kinds are made into this one."""


def _by_channel(values: Tensor, like: Tensor) -> Tensor:
    return values.view(1, -1, *(1,) * (like.dim() - 2))
