"""Real images one at a time, as a DataLoader wants them."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ganlab.config import TrainConfig


class Pictures(Dataset[Tensor]):
    """uint8 (N, C, H, W) in memory; each is made float32 in [−1, 1] when asked for, and mirrored by chance.

    What torchvision's ToTensor, Normalize(0.5, 0.5) and RandomHorizontalFlip do, without the way through PIL.
    """

    def __init__(self, examples: Tensor, *, flip: bool) -> None:
        self.examples = examples
        self.flip = flip

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> Tensor:
        image = self.examples[index].float().div(255).sub(0.5).div(0.5)
        return image.flip(-1) if self.flip and torch.rand(()) < 0.5 else image


def loader_of(examples: Tensor, config: TrainConfig) -> DataLoader[Tensor]:
    """Shuffled, whole batches only, in the training's own process: the default, and the best with few cores."""
    pictures = Pictures(examples, flip=config.flip)
    return DataLoader(pictures, batch_size=config.batch_size, shuffle=True, drop_last=True)
