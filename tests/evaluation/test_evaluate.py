"""Scores of runs: what they rest on, the floor beside them, the best snapshot, and what is refused."""

from __future__ import annotations

import math
from pathlib import Path
from typing import cast

import pytest
import torch
from tiny import data_of_shape, tiny

from ganlab.data import Dataset
from ganlab.errors import ConfigError
from ganlab.evaluation import best_of, evaluate, evaluate_images, network_for, reference_of
from ganlab.evaluation.seen_reals import as_samples
from ganlab.explore import Loaded
from ganlab.gan.networks import Generator
from ganlab.training import new_state


def loaded(data: Dataset, **changes: object) -> Loaded:
    config = tiny(**changes)
    generator = cast(Generator, new_state(config, data).average.eval())
    return Loaded("run 'x'", config, 3, "average", generator)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    from ganlab.data import load_dataset

    return load_dataset("digits")


def points(name: str = "gaussians-ring") -> Dataset:
    from ganlab.data import load_dataset

    return load_dataset(name)


def test_held_out_digits_are_better_than_an_untrained_generator_by_every_score(digits: Dataset):
    found = evaluate(loaded(digits), digits, count=60, interval=False)
    assert found.network.startswith("digits classifier, 9") and len(found.network_key) == 8
    assert found.reference == "1,618 training images of digits"
    floor = {each.name: each for each in found.floor}
    assert {each.count for each in found.floor} == {60}
    assert floor["frechet"].value < found.value_of("frechet")
    assert floor["coverage"].value > found.value_of("coverage")
    assert floor["legible"].value > 80 > found.value_of("legible")
    assert found.title_of("frechet") == f"Fréchet distance ({found.network})"
    assert found.title_of("sliced-wasserstein") == "Sliced Wasserstein distance"


def test_the_training_images_themselves_are_perfect(digits: Dataset):
    reference = reference_of(digits)
    found = evaluate_images("digits", as_samples(digits.examples), digits, names=("frechet", "coverage", "precision"))
    assert found.value_of("frechet") == pytest.approx(0, abs=1e-6)
    assert found.value_of("coverage") == 1
    assert found.step is None
    assert reference is reference_of(digits), "what is seen of real images is kept"


def test_the_same_seed_gives_the_same_scores_and_another_one_others(digits: Dataset):
    names = ("frechet", "kernel", "recall")
    first, again, other = (
        evaluate(loaded(digits), digits, names=names, count=40, seed=seed, interval=False) for seed in (0, 0, 1)
    )
    assert [each.value for each in first.scores] == [each.value for each in again.scores]
    assert first.value_of("frechet") != other.value_of("frechet")


def test_points_are_judged_by_their_modes_and_need_no_network():
    data = points()
    found = evaluate(loaded(data, dataset="gaussians-ring", network="mlp"), data, count=50)
    assert {each.name for each in found.scores} == {
        *("earth-mover", "jensen-shannon", "modes", "good", "mode-divergence")
    }
    assert (found.network, found.network_key) == ("", "")
    floor = {each.name: each.value for each in found.floor}
    assert floor["modes"] == 8 and floor["good"] > 95
    moons = points("moons")
    found = evaluate(loaded(moons, dataset="moons", network="mlp"), moons, count=50)
    assert {each.name for each in found.scores} == {"earth-mover", "jensen-shannon"}


def test_without_labels_or_held_out_images_patches_are_compared():
    data = data_of_shape((3, 16, 16), "folder", count=40)
    bare = Dataset("folder", data.examples, None, ())
    assert network_for(bare).title == ""
    found = evaluate_images("x", as_samples(bare.examples), bare)
    assert [each.name for each in found.scores] == ["sliced-wasserstein"]
    assert found.floor == ()


def test_the_best_is_the_lowest_or_the_highest_and_never_no_number(digits: Dataset):
    broken = loaded(digits)
    with torch.no_grad():
        next(broken.generator.parameters()).fill_(math.nan)
    found = [evaluate(each, digits, names=("frechet", "legible"), count=20) for each in (broken, loaded(digits))]
    assert math.isnan(found[0].value_of("frechet"))
    for name in ("frechet", "legible"):
        assert best_of(found, name) is found[1]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"count": 9}, "count must be a whole number from 10 to 50000, got 9"),
        ({"count": 50_001}, "from 10 to 50000, got 50001"),
        ({"names": ("fid",)}, "score cannot be 'fid'"),
        ({"names": ("modes",)}, "score 'modes' cannot be had here, for want of modes"),
        ({"names": ("earth-mover",)}, "for want of points of the plane"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(digits: Dataset, options: dict[str, object], sentence: str):
    with pytest.raises(ConfigError, match=sentence):
        evaluate(loaded(digits), digits, **options)  # pyright: ignore[reportArgumentType]


def test_images_of_another_shape_are_refused(digits: Dataset):
    with pytest.raises(ConfigError, match=r"x has images of shape \(3, 8, 8\), dataset 'digits' \(1, 16, 16\)"):
        evaluate_images("x", torch.zeros(20, 3, 8, 8), digits)


def test_a_run_is_not_disturbed_by_being_judged(digits: Dataset, tmp_path: Path):
    before = torch.random.get_rng_state()
    one = loaded(digits)
    weights = {name: each.clone() for name, each in one.generator.state_dict().items()}
    evaluate(one, digits, count=20, interval=False)
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(weights[name], each) for name, each in one.generator.state_dict().items())
