"""What scores are made of: a set of samples, and what a network sees of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from ganlab.metrics.features import Kernels, Manifold, Moments, Overlap, kernels, manifold, moments, overlap
from ganlab.metrics.patches import patches
from ganlab.plane import Modes

_PATCHES_SEED = 0
#: Samples that are looked at at once.
_AT_ONCE = 1000


@dataclass(frozen=True, eq=False)
class Seen:
    """N samples, as far as they are known; None for what is not.

    images: float (N, C, S, S) in [−1, 1]; points: float (N, 2). By a network: features, (N, d); classes, probabilities
    (N, K) of what it knows; taken, (N,), the class that a sample is taken for, −1 where the network is sure of none.
    modes: of the distribution that points are to be of, where it has some.
    What follows from these is calculated when it is first asked for, and kept.
    """

    images: Tensor | None = None
    points: Tensor | None = None
    features: Tensor | None = None
    classes: Tensor | None = None
    taken: Tensor | None = None
    modes: Modes | None = None
    _overlaps: dict[int, tuple[Seen, Overlap]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return next(len(each) for each in self._parts().values())

    def at(self, rows: Tensor) -> Seen:
        """The samples at these places."""
        return self.with_(**{name: each[rows] for name, each in self._parts().items()})

    def first(self, count: int) -> Seen:
        return self if count >= len(self) else self.at(torch.arange(count))

    def with_(self, **more: Any) -> Seen:
        """The same samples with more known of them."""
        return replace(self, **more, _overlaps={})

    def is_finite(self) -> bool:
        # in parts: torch takes a copy of what it looks at
        return all(bool(some.isfinite().all()) for each in self._parts().values() for some in each.split(_AT_ONCE))

    @cached_property
    def moments(self) -> Moments:
        return moments(_known(self.features))

    @cached_property
    def kernels(self) -> Kernels:
        return kernels(_known(self.features))

    @cached_property
    def manifold(self) -> Manifold:
        return manifold(_known(self.features))

    @cached_property
    def patches(self) -> list[Tensor]:
        return patches(_known(self.images), torch.Generator().manual_seed(_PATCHES_SEED))

    def overlap(self, fake: Seen) -> Overlap:
        """Of these as reals with fakes; four scores are read off one."""
        kept = fake._overlaps.get(id(self))
        if kept is None:
            kept = fake._overlaps[id(self)] = self, overlap(self.manifold, fake.manifold)
        return kept[1]

    def _parts(self) -> dict[str, Tensor]:
        named = {name: getattr(self, name) for name in ("images", "points", "features", "classes", "taken")}
        return {name: each for name, each in named.items() if each is not None}


def _known(part: Tensor | None) -> Tensor:
    assert part is not None
    return part
