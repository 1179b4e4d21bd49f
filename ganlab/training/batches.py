"""Real examples in the order that a run sees them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.data import Dataset
from ganlab.gan.penalties import Draw
from ganlab.training.state import TrainState, seed_for


@dataclass(frozen=True)
class Batch:
    """real: float32 (N, C, H, W) in [−1, 1], or points (N, 2); labels: int64 (N,) of a conditional run, else None."""

    real: Tensor
    labels: Tensor | None


@dataclass(frozen=True)
class Taken:
    """Examples as the dataset holds them, on the run's device: uint8 (N, C, H, W), or points float32 (N, 2)."""

    examples: Tensor
    labels: Tensor | None


class Batches:
    """An endless stream of batches from the examples on the run's device; each epoch is one permutation.

    With replacement it is as many draws from all examples instead.

    The order is a function of the seed and of how many examples were seen, so that `state.images_seen` is
    all that a snapshot needs to hold; flips are drawn from a random generator of the state. Examples that would take
    more than half of a GPU's free memory stay beside the processor, and are sent batch by batch.
    """

    def __init__(self, data: Dataset, state: TrainState) -> None:
        self._examples = data.examples.to(_home_of(data.examples, state.device))
        labels = data.labels if state.class_count else None
        self._labels = None if labels is None else labels.to(self._examples.device)
        self._state = state
        self._epoch = -1
        self._order = torch.empty(0, dtype=torch.long)

    def next(self) -> Batch:
        """The next `batch_size` examples."""
        taken = self.room()
        self.take(taken)
        return self.prepared(taken)

    def room(self) -> Taken:
        """Where a batch fits."""
        state = self._state
        count, device = state.config.batch_size // state.ranks.count, state.device
        labels = self._labels
        return Taken(
            torch.empty(count, *self._examples.shape[1:], dtype=self._examples.dtype, device=device),
            None if labels is None else torch.zeros(count, dtype=labels.dtype, device=device),  # a class each
        )

    def take(self, room: Taken) -> None:
        """Put the next `batch_size` examples there."""
        chosen = self._state.ranks.share(self._next_indices())
        _select(self._examples, chosen, room.examples)
        if self._labels is not None and room.labels is not None:
            _select(self._labels, chosen, room.labels)

    def prepared(self, taken: Taken) -> Batch:
        """Images scaled to [−1, 1] and every second one mirrored if the run wants that; points as they are."""
        return Batch(self._scaled(taken.examples), taken.labels)

    def _scaled(self, examples: Tensor) -> Tensor:
        if examples.dim() == 2:
            return examples
        real = examples.to(torch.get_default_dtype()).div_(127.5).sub_(1)
        if self._state.config.flip:
            draw = Draw(self._state.rngs["flip"], self._state.ranks)
            real = torch.where(draw(torch.rand, (len(real), 1, 1, 1), like=real) < 0.5, real.flip(-1), real)
        return real

    def _next_indices(self) -> Tensor:
        state = self._state
        wanted = []
        missing = state.config.batch_size
        while missing:
            epoch, position = divmod(state.images_seen, len(self._examples))
            taken = self._order_of(epoch)[position : position + missing]
            wanted.append(taken)
            state.images_seen += len(taken)
            missing -= len(taken)
        return wanted[0] if len(wanted) == 1 else torch.cat(wanted)

    def _order_of(self, epoch: int) -> Tensor:
        if epoch != self._epoch:
            config, count = self._state.config, len(self._examples)
            rng = torch.Generator().manual_seed(seed_for(config.seed, "order", epoch))
            drawn = config.replacement
            order = torch.randint(count, (count,), generator=rng) if drawn else torch.randperm(count, generator=rng)
            self._order = order.to(self._examples.device)
            self._epoch = epoch
        return self._order


def _home_of(examples: Tensor, device: torch.device) -> torch.device:
    """Where a run's examples lie: on its device, unless they would fill it."""
    if device.type == "cuda" and examples.nbytes > torch.cuda.mem_get_info(device)[0] / 2:
        return examples.device
    return device


def _select(source: Tensor, chosen: Tensor, into: Tensor) -> None:
    if source.device == into.device:
        torch.index_select(source, 0, chosen, out=into)
    else:
        into.copy_(source.index_select(0, chosen))
