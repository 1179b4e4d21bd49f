"""The table of scores: one function and one row each. Menus, the command line, the log and the docs follow from it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import torch

from ganlab.metrics import features as f
from ganlab.metrics.patches import sliced_distance
from ganlab.metrics.seen import Seen
from ganlab.plane import Grid, jensen_shannon, modes_found, transport

ScoreName = Literal[
    "frechet",
    "kernel",
    "inception",
    "precision",
    "recall",
    "density",
    "coverage",
    "legible",
    "classes",
    "frechet-infinity",
    "inception-infinity",
    "sliced-wasserstein",
    "earth-mover",
    "jensen-shannon",
    "modes",
    "good",
    "mode-divergence",
]
Needs = Literal["features", "classes", "taken", "images", "points", "modes"]
#: Groups that are left out in turn, for an interval; a normal quantile.
_GROUPS, _QUANTILE = 10, 1.96
#: Values of N that a line is laid through.
_SIZES = 10
_MOST_MOVED = 500

#: By which one generator is better than another, the first that there is; lower is better in each.
DECIDING: tuple[ScoreName, ...] = ("frechet", "earth-mover", "sliced-wasserstein")

#: The network by which alone a Fréchet distance is called FID.
FID_NETWORK = "FID network"

Function = Callable[[Seen, Seen, torch.Generator], float]


@dataclass(frozen=True)
class Score:
    """A row of the table. value(real, fake, rng): of samples that know what it `needs`.

    title: to be followed by the network's name where it needs one. interval: whether one is taken by doing it ten
    times more. by_count: its value depends on how many samples there are.
    """

    title: str
    value: Function
    needs: Needs
    better: Literal["lower", "higher"]
    source: str
    explanation: str
    unit: str = ""
    interval: bool = True
    by_count: bool = False


@dataclass(frozen=True)
class Scored:
    """A score's value. low, high: where it would lie with other samples, 95 % (NaN if that was not asked for).

    count: fakes that were judged; seconds: that it took, without drawing and looking at them.
    """

    name: ScoreName
    value: float
    low: float
    high: float
    count: int
    seconds: float


def called(name: ScoreName, network: str) -> str:
    """A score's name, with that of the network behind it where it rests on one; FID by the network of that alone."""
    row = SCORES[name]
    if row.needs not in ("features", "classes", "taken"):
        return row.title
    if network == FID_NETWORK and row.title.startswith(_FRECHET):
        return row.title.replace(_FRECHET, "FID")
    return f"{row.title} ({network})" if network else row.title


def possible(real: Seen, fake: Seen) -> tuple[ScoreName, ...]:
    """Scores for which enough is known, in the order of the table."""
    return tuple(
        name
        for name, row in SCORES.items()
        if getattr(real, row.needs) is not None and (row.needs == "modes" or getattr(fake, row.needs) is not None)
    )


def scored(
    names: Sequence[ScoreName],
    real: Seen,
    fake: Seen,
    *,
    seed: int = 0,
    interval: bool = True,
    progress: Callable[[float], object] = lambda share: None,
) -> tuple[Scored, ...]:
    """Scores of fakes against reals, each with an interval by leaving out a tenth of the fakes at a time.

    Two fakes or more. The same seed gives the same values. All are NaN where the fakes hold what is no number.
    progress: called with the share done; what it raises ends it.
    """
    if not fake.is_finite():
        return tuple(Scored(name, math.nan, math.nan, math.nan, len(fake), 0.0) for name in names)
    values: dict[ScoreName, list[float]] = {name: [] for name in names}
    seconds = dict.fromkeys(names, 0.0)
    again: list[ScoreName] = [name for name in names if SCORES[name].interval]
    most = len(names) + (_GROUPS * len(again) if interval else 0)

    def take(name: ScoreName, some: Seen) -> None:
        begun = time.perf_counter()
        values[name].append(SCORES[name].value(real, some, _rng(seed)))
        seconds[name] += time.perf_counter() - begun
        progress(sum(map(len, values.values())) / most)

    for name in names:
        take(name, fake)
    for rest in _rests(fake, again, seed) if interval else ():
        for name in again:
            take(name, rest)
    return tuple(_with_interval(name, values[name], len(fake), seconds[name]) for name in names)


def _rests(fake: Seen, names: Sequence[ScoreName], seed: int) -> Iterator[Seen]:
    """What is left of the fakes without each tenth, one at a time: each takes nearly as much memory as they do."""
    if not names or len(fake) <= 2 * _GROUPS:
        return
    if all(SCORES[name].needs != "images" for name in names):
        fake = fake.with_(images=None)
    groups = torch.randperm(len(fake), generator=_rng(seed)).tensor_split(_GROUPS)
    for place in range(_GROUPS):
        yield fake.at(torch.cat([*groups[:place], *groups[place + 1 :]]))


