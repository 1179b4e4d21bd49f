"""The loop: what a tick holds, when it comes, and what stops it."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from tiny import differing, fresh, joined, run_through, tiny, weights_of

from ganlab.config import TrainConfig
from ganlab.data import load_dataset
from ganlab.errors import TrainingError
from ganlab.recipes import RECIPES
from ganlab.training import Tick, TrainState, loop, new_state, train
from ganlab.training.loop import read_series
from ganlab.training.preview import to_pixels


class Clock:
    """A clock that a step moves on by one second, and nothing else does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        one_step = loop.one_step

        def a_second_long(*args: Any) -> Any:
            self.now += 1
            return one_step(*args)

        monkeypatch.setattr(loop, "one_step", a_second_long)

    def __call__(self) -> float:
        return self.now


def lengths(ticks: list[Tick]) -> list[int]:
    return [len(next(iter(tick.series.values()), ())) for tick in ticks]


@pytest.mark.parametrize("tick_s", [0.0, 1e9])
def test_step_ranges_are_contiguous_and_add_up(tick_s: float):
    data, state = fresh(tiny(max_steps=10, preview_every=4, snapshot_every=7))
    ticks = run_through(data, state, tick_s=tick_s)
    ends, counts = [tick.step for tick in ticks], lengths(ticks)
    assert (ends[0], counts[0], ends[-1]) == (0, 0, 10)
    assert all(end - begin == count for (begin, end), count in zip(pairwise(ends), counts[1:], strict=True))
    assert {len(values) for values in joined(ticks).values()} == {10}
    assert all(len({len(values) for values in tick.series.values()}) <= 1 for tick in ticks)
    assert sum(tick.images for tick in ticks) == 10 * 2 * 5 == state.images_seen
    assert all(values.dtype == np.float32 for values in joined(ticks).values())


def test_samples_come_at_the_beginning_at_multiples_and_at_the_end():
    data, state = fresh(tiny(max_steps=8, preview_every=3))
    shown = [tick.preview for tick in run_through(data, state, tick_s=0) if tick.preview]
    assert [preview.step for preview in shown] == [0, 3, 6, 8]
    assert all(preview.images.shape == (2, 16, 16, 1) and preview.images.dtype == np.uint8 for preview in shown)
    assert len({preview.images.tobytes() for preview in shown}) == 4


def test_a_multiple_at_the_end_gives_one_grid_and_snapshots_are_due_at_theirs():
    data, state = fresh(tiny(max_steps=6, preview_every=3, snapshot_every=2))
    ticks = run_through(data, state)
    assert [tick.preview.step for tick in ticks if tick.preview] == [0, 3, 6]
    assert [tick.step for tick in ticks if tick.snapshot_due] == [2, 4, 6]


def test_the_clock_sets_the_beat(monkeypatch: pytest.MonkeyPatch):
    clock = Clock(monkeypatch)
    data, state = fresh(tiny(max_steps=14, preview_every=100))
    ticks = run_through(data, state, tick_s=4.0, clock=clock)
    assert [tick.step for tick in ticks] == [0, 1, 2, 3, 7, 11, 14]
    assert [tick.seconds for tick in ticks] == [0, 1, 1, 1, 4, 4, 3]


def test_a_pause_between_ticks_is_no_training_time(monkeypatch: pytest.MonkeyPatch):
    clock = Clock(monkeypatch)
    data, state = fresh(tiny(max_steps=9, preview_every=100))
    seconds = 0.0
    for tick in train(data, state, tick_s=2.0, clock=clock):
        seconds += tick.seconds
        clock.now += 1000
    assert seconds == 9


def test_the_beat_does_not_change_the_history():
    beats = [joined(run_through(*fresh(tiny(max_steps=7)), tick_s=tick_s)) for tick_s in (0.0, 1e9)]
    assert not differing(*beats)


def test_a_run_at_its_last_step_has_nothing_left_to_do():
    data, state = fresh(tiny(max_steps=2))
    run_through(data, state)
    before = state.to_tensors()
    assert run_through(data, state) == []
    assert not differing(before, state.to_tensors())


