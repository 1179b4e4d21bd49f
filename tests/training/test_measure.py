"""What a look measures, and that a run does not notice it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from tiny import data_of_shape, differing, fresh, run_through, tiny
from torch import Tensor, nn

from ganlab.config import TrainConfig
from ganlab.data import Dataset, load_dataset
from ganlab.training import TrainState, new_state, restore_state, single, train
from ganlab.training.measure import BINS, MOST, _energy_distance, _gap, histogram, measure
from ganlab.training.preview import preview

#: Networks with something that a forward pass could change.
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "batch norm in D": {"norm_d": "batch", "loss": "non-saturating", "penalty": "none"},
    "spectral norm": {"norm_d": "spectral", "norm_g": "spectral"},
    "dropout": {"dropout": 0.3},
    "dropout in a hidden head": {"dropout": 0.3, "head_width": 6},
    "conditional": {"conditional": True, "norm_d": "spectral", "dropout": 0.2},
    "points": {"dataset": "moons", "network": "mlp", "norm_d": "batch", "penalty": "none"},
}
kinds = pytest.mark.parametrize("changes", KINDS.values(), ids=KINDS.keys())


#: What is measured of samples, and what takes a step before it.
OF_SAMPLES = {"diversity", "diversity_g", "spacing_g", "energy_g"}
OF_STEPS = {"moved", "stride_g"}


@pytest.fixture(autouse=True)
def whole_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of as many examples as ganlab takes."""
    monkeypatch.setattr("ganlab.training.measure.MOST", MOST)


def with_held_out(config: TrainConfig, count: int = 23) -> tuple[Dataset, TrainState]:
    """A few steps old, so that the optimisers and running statistics hold something."""
    data, state = fresh(config, count)
    data = data.beside(fresh(config, 17)[0])
    run_through(data, state)
    return data, state


def modes(state: TrainState) -> list[tuple[bool, bool | None]]:
    nets = (state.generator, state.discriminator, state.average)
    return [(part.training, getattr(part, "track_running_stats", None)) for net in nets for part in net.modules()]


@kinds
def test_a_look_changes_no_weight_buffer_mode_or_random_state(changes: dict[str, Any]):
    data, state = with_held_out(tiny(**changes))
    before, modes_before, torchs = state.to_tensors(), modes(state), torch.get_rng_state()
    assert measure(state, data).values
    preview(state, data)
    assert not differing(before, state.to_tensors())
    assert modes(state) == modes_before
    assert torch.equal(torchs, torch.get_rng_state())
    assert all(weight.requires_grad for net in (state.generator, state.discriminator) for weight in net.parameters())


@kinds
def test_a_run_that_is_looked_at_goes_the_same_way(changes: dict[str, Any]):
    ends = []
    for every in (1, 6):
        config = tiny(**changes, max_steps=6, preview_every=every)
        data, state = fresh(config)
        ticks = run_through(data.beside(data), state)
        assert sum(tick.preview is not None for tick in ticks) == 6 // every + 1
        ends.append(state.to_tensors())
    assert not differing(*ends)


@kinds
def test_two_looks_at_the_same_see_the_same(changes: dict[str, Any]):
    data, state = with_held_out(tiny(**changes))
    assert measure(state, data) == measure(state, data)


def test_modes_are_put_back_even_when_a_look_fails():
    data, state = with_held_out(tiny(norm_d="batch", penalty="none"))
    before = modes(state)
    data.examples.resize_(23, 1, 8, 8)
    with pytest.raises(RuntimeError):
        measure(state, data)
    assert modes(state) == before


def test_a_preview_brings_its_measures_and_moved_comes_with_the_second():
    data, state = fresh(tiny(max_steps=2, preview_every=1, lr_g=1e-2))
    looks = [tick.preview.measures for tick in train(data, state) if tick.preview]
    assert [set(look.values) if look else None for look in looks] == [OF_SAMPLES, *[OF_SAMPLES | OF_STEPS] * 2]
    assert all(look and 0 < look.values["moved"] <= 2 for look in looks[1:])


@pytest.mark.parametrize("steps", range(1, 7))
@pytest.mark.parametrize("by_hand", [False, True], ids=["", "and G alone"])
def test_the_look_after_a_resume_measures_what_the_next_one_would_have(steps: int, by_hand: bool):
    data, state = fresh(tiny(max_steps=7, preview_every=3, lr_g=1e-2))
    next(tick for tick in train(data, state, tick_s=0) if tick.step == steps)
    if by_hand:
        single(state, data, "g")
    tensors = state.to_tensors()
    assert ("shown.samples" in tensors) == (by_hand or steps % 3 != 0)
    resumed = restore_state(state.config, data, tensors)
    looks, again = ([tick.preview for tick in run_through(data, each) if tick.preview] for each in (state, resumed))
    assert looks and [look.measures for look in looks] == [look.measures for look in again]
    assert all(look.measures and "moved" in look.measures.values for look in looks)


