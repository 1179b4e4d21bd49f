"""The windows that the alarms read: what is in them, and that they stay small."""

from __future__ import annotations

import numpy as np
import pytest
from tiny import tiny

from ganlab.alarms import MOST_LOOKS, MOST_STEPS, Watch


def ramp(first: int, last: int) -> np.ndarray:
    """The value of each step is its number."""
    return np.arange(first, last + 1, dtype=np.float32)


def test_ticks_of_any_length_come_out_as_one_series():
    watch = Watch()
    for first, last in ((1, 1), (2, 7), (8, 8), (9, 20)):
        watch.take({"loss_d": ramp(first, last)}, last)
    recent = watch.recent(tiny())
    assert recent.step == 20
    np.testing.assert_array_equal(recent.series["loss_d"], ramp(1, 20))


def test_only_the_last_thousand_steps_and_64_looks_are_kept():
    watch = Watch()
    for last in range(7, 2101, 7):
        watch.take({"loss_d": ramp(last - 6, last), "loss_g": ramp(last - 6, last)}, last)
        watch.take_measures(last, {"diversity": last})
    recent = watch.recent(tiny())
    for name in ("loss_d", "loss_g"):
        np.testing.assert_array_equal(recent.series[name], ramp(2101 - MOST_STEPS, 2100))
    assert len(recent.measures) == MOST_LOOKS
    assert recent.measures[-1] == (2100, {"diversity": 2100})


def test_a_tick_longer_than_the_window_leaves_its_end():
    watch = Watch()
    watch.take({"loss_d": ramp(1, 2500)}, 2500)
    np.testing.assert_array_equal(watch.recent(tiny()).series["loss_d"], ramp(2501 - MOST_STEPS, 2500))


def test_a_series_that_begins_later_or_ends_early_is_nan_where_it_is_not():
    watch = Watch()
    watch.take({"loss_d": ramp(1, 3), "wasserstein": ramp(1, 3)}, 3)
    watch.take({"loss_d": ramp(4, 5), "d_real": ramp(4, 5)}, 5)
    series = watch.recent(tiny()).series
    np.testing.assert_array_equal(series["d_real"], [np.nan, np.nan, np.nan, 4, 5])
    np.testing.assert_array_equal(series["wasserstein"], [1, 2, 3, np.nan, np.nan])


def test_a_series_that_is_over_is_given_up_when_it_has_left_the_window():
    watch = Watch()
    watch.take({"loss_d": ramp(1, 3), "wasserstein": ramp(1, 3)}, 3)
    watch.take({"loss_d": ramp(4, MOST_STEPS + 3)}, MOST_STEPS + 3)
    assert set(watch.recent(tiny()).series) == {"loss_d"}


def test_steps_that_were_not_seen_are_nan():
    """A run that is found again at step 500 goes on from there."""
    watch = Watch()
    watch.take({"loss_d": ramp(1, 2)}, 2)
    watch.take({"loss_d": ramp(5, 6)}, 6)
    np.testing.assert_array_equal(watch.recent(tiny()).series["loss_d"], [1, 2, np.nan, np.nan, 5, 6])


@pytest.mark.parametrize("step", [0, 1, 7, 10])
def test_taking_back_forgets_what_came_after(step: int):
    watch = Watch()
    watch.take({"loss_d": ramp(1, 10)}, 10)
    for at in (0, 5, 10):
        watch.take_measures(at, {"diversity": at})
    watch.take_back(step)
    recent = watch.recent(tiny())
    assert recent.step == step
    np.testing.assert_array_equal(recent.series["loss_d"], ramp(1, step))
    assert [at for at, _ in recent.measures] == [at for at in (0, 5, 10) if at <= step]


def test_after_taking_back_it_goes_on_from_there():
    watch = Watch()
    watch.take({"loss_d": ramp(1, 10)}, 10)
    watch.take_back(4)
    watch.take({"loss_d": -ramp(5, 6)}, 6)
    np.testing.assert_array_equal(watch.recent(tiny()).series["loss_d"], [1, 2, 3, 4, -5, -6])


def test_what_was_handed_out_does_not_change():
    """It is read on other threads than the one that fills the watch."""
    watch = Watch()
    watch.take({"loss_d": ramp(1, 10)}, 10)
    watch.take_measures(10, {"diversity": 1.0})
    recent = watch.recent(tiny())
    before = recent.series["loss_d"].copy()
    watch.take_back(3)
    watch.take({"loss_d": -ramp(4, 900)}, 900)
    np.testing.assert_array_equal(recent.series["loss_d"], before)
    assert recent.measures == ((10, {"diversity": 1.0}),)


def test_a_tick_without_series_changes_nothing():
    """The first one shows the samples of step 0."""
    watch = Watch()
    watch.take({}, 0)
    assert watch.recent(tiny()).series == {}
