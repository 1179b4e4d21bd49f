"""Finding the latent of a real picture: the picture made ready, the search, and what came of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ganlab.data import shape_for
from ganlab.data.decode import UnreadableError, decode, quiet_pillow
from ganlab.errors import ConfigError, DataError
from ganlab.explore.checks import MOST_SEED, check_whole
from ganlab.explore.drawing import draw, samples
from ganlab.explore.loading import Loaded
from ganlab.explore.walks import Key
from ganlab.gan.latent import Found, Search, class_shares, generate, invert
from ganlab.training import spare_one_core, to_pictures

MOST_PICTURE_BYTES = 30_000_000

#: A picture is taken for a negative where its own negative is so many times as near to the generator's mean sample.
_CLEARLY = 1.5
_MEAN_OF = 64

#: Called after every step; False ends the search with what is found so far.
Watch = Callable[[Found], object]


@dataclass(frozen=True, eq=False)
class Inversion:
    """What a search came to.

    target, picture: uint8 (H, W, C), what was looked for and what the latent found makes; psnr_db: how near they are;
    losses: the least loss at each step; finished: False where it was ended before its last.
    """

    key: Key
    target: np.ndarray
    picture: np.ndarray
    psnr_db: float
    losses: tuple[float, ...]
    finished: bool


def prepared(content: bytes, loaded: Loaded, *, name: str = "the picture") -> Tensor:
    """A picture file of any kind as the generator's own: (C, H, W) in [−1, 1].

    The largest centred square, resized, on white where it was transparent, grey where the generator is.
    Raises DataError: too large, cut short, no picture; ConfigError: the generator makes points of the plane.
    """
    shape = _image_shape(loaded)
    if len(content) > MOST_PICTURE_BYTES:
        raise DataError(
            f"{name} has {len(content) / 1e6:.0f} MB, and at most {MOST_PICTURE_BYTES / 1e6:.0f} are read: "
            "save it smaller first"
        )
    with tempfile.TemporaryDirectory() as folder, quiet_pillow():
        path = Path(folder) / "picture"
        path.write_bytes(content)
        try:
            picture, _ = decode(path, size=shape[1], crop="centre")
        except UnreadableError as error:
            raise DataError(f"{name} cannot be used ({error}): choose a PNG, JPEG, WebP, GIF, BMP or TIFF") from None
    image = torch.from_numpy(picture.copy()).float()
    if shape[0] == 1:
        image = (image * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(0, keepdim=True)
    return image / 127.5 - 1


def looks_inverted(loaded: Loaded, target: Tensor) -> bool:
    """Whether `target` (C, H, W) in [−1, 1] is black on white where a grey generator makes white on black, or reversed.

    By squared distance to the mean of samples, which must be clearly less for the negative.
    """
    if target.shape[0] != 1:
        return False
    mean = samples(loaded, torch.stack([loaded.space.of_seed(seed)[0] for seed in range(_MEAN_OF)])).mean(0)
    as_it_is, negative = ((mean - each).square().mean() for each in (target, -target))
    return bool(_CLEARLY * negative < as_it_is)


def find(
    loaded: Loaded,
    target: Tensor,
    *,
    search: Search | None = None,
    seed: int = 0,
    label: int | None = None,
    watch: Watch = lambda found: None,
) -> Inversion:
    """The latent whose picture comes nearest to `target` (C, H, W) in [−1, 1], by gradient descent from a few starts.

    label: the class to look in, where there are classes; None looks in all of them. watch: sees each step's best; it
    ends the search by returning False, and what it raises comes out here. The same seed finds the same.
    Raises ConfigError: points of the plane, another shape, a class that there is not.
    """
    search = search or Search()
    losses: list[float] = []
    best: Found | None = None
    finished = True
    with spare_one_core():  # on busy cores threads would wait for each other at every layer
        for found in finding(loaded, target, search=search, seed=seed, label=label):
            losses.append(found.loss)
            best = found if best is None or found.psnr_db > best.psnr_db else best
            if watch(found) is False and found.step < search.steps:
                finished = False
                break
    assert best is not None
    picture = draw(loaded, best.latent[None], best.label)[0]
    return Inversion(
        Key(best.latent, best.label), to_pictures(target[None])[0], picture, best.psnr_db, tuple(losses), finished
    )


def finding(
    loaded: Loaded, target: Tensor, *, search: Search | None = None, seed: int = 0, label: int | None = None
) -> Iterator[Found]:
    """The steps of `find`, for whoever has something else to do between two of them. Raises what it raises."""
    shape = _image_shape(loaded)
    if target.shape != shape:
        raise ConfigError(f"the picture is {tuple(target.shape)}, but {loaded.source} makes {shape}: use `prepared`")
    search = search or Search()
    check_whole("seed", seed, 0, MOST_SEED)
    for what, value in (("steps", search.steps), ("starts", search.starts)):
        check_whole(what, value, 1, 10_000)
    rng = torch.Generator().manual_seed(seed)
    labels = _labels(loaded, search.drawn, label)
    return invert(_generating(loaded), target, loaded.space, search, rng=rng, labels=labels)


def _generating(loaded: Loaded) -> Callable[[Tensor, Tensor | None], Tensor]:
    def made(latents: Tensor, labels: Tensor | None) -> Tensor:
        return generate(loaded.generator, latents, None if labels is None else class_shares(labels, loaded.class_count))

    return made


def _labels(loaded: Loaded, count: int, label: int | None) -> Tensor | None:
    if not loaded.class_count:
        if label is not None:
            raise ConfigError(f"label is {label}, but {loaded.source} has no classes to choose from")
        return None
    if label is None:
        return torch.arange(count) % loaded.class_count
    check_whole("label", label, 0, loaded.class_count - 1)
    return torch.full((count,), label)


def _image_shape(loaded: Loaded) -> tuple[int, ...]:
    shape = shape_for(loaded.config)
    if len(shape) != 3:
        raise ConfigError(f"{loaded.source} makes points of the plane, and a picture is none: choose a run on images")
    return shape