def test_the_first_look_comes_again_as_the_first():
    data, state = fresh(tiny())
    first = next(train(data, state)).preview
    again = next(train(data, restore_state(state.config, data, state.to_tensors()))).preview
    assert first and again and first.measures == again.measures


def test_a_fork_with_other_latents_is_not_compared_with_the_samples_of_the_run():
    data, state = fresh(tiny(max_steps=7, preview_every=3))
    next(tick for tick in train(data, state, tick_s=0) if tick.step == 2)
    for changes in ({"seed": 5}, {"preview_count": 3}):
        other = restore_state(state.config.with_changes(**changes), data, state.to_tensors())
        assert "moved" not in measure(other, data).values


def test_how_far_samples_moved_by_hand():
    data, state = fresh(tiny())
    state.shown = torch.zeros(2, 1, 16, 16)
    samples = torch.cat([torch.full((1, 1, 16, 16), -1.0), torch.full((1, 1, 16, 16), 0.5)])
    assert measure(state, data, samples).values["moved"] == pytest.approx(0.75)


def images(data: Dataset) -> Tensor:
    return data.examples.float() / 127.5 - 1


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (lambda real: real, 1.0),
        (lambda real: real / 2, 0.5),
        (lambda real: real[:1].expand(9, -1, -1, -1), 0.0),
        (lambda real: real[:1], None),
    ],
    ids=["the real ones", "half the contrast", "all alike", "one alone"],
)
def test_diversity_is_one_for_real_images_and_zero_for_one_image(
    samples: Callable[[Tensor], Tensor], expected: float | None
):
    data, state = fresh(tiny())
    found = measure(state, data, samples(images(data))).values.get("diversity")
    assert found == (None if expected is None else pytest.approx(expected, abs=1e-6))


def test_real_images_that_are_all_alike_give_no_diversity():
    data, state = fresh(tiny())
    data.examples[:] = data.examples[0].clone()
    assert "diversity" not in measure(state, data).values


class Brightness(nn.Module):
    """A score that can be told by hand; with a norm it depends on the batch."""

    def __init__(self, norm: bool = False) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(1) if norm else nn.Identity()
        self.seen: list[tuple[Tensor, Tensor]] = []

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        self.seen.append((x, labels))
        return self.norm(x.flatten(1).mean(1, keepdim=True)).squeeze(1) + 1000 * labels


def all_of(value: int, count: int) -> Dataset:
    data = data_of_shape((1, 16, 16), "folder", count)
    data.examples.fill_(value)
    return data


@pytest.mark.parametrize("count", [11, 40, 300])
def test_the_critics_gap_by_hand(count: int):
    _, state = fresh(tiny())
    state.discriminator = Brightness()
    looked = measure(state, all_of(255, 50).beside(all_of(0, count)))
    assert looked.values["critic_gap"] == pytest.approx(-2)
    assert {name: sum(counts) for name, counts in looked.scores.counts.items()} == {
        "real": 50,
        "held_out": min(count, MOST),
        "fake": MOST,
    }
    assert looked.scores.counts["real"][-1] == 50 and looked.scores.counts["held_out"][0] == min(count, MOST)


def test_batch_norm_does_not_level_out_the_gap_and_its_running_statistics_do_not_count():
    _, state = fresh(tiny())
    net = state.discriminator = Brightness(norm=True)
    assert isinstance(net.norm, nn.BatchNorm1d) and net.norm.running_var is not None
    data = all_of(255, 50).beside(all_of(0, 50))
    net.norm.running_var.fill_(100)
    assert measure(state, data).values["critic_gap"] == pytest.approx(-2, abs=0.1)


def numbered(first: int, count: int) -> Dataset:
    """Images whose every pixel is their number, of which the last digit is their class."""
    numbers = torch.arange(first, first + count)
    pixels = numbers.to(torch.uint8)[:, None, None, None].repeat(1, 1, 16, 16)
    return Dataset("digits", pixels, numbers % 10, tuple("0123456789"))