def _with_interval(name: ScoreName, values: Sequence[float], count: int, seconds: float) -> Scored:
    """values: of all fakes, then of what is left without each tenth, or nothing."""
    half = _QUANTILE * _jackknife(values[1:]) if len(values) > 1 else math.nan
    return Scored(name, values[0], values[0] - half, values[0] + half, count, seconds)


def _jackknife(values: Sequence[float]) -> float:
    """Standard error by groups that are left out in turn (Efron and Tibshirani 1993, section 11.5)."""
    mean = sum(values) / len(values)
    return math.sqrt((len(values) - 1) / len(values) * sum((value - mean) ** 2 for value in values))


_FRECHET = "Fréchet distance"


def _rng(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _frechet(real: Seen, fake: Seen, rng: torch.Generator) -> float:
    return f.frechet_distance(real.moments, fake.moments)


def _frechet_infinity(real: Seen, fake: Seen, rng: torch.Generator) -> float:
    return _at_infinity(fake, rng, lambda some: f.frechet_distance(real.moments, some.moments))


def _kernel(real: Seen, fake: Seen, rng: torch.Generator) -> float:
    return f.kernel_distance(real.kernels, fake.kernels)


def _inception(real: Seen, fake: Seen, rng: torch.Generator) -> float:
    assert fake.classes is not None
    return f.inception_score(fake.classes, rng)


def _inception_infinity(real: Seen, fake: Seen, rng: torch.Generator) -> float:
    def of(some: Seen) -> float:
        assert some.classes is not None
        return f.inception_score(some.classes, rng, splits=1)

    return _at_infinity(fake, rng, of)


def _at_infinity(fake: Seen, rng: torch.Generator, of: Callable[[Seen], float]) -> float:
    """Through values of N from a tenth to all of the fakes, each of others drawn anew."""
    values, lean = {}, fake.with_(images=None)
    for place in range(1, _SIZES + 1):
        count = max(2, len(fake) * place // _SIZES)
        values[count] = of(lean.at(torch.randperm(len(fake), generator=rng)[:count]))
    return f.extrapolated(values)


def _precision(real: Seen, fake: Seen, rng: torch.Generator) -> float:
    return real.overlap(fake).precision


def _recall(real: Seen, fake: Seen, rng: torch.Generator) -> float:
    return real.overlap(fake).recall


def _density(real: Seen, fake: Seen, rng: torch.Generator) -> float:
    return real.overlap(fake).density


def _coverage(real: Seen, fake: Seen, rng: torch.Generator) -> float:
    return real.overlap(fake).coverage


def _legible(real: Seen, fake: Seen, rng: torch.Generator) -> float:
    assert fake.taken is not None
    return 100 * float((fake.taken >= 0).double().mean())


def _classes(real: Seen, fake: Seen, rng: torch.Generator) -> float:
    assert fake.taken is not None
    counts = fake.taken[fake.taken >= 0].bincount().double()
    if not counts.sum():
        return 0.0
    shares = counts / counts.sum()
    return math.exp(-float(torch.xlogy(shares, shares).sum()))


def _sliced_wasserstein(real: Seen, fake: Seen, rng: torch.Generator) -> float:
    each = [sliced_distance(one, other, rng) for one, other in zip(real.patches, fake.patches, strict=True)]
    return sum(each) / len(each)


def _earth_mover(real: Seen, fake: Seen, rng: torch.Generator) -> float:
    assert real.points is not None and fake.points is not None
    count = min(len(real), len(fake), _MOST_MOVED)
    some = (points[torch.randperm(len(points), generator=rng)[:count]] for points in (real.points, fake.points))
    return transport(*(points.double().numpy() for points in some)).distance


def _jensen_shannon(real: Seen, fake: Seen, rng: torch.Generator) -> float:
    assert real.points is not None and fake.points is not None
    return jensen_shannon(*(Grid().shares(points.numpy()) for points in (real.points, fake.points)))


def _modes(real: Seen, fake: Seen, rng: torch.Generator) -> float:
    assert real.modes is not None and fake.points is not None
    return float(modes_found(fake.points.double().numpy(), real.modes).covered)


def _good(real: Seen, fake: Seen, rng: torch.Generator) -> float:
    assert real.modes is not None and fake.points is not None
    return 100 * modes_found(fake.points.double().numpy(), real.modes).good


def _mode_divergence(real: Seen, fake: Seen, rng: torch.Generator) -> float:
    assert real.modes is not None and fake.points is not None
    return modes_found(fake.points.double().numpy(), real.modes).divergence


SCORES: dict[ScoreName, Score] = {
    "frechet": Score(
        _FRECHET,
        _frechet,
        needs="features",
        better="lower",
        source="Heusel et al. 2017 (arXiv 1706.08500), equation 6",
        explanation=(
            "How far apart two Gaussians are, laid around what the network sees of real and of generated images. "
            "Falls with N, so compare values of the same N alone."
        ),
        by_count=True,
    ),
    "kernel": Score(
        "Kernel distance",
        _kernel,
        needs="features",
        better="lower",
        source="Bińkowski et al. 2018 (arXiv 1801.01401), section 3",
        explanation=(
            "The same question without Gaussians and without the bias of N: a squared mean discrepancy, which chance "
            "can bring just below 0."
        ),
    ),
    "inception": Score(
        "Inception score",
        _inception,
        needs="classes",
        better="higher",
        source="Salimans et al. 2016 (arXiv 1606.03498), section 4",
        explanation=(
            "High where the network is sure of each image and all classes are as frequent. It never looks at the real "
            "images, and one perfect image of each class is enough for it."
        ),
        by_count=True,
    ),
    "precision": Score(
        "Precision",
        _precision,
        needs="features",
        better="higher",
        source="Kynkäänniemi et al. 2019 (arXiv 1904.06991), section 2",
        explanation="Share of the generated images that lie among the real ones: falls with quality.",
    ),
    "recall": Score(
        "Recall",
        _recall,
        needs="features",
        better="higher",
        source="Kynkäänniemi et al. 2019 (arXiv 1904.06991), section 2",
        explanation="Share of the real images that lie among the generated ones: falls with variety.",
        by_count=True,
    ),
    "density": Score(
        "Density",
        _density,
        needs="features",
        better="higher",
        source="Naeem et al. 2020 (arXiv 2002.09797), section 4",
        explanation=(
            "In how many neighbourhoods of real images a generated one lies, over 5: 1 for real ones. Unlike precision "
            "it is not fooled by a real image far from all others."
        ),
    ),
    "coverage": Score(
        "Coverage",
        _coverage,
        needs="features",
        better="higher",
        source="Naeem et al. 2020 (arXiv 2002.09797), section 4",
        explanation="Share of the real images that have a generated one in their neighbourhood.",
        by_count=True,
    ),
    "legible": Score(
        "Legible",
        _legible,
        needs="taken",
        better="higher",
        unit="%",
        source="the classifier's own probability above 0.9, for a class and not for none",
        explanation="Share of the images that the classifier is sure of. Say beside it what it is sure of held out.",
    ),
    "classes": Score(
        "Classes in use",
        _classes,
        needs="taken",
        better="higher",
        source="exp of the entropy of the classes of legible images (Hill 1973)",
        explanation="How many classes there would be if all were as frequent: 10 for all digits, 1 for one alone.",
    ),
    "frechet-infinity": Score(
        f"{_FRECHET} at infinite N",
        _frechet_infinity,
        needs="features",
        better="lower",
        source="Chong and Forsyth 2020 (arXiv 1911.07023), section 3",
        explanation="The value that a line over 1 / N leads to, which makes different N comparable.",
        interval=False,
    ),
    "inception-infinity": Score(
        "Inception score at infinite N",
        _inception_infinity,
        needs="classes",
        better="higher",
        source="Chong and Forsyth 2020 (arXiv 1911.07023), section 3",
        explanation="The value that a line over 1 / N leads to, without splits.",
        interval=False,
    ),
    "sliced-wasserstein": Score(
        "Sliced Wasserstein distance",
        _sliced_wasserstein,
        needs="images",
        better="lower",
        unit="× 10⁻³",
        source="Karras et al. 2018 (arXiv 1710.10196), section 5",
        explanation=(
            "Compares small patches at each size of a pyramid, without any network. Blind to brightness, contrast and "
            "to what the patches make together."
        ),
        interval=False,
    ),
    "earth-mover": Score(
        "Earth mover's distance",
        _earth_mover,
        needs="points",
        better="lower",
        source="exact W₁ between 500 and 500 points, by the best assignment",
        explanation="How far points have to be moved on average to become the real ones. Real points are not at 0.",
        interval=False,
        by_count=True,
    ),
    "jensen-shannon": Score(
        "Jensen-Shannon divergence",
        _jensen_shannon,
        needs="points",
        better="lower",
        unit="nats",
        source="Goodfellow et al. 2014 (arXiv 1406.2661), theorem 1; on a grid of 64 × 64 cells",
        explanation="0 for equal shares of all cells, 0.693 (log 2) where no cell has both. Real samples are not at 0.",
        by_count=True,
    ),
    "modes": Score(
        "Modes covered",
        _modes,
        needs="modes",
        better="higher",
        source="Metz et al. 2017 (arXiv 1611.02163): a point within 3 deviations of the centre",
        explanation="How many of the heaps of points have been found.",
        by_count=True,
    ),
    "good": Score(
        "Good samples",
        _good,
        needs="modes",
        better="higher",
        unit="%",
        source="Metz et al. 2017 (arXiv 1611.02163): within 3 deviations of some centre",
        explanation="Share of the points that lie in one of the heaps; 98.9 % for real ones.",
    ),
    "mode-divergence": Score(
        "KL of modes",
        _mode_divergence,
        needs="modes",
        better="lower",
        unit="nats",
        source="Metz et al. 2017 (arXiv 1611.02163): of the good samples' shares of the heaps from the true ones",
        explanation="0 where the heaps are in proportion, log of their number where all lie in one of equal heaps.",
        by_count=True,
    ),
}
