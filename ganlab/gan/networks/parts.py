"""What networks are built of: the shape of an example, and layers that torch has not."""

from __future__ import annotations

import torch
from torch import Tensor, nn

#: Of one example: (C, H, W) of square images, or (2,) for points of the plane.
Shape = tuple[int, ...]


class Dropout(nn.Module):
    """Dropout that draws from a generator of its own, not from torch's global one.

    x: any shape. Active in training mode only.
    """

    def __init__(self, share: float, rng: torch.Generator) -> None:
        super().__init__()
        self.share = share
        self.rng = rng

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.share == 0:
            return x
        keep = torch.empty_like(x).bernoulli_(1 - self.share, generator=self.rng)
        return x * keep / (1 - self.share)
