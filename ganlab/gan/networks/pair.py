"""The frame of every generator and the frame of every discriminator."""

from __future__ import annotations

import math
from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ganlab.config import TrainConfig
from ganlab.gan.networks import fast
from ganlab.gan.networks.parts import Shape

#: Length of the vector that stands for a class beside z.
EMBEDDED = 32


class Generator(nn.Module):
    """A linear layer to the first map (or the first hidden units), then a body to the image (Radford et al. 2015).

    `first` is apart because Explore finds its directions there. With class_count it sees z and, after it, the 32
    numbers of `embed` that stand for the label.
    bias: of `first`. A norm per channel takes z's scale away but not a bias that differs from place to place: it
    grows beside z until samples hardly depend on z.
    """

    def __init__(
        self, z_dim: int, shape: Shape, body: nn.Sequential, class_count: int = 0, *, bias: bool = True
    ) -> None:
        super().__init__()
        self.first = nn.Linear(z_dim + (EMBEDDED if class_count else 0), math.prod(shape), bias=bias)
        self.body = body
        self.embed = nn.Embedding(class_count, EMBEDDED) if class_count else None
        self.shape = shape

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """z: (N, z_dim); labels: int64 (N,), ignored unless class-conditional. Returns (N, …)."""
        if self.embed is not None:
            assert labels is not None, "a class-conditional generator needs labels"
            z = torch.cat([z, self.embed(labels)], dim=1)
        return self.body(self.first(z).unflatten(1, self.shape))


class Projection(nn.Embedding):
    """A vector for each class that D's features are multiplied with: a row of a linear layer (classes, features)."""


class Discriminator(nn.Module):
    """A body down to features, and a head from features to raw scores (N,).

    out: shape of the body's output. Head `dense`: all of it, flattened; `pool`: the mean over positions; `mean`: that
    over everything is the score itself.
    config.head_width: units of a hidden layer between features and score, without a norm; 0 has none. It sees the
    whole image at once, where strided convolutions on small images see strokes: on 16×16 digits the samples'
    shapes hold together sooner.
    With class_count the score has ⟨embed(label), h⟩ added, h what the head's last linear layer sees
    (Miyato & Koyama 2018).
    """

    def __init__(
        self, config: TrainConfig, body: nn.Sequential, out: Shape, class_count: int, dropout_rng: torch.Generator
    ) -> None:
        super().__init__()
        self.body = body
        head = config.head if len(out) == 3 else "dense"
        self.pools = head == "pool"
        features = out[0] if self.pools else math.prod(out)
        self.head: nn.Module = Mean() if head == "mean" else nn.Linear(features, 1)
        if config.head_width:
            self.head = _hidden_head(config, features, dropout_rng)
        self.embed = Projection(class_count, config.head_width or features) if class_count else None
        #: Whether a score depends on the other examples of the batch, so that reals and fakes are judged apart.
        self.batchwise = any(isinstance(part, _BatchNorm) for part in self.modules())

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """x: (N, …); labels: int64 (N,), ignored unless class-conditional. Returns (N,)."""
        features = self.body(x)
        features = features.mean((2, 3)) if self.pools else features.flatten(1)
        *hidden, last = self.head if isinstance(self.head, nn.Sequential) else (self.head,)
        for layer in hidden:
            features = layer(features)
        scores = last(features).squeeze(1)
        if self.embed is None:
            return scores
        assert labels is not None, "a class-conditional discriminator needs labels"
        return scores + (self.embed(labels) * features).sum(1)


class Mean(nn.Module):
    """The mean of an example's features (N, …), as (N, 1)."""

    def forward(self, features: Tensor) -> Tensor:
        return features.flatten(1).mean(1, keepdim=True)


def _hidden_head(config: TrainConfig, features: int, dropout_rng: torch.Generator) -> nn.Sequential:
    # Dropout goes by name, since snapshots of runs without it call the layers 0 and 2.
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers["0"] = nn.Linear(features, config.head_width)
    layers["1"] = fast.LeakyReLU(config.slope)
    layers["dropout"] = fast.Dropout(config.dropout, dropout_rng)
    layers["2"] = nn.Linear(config.head_width, 1)
    return nn.Sequential(layers)
