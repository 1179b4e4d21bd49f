"""The table of scores: what each needs, which way is better, and intervals that hold what they promise."""

from __future__ import annotations

import math
from typing import get_args

import pytest
import torch
from torch import Tensor

from ganlab.data import InPlane
from ganlab.data.toys import TOYS
from ganlab.metrics.scores import SCORES, ScoreName, possible, scored
from ganlab.metrics.seen import Seen
from ganlab.plane import modes_of

CLASSES = 10


def rng(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(count: int, *, worse: float = 0.0, seed: int = 0) -> Seen:
    """As a network would see them. worse: from 0, like real ones, to 1, all alike and none of any class."""
    random = rng(seed)
    labels = torch.randint(0, CLASSES, (count,), generator=random)
    labels[: int(worse * count)] = 0
    features = torch.randn(count, 12, generator=random) * (1 - 0.7 * worse) + 2 * worse
    classes = torch.full((count, CLASSES), (0.1 + worse) / CLASSES)
    classes[torch.arange(count), labels] += 1
    sure = torch.rand(count, generator=random) >= worse
    blur = torch.randn(count, 1, 16, 16, generator=random)
    blur = blur.roll(1, 2) * worse + blur
    return Seen(
        images=blur,
        features=features,
        classes=classes / classes.sum(1, keepdim=True),
        taken=torch.where(sure, labels, -1),
    )


def points(count: int, *, worse: float = 0.0, seed: int = 0) -> Seen:
    ring = next(toy for toy in TOYS if toy.name == "gaussians-ring")
    drawn, labels = ring.draw(count, rng(seed), InPlane())
    assert labels is not None
    kept = drawn[labels < CLASSES - 5 * (worse > 0)]
    moved = kept + worse * torch.randn(kept.shape, generator=rng(seed + 1))
    return Seen(points=moved, modes=modes_of("gaussians-ring"))


def both(name: ScoreName, *, worse: float, seed: int) -> tuple[Seen, Seen]:
    make = points if SCORES[name].needs in ("points", "modes") else images
    return make(600, seed=99), make(300, worse=worse, seed=seed)


def value(name: ScoreName, real: Seen, fake: Seen) -> float:
    (found,) = scored([name], real, fake, interval=False)
    return found.value


def test_each_name_has_a_row_that_says_where_it_comes_from():
    assert tuple(SCORES) == get_args(ScoreName)
    for row in SCORES.values():
        assert row.source and row.explanation.endswith(".")


@pytest.mark.parametrize("name", SCORES)
def test_a_worse_generator_has_a_worse_score(name: ScoreName):
    good, bad = (value(name, *both(name, worse=worse, seed=3)) for worse in (0.0, 0.5))
    assert good < bad if SCORES[name].better == "lower" else good > bad


@pytest.mark.parametrize("name", [name for name, row in SCORES.items() if row.interval])
def test_an_interval_has_about_the_width_that_other_samples_give(name: ScoreName):
    values, halves = [], []
    for seed in range(20):
        (found,) = scored([name], *both(name, worse=0.3, seed=seed))
        values.append(found.value)
        halves.append((found.high - found.low) / 2)
        assert found.low <= found.value <= found.high
    spread = 1.96 * torch.tensor(values).std().item()
    assert 0.5 * spread - 1e-9 <= sum(halves) / len(halves) <= 2.5 * spread + 1e-9


def test_the_same_seed_gives_the_same_values_and_torchs_own_state_is_left_alone():
    before = torch.random.get_rng_state()
    one, again = (scored(tuple(possible(images(80), images(60))), images(80), images(60, seed=1)) for _ in range(2))
    for first, second in zip(one, again, strict=True):
        assert (first.name, first.value) == (second.name, second.value)
        assert first.low == pytest.approx(second.low, rel=1e-12, nan_ok=True)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("interval", [True, False])
def test_it_tells_how_far_it_is_and_can_be_ended(interval: bool):
    shares: list[float] = []
    names = ("legible", "frechet-infinity", "kernel")
    scored(names, images(80), images(60), interval=interval, progress=shares.append)
    assert shares == sorted(set(shares)) and shares[-1] == 1 and len(shares) == (3 + 2 * 10 if interval else 3)

    def cancel(share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        scored(names, images(80), images(60), progress=cancel)


@pytest.mark.parametrize(
    ("real", "names"),
    [
        (images(30), {"frechet", "kernel", "inception", "legible", "sliced-wasserstein", "coverage"}),
        (Seen(images=torch.zeros(30, 1, 16, 16)), {"sliced-wasserstein"}),
        (points(60), {"earth-mover", "jensen-shannon", "modes", "good", "mode-divergence"}),
        (Seen(points=torch.zeros(30, 2)), {"earth-mover", "jensen-shannon"}),
    ],
)
def test_what_is_possible_follows_from_what_is_known(real: Seen, names: set[ScoreName]):
    assert names <= set(possible(real, real))
    if len(names) < 5:
        assert names == set(possible(real, real))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_fakes_that_are_no_numbers_have_no_score(bad: float):
    fake = images(60)
    assert fake.features is not None
    broken = fake.with_(features=torch.where(torch.arange(60)[:, None] == 7, bad, fake.features))
    found = scored(possible(images(80), broken), images(80), broken)
    assert found and all(math.isnan(each.value) for each in found)


@pytest.mark.parametrize("collapsed", [True, False])
def test_a_collapsed_generator_and_few_samples_have_finite_scores(collapsed: bool):
    fake = images(40).at(torch.zeros(40, dtype=torch.int64)) if collapsed else images(8)
    for each in scored(possible(images(80), fake), images(80), fake):
        assert math.isfinite(each.value), each.name


def test_what_none_of_the_classes_is_in_counts_as_no_class():
    none = images(30).with_(taken=torch.full((30,), -1))
    assert (value("legible", none, none), value("classes", none, none)) == (0, 0)


def shifted(count: int, way: Tensor) -> Seen:
    return Seen(points=torch.randn(count, 2, generator=rng(0)) + way)


def test_the_earth_movers_distance_of_a_shift_is_its_length():
    way = torch.tensor([3.0, 4.0])
    assert value("earth-mover", shifted(300, 0 * way), shifted(300, way)) == pytest.approx(5, rel=0.02)
