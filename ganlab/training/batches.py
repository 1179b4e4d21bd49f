"""Real examples in the order that a run sees them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.data import Dataset
from ganlab.training.state import TrainState, seed_for


@dataclass(frozen=True)
class Batch:
    """real: float32 (N, C, H, W) in [−1, 1], or points (N, 2); labels: int64 (N,) of a conditional run, else None."""

    real: Tensor
    labels: Tensor | None


class Batches:
    """An endless stream of batches from the examples on the run's device; each epoch is one permutation.

    The order is a function of the seed and of how many examples were seen, so that `state.images_seen` is
    all that a snapshot needs to hold; flips are drawn from a random generator of the state.
    """

    def __init__(self, data: Dataset, state: TrainState) -> None:
        self._examples = data.examples.to(state.device)
        self._labels = data.labels.to(state.device) if state.class_count and data.labels is not None else None
        self._state = state
        self._epoch = -1
        self._order = torch.empty(0, dtype=torch.long)

    def next(self) -> Batch:
        """The next `batch_size` examples."""
        chosen = self._next_indices()
        labels = self._labels.index_select(0, chosen) if self._labels is not None else None
        return Batch(self._prepared(self._examples.index_select(0, chosen)), labels)

    def _prepared(self, examples: Tensor) -> Tensor:
        """Images scaled to [−1, 1] and every second one mirrored if the run wants that; points as they are."""
        if examples.dim() == 2:
            return examples
        real = examples.float().div_(127.5).sub_(1)
        if self._state.config.flip:
            chance = torch.rand(len(real), 1, 1, 1, generator=self._state.rngs["flip"], device=real.device)
            real = torch.where(chance < 0.5, real.flip(-1), real)
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
            rng = torch.Generator().manual_seed(seed_for(self._state.config.seed, "order", epoch))
            self._order = torch.randperm(len(self._examples), generator=rng).to(self._examples.device)
            self._epoch = epoch
        return self._order
