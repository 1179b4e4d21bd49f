"""Directions from what samples are called (digit 3 → 5), or from samples that somebody picked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from ganlab.data import Dataset
from ganlab.errors import ConfigError
from ganlab.explore.checks import MOST_SEED, check_one_of, check_whole
from ganlab.explore.drawing import Classes, samples
from ganlab.explore.features import classifier_of
from ganlab.explore.loading import Loaded
from ganlab.gan.latent import mean_difference

#: Fewer samples of a class than this say little about where it lies.
FEWEST = 8

Told = Callable[[float], object]


def class_direction(
    loaded: Loaded,
    data: Dataset,
    lack: str,
    have: str,
    *,
    count: int = 2000,
    seed: int = 0,
    classes: Classes = None,
    progress: Told = lambda share: None,
) -> Tensor:
    """The direction (z_dim,) from samples that a classifier takes for class `lack` to those it takes for `have`.

    The difference of the mean latents of `count` samples so named, one standard deviation long (see
    `mean_difference`). Raises ConfigError: an unknown class, no classifier, or hardly a sample of one of the two.
    """
    check_classes(data, lack, have)
    check_whole("count", count, 2, 100_000)
    latents = loaded.space.of_seed(seed, count)
    made = samples(loaded, latents, classes, progress=progress)
    named = names_of(classifier_of(data), made)
    groups = [latents[named == data.class_names.index(name)] for name in (have, lack)]
    for name, group in zip((have, lack), groups, strict=True):
        if len(group) < FEWEST:
            raise ConfigError(
                f"of {count} samples {len(group)} look like class {name!r}, and at least {FEWEST} are needed: "
                "choose another class, a later snapshot or more samples"
            )
    return mean_difference(groups[0], groups[1], loaded.space)


def check_classes(data: Dataset, lack: str, have: str) -> None:
    """Raises ConfigError for two classes that no direction leads between."""
    for name in (lack, have):
        check_one_of("class", name, tuple(data.class_names))
    if lack == have:
        raise ConfigError(f"a direction leads from one class to another, got {have!r} twice: choose two")


def picked_direction(loaded: Loaded, lack: Sequence[int], have: Sequence[int]) -> Tensor:
    """The direction (z_dim,) from some samples to others, each picked by its seed, one standard deviation long.

    The difference of their mean latents (Radford et al. 2015, § 6.3.2); of a few samples it has their chance likeness
    in it as well. Raises ConfigError: no seeds, or none that is not in both.
    """
    for name, seeds in (("lack", lack), ("have", have)):
        check_whole(f"the number of seeds to {name}", len(seeds), 1, 1000)
        for seed in seeds:
            check_whole("seed", seed, 0, MOST_SEED)
    if sorted(lack) == sorted(have):
        raise ConfigError("a direction leads from some samples to others, got the same seeds twice: pick others")
    groups = [torch.cat([loaded.space.of_seed(seed) for seed in seeds]) for seeds in (have, lack)]
    return mean_difference(groups[0], groups[1], loaded.space)


@torch.no_grad()
def names_of(classifier: nn.Module, images: Tensor) -> Tensor:
    """The most likely class of each image, int64 (N,); the number of classes for one that is of none."""
    return torch.cat([classifier(part).argmax(1) for part in images.split(256)])
