"""Real images in the order that a run sees them."""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab.training.state import TrainState, seed_for


class Batches:
    """An endless stream of batches from uint8 images on the run's device; each epoch is one permutation.

    The order is a function of the seed and of how many images were seen, so that `state.images_seen` is
    all that a snapshot needs to hold.
    """

    def __init__(self, images: Tensor, state: TrainState) -> None:
        self._images = images.to(state.device)
        self._state = state
        self._epoch = -1
        self._order = torch.empty(0, dtype=torch.long)

    def next(self) -> Tensor:
        """The next batch, float32 (batch_size, C, H, W) in [−1, 1]."""
        state = self._state
        wanted = []
        missing = state.config.batch_size
        while missing:
            epoch, position = divmod(state.images_seen, len(self._images))
            taken = self._order_of(epoch)[position : position + missing]
            wanted.append(taken)
            state.images_seen += len(taken)
            missing -= len(taken)
        picked = self._images.index_select(0, wanted[0] if len(wanted) == 1 else torch.cat(wanted))
        return picked.float().div_(127.5).sub_(1)

    def _order_of(self, epoch: int) -> Tensor:
        if epoch != self._epoch:
            rng = torch.Generator().manual_seed(seed_for(self._state.config.seed, "order", epoch))
            self._order = torch.randperm(len(self._images), generator=rng).to(self._images.device)
            self._epoch = epoch
        return self._order
