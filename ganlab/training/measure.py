"""What a look at the samples measures: how varied they are, how far they moved, and how D's scores are spread.

A look leaves no trace: a run that is measured goes the same way as one that is not, bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

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

#: Samples that are looked at, and reals that they are compared with.
MOST = 128
#: Reals of each kind that D's scores are taken of, at most.
_MOST_JUDGED = 1024
#: Examples that a step of training sees for each that a look may judge: then that costs 1 to 2 % of the time.
_SEEN_FOR_ONE = 16
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
    diversity_g, spacing_g, energy_g: of G itself rather than of its average, from latents of their own. spacing_g is
    the mean distance of a sample to the nearest other one, over the same of real examples: small where a few pictures
    come again and again, however different these are. energy_g is the energy distance between samples and real
    examples, over the mean distance between two of these: 0 for the same distribution, about 1 where all samples are
    one, or noise.
    moved: mean |change| of a value of the fixed samples since they were last shown, in [0, 2] for images; absent the
    first time, also of a fork with other fixed latents. stride_g: length of G's last step over that of its weights.
    critic_gap: mean of D(held-out) − D(training examples), each held-out example beside those of its own class, since
    classes score differently and are not held out in equal shares; critic_gap_error: its standard error. Both are
    absent without examples held out.
    """

    values: Mapping[str, float]
    scores: Histogram


@torch.no_grad()
def measure(state: TrainState, data: Dataset, samples: Tensor | None = None) -> Measures:
    """Look at a run as it stands. samples: of its fixed latents, where they have been made already.

    The same examples and latents each time, so that looks can be compared; in float32, whatever the run trains in.
    Fakes are those that D meets: of G itself, not of its average.
    """
    shown: Tensor = state.average(state.fixed_z, state.fixed_labels) if samples is None else samples
    kinds = {"real": _some(data.examples, data.labels, state)}
    if data.held_out is not None:
        kinds["held_out"] = _some(data.held_out, data.held_out_labels, state)
    with without_a_trace(state.generator, state.discriminator):
        scores = _real_scores(state, kinds)
        fakes, scores["fake"] = _fakes(state)
    reals = _spread(kinds["real"][0], MOST)
    spread = _mean_distance(reals)
    values = {
        "diversity": _mean_distance(shown[:MOST]) / spread,
        "diversity_g": _mean_distance(fakes) / spread,
        "spacing_g": _spacing(fakes[: len(reals)]) / _spacing(reals),
        "energy_g": _energy_distance(fakes, reals) / spread,
        "stride_g": _stride(state),
    }
    if state.shown is not None:
        values["moved"] = (shown - state.shown).abs().mean()
    if "held_out" in scores:
        values["critic_gap"], values["critic_gap_error"] = _gap(scores, {kind: kinds[kind][1] for kind in kinds})
    known = {name: value.item() for name, value in values.items()}
    return Measures(
        {name: value for name, value in known.items() if math.isfinite(value)},
        histogram({name: found.cpu().numpy() for name, found in scores.items()}),
    )


@torch.no_grad()
def look(state: TrainState, data: Dataset) -> tuple[float, float, Tensor]:
    """D's mean scores of reals and of fakes, always the same ones, and G's own samples of the fixed latents."""
    kinds = {"real": _some(data.examples, data.labels, state, at_most=MOST)}
    with without_a_trace(state.generator, state.discriminator):
        real, (_, fake) = _real_scores(state, kinds)["real"], _fakes(state)
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


def _fakes(state: TrainState) -> tuple[Tensor, Tensor]:
    """G's samples of the same latents each time, and D's scores of them."""
    config = state.config
    rng = torch.Generator().manual_seed(seed_for(config.seed, "measure"))
    z = PRIORS[config.prior].draw(MOST, config.z_dim, config.prior_half_width, rng).to(state.device)
    labels = torch.arange(MOST, device=state.device) % max(state.class_count, 1)
    made = [(state.generator(some, theirs), theirs) for some, theirs in _batches(config.batch_size, z, labels)]
    scores = [state.discriminator(samples, theirs) for samples, theirs in made]
    return torch.cat([samples for samples, _ in made]), torch.cat(scores)


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
def without_a_trace(*nets: nn.Module) -> Iterator[None]:
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