def test_each_example_is_judged_with_its_own_label_and_counted_as_its_own_kind():
    _, state = fresh(tiny(conditional=True))
    net = state.discriminator = Brightness()
    looked = measure(state, numbered(0, 25).beside(numbered(100, 15)))
    seen, labels = (torch.cat(parts)[:40] for parts in zip(*net.seen, strict=True))  # the real ones come first
    numbers = ((seen.flatten(1)[:, 0] + 1) * 127.5).round().long()
    assert sorted(numbers.tolist()) == [*range(25), *range(100, 115)]
    assert torch.equal(numbers % 10, labels)
    score = {number: number / 127.5 - 1 + 1000 * (number % 10) for number in (*range(25), *range(100, 115))}
    own_class = [np.mean([score[each] for each in range(number % 10, 25, 10)]) for number in range(100, 115)]
    expected = np.mean([score[number] for number in range(100, 115)]) - np.mean(own_class)
    assert looked.values["critic_gap"] == pytest.approx(expected, abs=1e-3)


def test_classes_held_out_in_other_shares_make_no_gap():
    """Of the digits held out 22 % are threes, of the others 9 %: a critic that scores threes lower is fair."""
    _, state = fresh(tiny())
    state.discriminator = Brightness()
    names, classes, threes = tuple("0123456789"), torch.arange(100) % 10, torch.tensor([3, 3, 3, 3, 3, 7])
    examples = classes.to(torch.uint8)[:, None, None, None].expand(-1, 1, 16, 16)  # those of a class are alike
    labelled = Dataset("digits", examples, classes, names).beside(Dataset("digits", examples[threes], threes, names))
    assert measure(state, labelled).values["critic_gap"] == pytest.approx(0, abs=1e-6)
    unlabelled = Dataset("digits", examples, None, ()).beside(Dataset("digits", examples[threes], None, ()))
    expected = (threes.float().mean().item() - 4.5) / 127.5
    assert measure(state, unlabelled).values["critic_gap"] == pytest.approx(expected, abs=1e-6)


def test_held_out_examples_of_a_class_that_is_not_trained_on_are_left_aside():
    _, state = fresh(tiny())
    state.discriminator = Brightness()
    data = Dataset("digits", numbered(0, 20).examples, torch.arange(20) % 2, ("a", "b", "c"))
    held_out = Dataset("digits", numbered(200, 3).examples, torch.tensor([2, 2, 2]), data.class_names)
    assert "critic_gap" not in measure(state, data.beside(held_out)).values


@pytest.mark.parametrize("labelled", [False, True])
def test_chance_explains_a_gap_within_its_error_as_often_as_it_should(labelled: bool):
    """Of 200 draws of the same scores for both kinds, 95 % within 2 errors."""
    rng = torch.Generator().manual_seed(0)
    far = 0
    for _ in range(200):
        scores = {kind: torch.randn(count, generator=rng) for kind, count in (("real", 300), ("held_out", 90))}
        labels = {
            kind: torch.randint(0, 10 if labelled else 1, (len(found),), generator=rng)
            for kind, found in scores.items()
        }
        scores = {kind: found + 5 * labels[kind] for kind, found in scores.items()}
        gap, error = _gap(scores, labels)
        far += bool(gap.abs() > 2 * error)
    assert 2 <= far <= 20


@pytest.mark.parametrize(("preview_every", "judged"), [(1, MOST), (900, 562), (9000, 1024)])
def test_a_look_judges_more_examples_the_more_a_run_does_between_two(preview_every: int, judged: int):
    _, state = fresh(tiny(preview_every=preview_every))
    real, held_out = (data_of_shape((1, 16, 16), "folder", count) for count in (2000, 1500))
    looked = measure(state, real.beside(held_out))
    assert {name: sum(counts) for name, counts in looked.scores.counts.items()} == {
        "real": judged,
        "held_out": judged,
        "fake": MOST,
    }


@pytest.mark.parametrize(
    ("samples", "others", "expected"),
    [
        ([[0.0], [1.0]], [[0.0], [1.0]], -1.0),
        ([[0.0], [0.0]], [[3.0], [3.0]], 6.0),
        ([[0.0], [2.0]], [[5.0], [5.0]], 6.0),
    ],
    ids=["the same two, without bias", "one point and another", "one of them spread"],
)
def test_energy_distance_by_hand(samples: list[list[float]], others: list[list[float]], expected: float):
    assert _energy_distance(torch.tensor(samples), torch.tensor(others)).item() == pytest.approx(expected)


def test_energy_tells_half_the_classes_from_all_and_real_images_from_noise():
    data = load_dataset("digits")
    one, other = (images(data)[place::2][:128].flatten(1) for place in (0, 1))
    spread = torch.pdist(other).mean().item()
    few = images(data)[(data.labels == 5) if data.labels is not None else slice(0)][:128].flatten(1)
    noise = torch.rand(128, 256, generator=torch.Generator().manual_seed(0)) * 2 - 1
    alike, one_class, far = (_energy_distance(some, other).item() / spread for some in (one, few, noise))
    assert abs(alike) < 0.02 < 0.1 < one_class < far


