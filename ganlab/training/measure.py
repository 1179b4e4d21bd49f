"""What a look at the samples measures: how varied they are, how far they moved, and how D's scores are spread.

A look leaves no trace: a run that is measured goes the same way as one that is not, bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm

from ganlab.data import Dataset
from ganlab.gan.priors import PRIORS
from ganlab.training.state import TrainState, seed_for

#: Examples and their labels, which mean nothing to networks that are not class-conditional.
_Examples = tuple[Tensor, Tensor]

#: Examples of each kind that are looked at.
MOST = 128
BINS = 32


@dataclass(frozen=True)
class Histogram:
    """How often D gives which score: counts in BINS equal bins from `low` to `high`, by kind of example.

    counts: of "real" and "fake" ones, and of "held_out" ones where the data have such; scores that are not finite
    are not counted.
    """

    low: float
    high: float
    counts: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Measures:
    """values: by name, finite; what cannot be told (yet) is absent.

    diversity: mean distance between two of the fixed samples, over the same of real examples; 1 is as varied.
    moved: mean |change| of a value of the fixed samples since they were last shown, in [0, 2] for images; absent the
    first time, also of a fork with other fixed latents. critic_gap: mean D(held-out) − mean D(training examples);
    absent without examples held out.
    """

    values: Mapping[str, float]
    scores: Histogram


@torch.no_grad()
def measure(state: TrainState, data: Dataset, samples: Tensor | None = None) -> Measures:
    """Look at a run as it stands. samples: of its fixed latents, where they have been made already.

    At most 128 of each kind, the same examples and latents each time, so that looks can be compared; in float32,
    whatever the run trains in. Fakes are those that D meets: of G itself, not of its average.
    """
    shown: Tensor = state.average(state.fixed_z, state.fixed_labels) if samples is None else samples
    kinds = {"real": _some(data.examples, data.labels, state.device)}
    if data.held_out is not None:
        kinds["held_out"] = _some(data.held_out, data.held_out_labels, state.device)
    with _without_a_trace(state.generator, state.discriminator):
        scores = _real_scores(state, kinds) | {"fake": _fake_scores(state)}
    values = {"diversity": _mean_distance(shown[:MOST]) / _mean_distance(kinds["real"][0])}
    if state.shown is not None:
        values["moved"] = (shown - state.shown).abs().mean()
    if "held_out" in scores:
        values["critic_gap"] = scores["held_out"].mean() - scores["real"].mean()
    known = {name: value.item() for name, value in values.items()}
    return Measures(
        {name: value for name, value in known.items() if math.isfinite(value)},
        histogram({name: found.cpu().numpy() for name, found in scores.items()}),
    )


@torch.no_grad()
def look(state: TrainState, data: Dataset) -> tuple[float, float, Tensor]:
    """D's mean scores of reals and of fakes, always the same ones, and G's own samples of the fixed latents."""
    kinds = {"real": _some(data.examples, data.labels, state.device)}
    with _without_a_trace(state.generator, state.discriminator):
        real, fake = _real_scores(state, kinds)["real"], _fake_scores(state)
        samples = state.generator(state.fixed_z, state.fixed_labels)
    return real.mean().item(), fake.mean().item(), samples


def histogram(scores: Mapping[str, np.ndarray]) -> Histogram:
    """Scores (N,) of each kind, counted in the same bins."""
    finite = {name: found[np.isfinite(found)].astype(float) for name, found in scores.items()}
    among = np.concatenate([*finite.values()])
    low, high = (float(among.min()), float(among.max())) if len(among) else (0.0, 1.0)
    if low == high:  # a bin has to have a width
        half = max(0.5, abs(low) / 1000)
        low, high = low - half, high + half
    counts = {name: np.histogram(found, BINS, (low, high))[0].tolist() for name, found in finite.items()}
    return Histogram(low, high, {name: tuple(found) for name, found in counts.items()})


def _fake_scores(state: TrainState) -> Tensor:
    """D's scores of samples of the same latents each time."""
    config = state.config
    rng = torch.Generator().manual_seed(seed_for(config.seed, "measure"))
    z = PRIORS[config.prior].draw(MOST, config.z_dim, config.prior_half_width, rng).to(state.device)
    labels = torch.arange(MOST, device=state.device) % max(state.class_count, 1)
    batches = _batches(config.batch_size, z, labels)
    return torch.cat([state.discriminator(state.generator(some, theirs), theirs) for some, theirs in batches])


def _real_scores(state: TrainState, kinds: dict[str, _Examples]) -> dict[str, Tensor]:
    """D's scores of each kind of real example.

    All kinds are in each batch: with batch norm, statistics of its own would level out a kind's difference.
    """
    counts = [len(labels) for _, labels in kinds.values()]
    mixed = torch.cat([torch.arange(count) / count for count in counts]).argsort(stable=True)
    examples, labels = (torch.cat(parts)[mixed] for parts in zip(*kinds.values(), strict=True))
    batches = _batches(state.config.batch_size, examples, labels)
    scores = torch.cat([state.discriminator(some, theirs) for some, theirs in batches])
    return dict(zip(kinds, scores[mixed.argsort()].split(counts), strict=True))


def _batches(size: int, examples: Tensor, labels: Tensor) -> Iterator[_Examples]:
    """In parts of `size` or up to twice that, so that a look needs no more memory than a step."""
    parts = max(len(examples) // size, 1)
    return zip(examples.tensor_split(parts), labels.tensor_split(parts), strict=True)


@contextmanager
def _without_a_trace(*nets: nn.Module) -> Iterator[None]:
    """The networks as they are while training, without dropout, and such that no buffer changes.

    Batch norm goes by the statistics of the batch: D's running ones mix reals with fakes, and D has never learnt to
    judge by them. Spectral norm in eval mode estimates as while training and keeps nothing.
    """
    parts = [part for net in nets for part in net.modules()]
    modes = [part.training for part in parts]
    norms = [part for part in parts if isinstance(part, _BatchNorm)]
    tracking = [norm.track_running_stats for norm in norms]
    try:
        for part in parts:
            part.training = isinstance(part, _BatchNorm)
        for norm in norms:
            norm.track_running_stats = False
        yield
    finally:
        for part, mode in zip(parts, modes, strict=True):
            part.training = mode
        for norm, tracked in zip(norms, tracking, strict=True):
            norm.track_running_stats = tracked


def _some(examples: Tensor, labels: Tensor | None, device: torch.device) -> _Examples:
    """Up to 128, spread evenly, so that where they are sorted by class all classes are among them.

    float32, images in [−1, 1]; labels 0 where there are none.
    """
    count = min(MOST, len(examples))
    chosen = torch.arange(count) * len(examples) // count
    some = examples[chosen].to(device)
    theirs = torch.zeros(count, dtype=torch.long) if labels is None else labels[chosen]
    return some.float().div_(127.5).sub_(1) if some.dim() == 4 else some, theirs.to(device)


def _mean_distance(examples: Tensor) -> Tensor:
    """Mean Euclidean distance between two of them; not a number where there are not two."""
    return F.pdist(examples.flatten(1).float()).mean()