def _some(examples: Tensor, labels: Tensor | None, state: TrainState, *, at_most: int = 0) -> _Examples:
    """As many as a look may judge, or at_most, spread evenly, so that where they are sorted all classes are among them.

    float32, images in [−1, 1]; labels 0 where there are none.
    """
    config = state.config
    seen = config.preview_every * config.d_steps * config.batch_size
    count = min(at_most or min(max(seen // _SEEN_FOR_ONE, MOST), _MOST_JUDGED), len(examples))
    chosen = _evenly(count, len(examples))
    some = examples[chosen].to(state.device)
    theirs = torch.zeros(count, dtype=torch.long) if labels is None else labels[chosen]
    return some.to(torch.get_default_dtype()).div_(127.5).sub_(1) if some.dim() == 4 else some, theirs.to(state.device)


def _evenly(count: int, among: int) -> Tensor:
    return torch.arange(count) * among // max(count, 1)


def _spread(examples: Tensor, count: int) -> Tensor:
    """Up to `count` of them, at even distances."""
    return examples[_evenly(min(count, len(examples)), len(examples)).to(examples.device)]


def _gap(scores: Mapping[str, Tensor], labels: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """How much lower or higher held-out examples score than training examples of their class, and its standard error.

    Scores of one class are taken to spread as those held out do: of the training examples there may be one of a class.
    Not a number where no class of theirs is among the training examples.
    """
    count = int(torch.cat([labels["real"], labels["held_out"]]).max()) + 1
    each = labels["real"].bincount(minlength=count)
    means = torch.zeros(count, device=each.device).index_add_(0, labels["real"], scores["real"]) / each
    compared = each[labels["held_out"]] > 0
    apart = (scores["held_out"] - means[labels["held_out"]])[compared]
    shares = labels["held_out"][compared].bincount(minlength=count) / compared.sum()
    of_means = (shares.square() / each.clamp(min=1)).sum()
    return apart.mean(), (_variance(apart) * (1 / compared.sum() + of_means)).sqrt()


def _variance(values: Tensor) -> Tensor:
    """Not a number where there are not two."""
    return (values - values.mean()).square().sum() / (len(values) - 1)


def _stride(state: TrainState) -> Tensor:
    """Length of Adam's step for G as its moments stand, over the length of all of G's weights.

    Not a number before the first step.
    """
    optimiser = state.opt_g
    weights = [weight for weight in state.generator.parameters() if weight in optimiser.state]
    steps = [_adam_step(optimiser.state[weight], optimiser.param_groups[0]) for weight in weights]
    return state.config.lr_g * _length(steps) / _length(weights)


def _adam_step(moments: Mapping[str, Tensor], group: Mapping[str, Any]) -> Tensor:
    """Kingma and Ba 2015, algorithm 1, with a rate of 1."""
    beta1, beta2 = group["betas"]
    mean = moments["exp_avg"] / (1 - beta1 ** moments["step"])
    square = moments["exp_avg_sq"] / (1 - beta2 ** moments["step"])
    return mean / (square.sqrt() + group["eps"])


def _length(parts: Sequence[Tensor]) -> Tensor:
    """Euclidean, of all parts as one vector; not a number without any."""
    return torch.stack([part.norm() for part in parts]).norm() if parts else torch.tensor(math.nan)


def _spacing(examples: Tensor) -> Tensor:
    """Mean distance of each to the nearest other one; infinite for one alone."""
    flat = examples.flatten(1).float()
    return torch.cdist(flat, flat).fill_diagonal_(math.inf).amin(1).mean()


def _energy_distance(some: Tensor, others: Tensor) -> Tensor:
    """2 E‖X − Y‖ − E‖X − X′‖ − E‖Y − Y′‖ (Székely and Rizzo 2013), without bias; 0 for equal distributions."""
    between = torch.cdist(some.flatten(1).float(), others.flatten(1).float()).mean()
    return 2 * between - _mean_distance(some) - _mean_distance(others)


def _mean_distance(examples: Tensor) -> Tensor:
    """Mean Euclidean distance between two of them; not a number where there are not two."""
    return F.pdist(examples.flatten(1).float()).mean()