def test_samples_come_from_the_average_in_eval_mode_and_disturb_nobody():
    data, state = fresh(tiny(max_steps=3, preview_every=1))
    for tick in train(data, state):
        assert tick.preview is not None
        assert np.array_equal(tick.preview.images, to_pixels(state.average(state.fixed_z)))
        assert not state.average.training
        assert all(part.training for net in (state.generator, state.discriminator) for part in net.modules())
    raw = to_pixels(state.generator.eval()(state.fixed_z).detach())
    assert not np.array_equal(raw, to_pixels(state.average(state.fixed_z))), "the two can be told apart"


def test_without_decay_the_samples_are_the_generators_own():
    data, state = fresh(tiny(max_steps=2, ema_decay=0.0, lr_g=1e-2))
    last = run_through(data, state)[-1].preview
    assert last is not None
    assert not differing(weights_of(state.average), weights_of(state.generator))
    assert np.array_equal(last.images, to_pixels(state.generator.eval()(state.fixed_z).detach()))


def poison(state: TrainState, value: float) -> None:
    next(state.generator.parameters()).data[0, 0] = value


@pytest.mark.parametrize(("loss", "series"), [("wasserstein", "loss_d"), ("non-saturating", "loss_d")])
def test_a_value_that_is_not_finite_ends_the_run_with_its_series_and_step(loss: str, series: str):
    data, state = fresh(tiny(max_steps=9, preview_every=100, loss=loss, penalty="none"))
    ticks = train(data, state, tick_s=0)
    assert [next(ticks).step for _ in range(5)] == [0, 1, 2, 3, 4]
    poison(state, math.nan)
    with pytest.raises(TrainingError, match=rf"^{series} was not a number at step 5: .* last snapshot .* lower"):
        next(ticks)


def test_the_step_is_named_even_in_the_middle_of_a_tick(monkeypatch: pytest.MonkeyPatch):
    one_step = loop.one_step

    def poisoned(state: TrainState, batches: Any) -> Any:
        if state.step == 5:
            poison(state, math.nan)
        return one_step(state, batches)

    monkeypatch.setattr(loop, "one_step", poisoned)
    data, state = fresh(tiny(max_steps=9, preview_every=100))
    ticks = []
    with pytest.raises(TrainingError, match="at step 6:"):
        ticks.extend(train(data, state, tick_s=1e9))
    assert state.step == 9, "found when the tick was over"


def test_the_first_bad_value_is_named_by_row_before_column():
    rows = torch.tensor([[1.0, 2.0], [1.0, math.inf], [math.nan, 2.0]])
    with pytest.raises(TrainingError, match="loss_g was infinite at step 41:"):
        read_series(("loss_d", "loss_g"), rows, last_step=42)
    read = read_series(("loss_d", "loss_g"), rows[:1].repeat(2, 1), last_step=42)
    assert {name: values.tolist() for name, values in read.items()} == {"loss_d": [1, 1], "loss_g": [2, 2]}


def test_pixels_by_hand_channels_last():
    images = torch.tensor([-1.0, 1.0, 0.0, 1.7, -3.0, 0.5]).view(1, 3, 1, 2)
    assert to_pixels(images).tolist() == [[[[0, 128, 0], [255, 255, 191]]]]


def trend(config: TrainConfig) -> tuple[float, np.ndarray, float]:
    """The critic's first loss, its loss smoothed over 15 steps, and the mean of its last quarter."""
    data = load_dataset(config.dataset)
    loss = joined(run_through(data, new_state(config, data)))["loss_d"]
    return float(loss[0]), np.convolve(loss, np.ones(15) / 15, mode="valid"), float(loss[-len(loss) // 4 :].mean())


@pytest.mark.parametrize(
    "config",
    [
        pytest.param({"width": 8, "batch_size": 16, "max_steps": 150}, id="short"),
        pytest.param({}, id="recipe", marks=[pytest.mark.slow, pytest.mark.timeout(1800)]),
    ],
)
def test_the_critics_loss_falls_and_then_rises_towards_zero(config: dict[str, Any]):
    first, smoothed, last_quarter = trend(RECIPES["wgan-gp"].config.with_changes(device="cpu", **config))
    lowest = smoothed.min()
    # Against the first step itself: the lowest comes so soon that smoothing takes it into the beginning.
    assert lowest < min(first, 0) - 3
    assert 0 < smoothed.argmin() < len(smoothed) / 2
    assert abs(last_quarter) < abs(lowest) / 2
