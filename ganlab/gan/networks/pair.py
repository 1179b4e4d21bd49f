"""The frames of every generator and every discriminator."""

from __future__ import annotations

from torch import Tensor, nn


class Generator(nn.Module):
    """A first linear layer to (channels, base, base), then a body to the image (Radford et al. 2015).

    `first` is apart because Explore finds its directions there.
    """

    def __init__(self, z_dim: int, channels: int, base: int, body: nn.Sequential) -> None:
        super().__init__()
        self.first = nn.Linear(z_dim, channels * base * base)
        self.body = body
        self.shape = (channels, base, base)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.body(self.first(z).unflatten(1, self.shape))


class Discriminator(nn.Module):
    """A body of convolutions and a dense head on its flattened features; raw scores (N,).

    hidden: units of a layer between features and score; 0 has none. It sees the whole image at once, where
    strided convolutions on small images see strokes: on 16×16 digits the samples' shapes hold together sooner.
    """

    def __init__(self, body: nn.Sequential, features: int, hidden: int) -> None:
        super().__init__()
        self.body = body
        self.head: nn.Module = (
            nn.Sequential(nn.Linear(features, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, 1))
            if hidden
            else nn.Linear(features, 1)
        )

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.head(self.body(images).flatten(1)).squeeze(1)