def test_ten_pictures_in_many_copies_are_as_far_apart_as_real_ones_but_have_no_spacing():
    """What the mean distance of pairs cannot tell: G makes one picture of each class."""
    data, state = fresh(tiny(), count=MOST)
    state.generator = Fixed(images(data)[torch.arange(MOST) % 10])
    few = measure(state, data).values
    state.generator = Fixed(images(data))
    all_of_them = measure(state, data).values
    assert few["diversity_g"] > 0.85 and few["spacing_g"] == pytest.approx(0, abs=1e-3)
    assert [all_of_them[name] for name in ("diversity_g", "spacing_g")] == pytest.approx([1, 1])


class Fixed(nn.Module):
    """A generator that makes these, in turn."""

    def __init__(self, made: Tensor) -> None:
        super().__init__()
        self.made, self.given = made, 0

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        self.given += len(z)
        return self.made[self.given - len(z) : self.given]


def test_the_stride_by_hand_is_how_far_a_step_went():
    """What the weights did is what Adam's moments tell."""
    data, state = fresh(tiny(max_steps=3, lr_g=3e-3, beta1=0.5, beta2=0.9))
    before: list[Tensor] = []
    for tick in train(data, state, tick_s=0):
        if tick.step == 2:
            before = [weight.detach().clone() for weight in state.generator.parameters()]
    after = [weight.detach() for weight in state.generator.parameters()]
    step = torch.cat([(one - other).flatten() for one, other in zip(after, before, strict=True)])
    length = torch.cat([weight.flatten() for weight in after]).norm()
    assert measure(state, data).values["stride_g"] == pytest.approx((step.norm() / length).item(), rel=1e-3)


def test_a_look_takes_few_examples_at_a_time_and_from_all_over_the_data():
    _, state = fresh(tiny(batch_size=20))
    net = state.discriminator = Brightness()
    examples = torch.arange(1000).div(4).to(torch.uint8)[:, None, None, None].expand(-1, 1, 16, 16)
    looked = measure(state, Dataset("folder", examples, None, ()))
    sizes = [len(examples) for examples, _ in net.seen]
    assert sum(sizes) == 2 * MOST and max(sizes) <= 40 and min(sizes) >= 20
    assert min(looked.scores.counts["real"][BINS // 2 : -1]) >= 2, "each part of the data is there"


def test_without_examples_held_out_there_is_no_gap():
    data, state = fresh(tiny())
    looked = measure(state, data)
    assert set(looked.values) == OF_SAMPLES and set(looked.scores.counts) == {"real", "fake"}


def test_networks_gone_astray_are_looked_at_without_an_error():
    data, state = with_held_out(tiny())
    for weight in state.discriminator.parameters():
        weight.data.fill_(math.nan)
    for weight in state.average.parameters():
        weight.data.fill_(math.inf)
    for weight in state.generator.parameters():
        weight.data.fill_(math.nan)
    looked = measure(state, data)
    assert looked.values == {}
    assert {sum(counts) for counts in looked.scores.counts.values()} == {0}


def test_scores_are_counted_in_shared_bins_and_none_is_lost():
    found = histogram({"real": np.array([0.0, 32.0, 32.0, math.nan]), "fake": np.array([1.5, -math.inf, 31.9])})
    assert (found.low, found.high) == (0, 32) and BINS == 32
    assert (found.counts["real"][0], found.counts["real"][-1], sum(found.counts["real"])) == (1, 2, 3)
    assert [place for place, count in enumerate(found.counts["fake"]) if count] == [1, 31]


@pytest.mark.parametrize("score", [0.0, -3.5, 1e30, 1e-30])
def test_scores_that_are_all_alike_lie_in_a_bin_with_a_width(score: float):
    found = histogram({"real": np.full(5, score, np.float32), "fake": np.array([], np.float32)})
    assert found.low < score < found.high
    assert sum(found.counts["real"]) == 5 and sum(found.counts["fake"]) == 0


def test_scores_a_hair_apart_are_counted():
    close = np.array([1, np.nextafter(np.float32(1), np.float32(2))], np.float32)
    assert sum(histogram({"real": close}).counts["real"]) == 2


def test_a_mixed_precision_run_is_measured_in_float32():
    config = tiny(precision="bfloat16")
    data, _ = fresh(config)
    states = [new_state(config.with_changes(precision=each), data) for each in ("bfloat16", "float32")]
    scores = [measure(state, data).scores for state in states]
    assert scores[0].low == pytest.approx(scores[1].low, abs=1e-5)
    assert scores[0].high == pytest.approx(scores[1].high, abs=1e-5)
