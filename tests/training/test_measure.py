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
from ganlab.data import Dataset
from ganlab.training import TrainState, new_state, restore_state, single, train
from ganlab.training.measure import BINS, MOST, histogram, measure
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
    assert [set(look.values) if look else None for look in looks] == [{"diversity"}, *[{"diversity", "moved"}] * 2]
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
    trained_on, held_out = (
        np.mean([number / 127.5 - 1 + 1000 * (number % 10) for number in each]) for each in (range(25), range(100, 115))
    )
    assert looked.values["critic_gap"] == pytest.approx(held_out - trained_on, rel=1e-4)


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
    assert set(looked.values) == {"diversity"} and set(looked.scores.counts) == {"real", "fake"}


def test_networks_gone_astray_are_looked_at_without_an_error():
    data, state = with_held_out(tiny())
    for weight in state.discriminator.parameters():
        weight.data.fill_(math.nan)
    for weight in state.average.parameters():
        weight.data.fill_(math.inf)
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
