"""Progress on a terminal and elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from ganlab.cli.progress import LINE_EVERY_S, Bar, Lines, in_words, number
from ganlab.training import Tick


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def tick(step: int, *losses: float, seconds: float) -> Tick:
    values = np.asarray(losses, np.float32)
    return Tick(step, {"loss_d": -values, "loss_g": values}, seconds, images=len(losses))


@pytest.fixture
def written() -> list[str]:
    return []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lines(written: list[str], clock: Clock) -> Lines:
    return Lines(written.append, clock)


def test_the_first_step_the_last_and_one_now_and_then_are_lines(lines: Lines, written: list[str], clock: Clock):
    lines.begin(0, 1000)
    for step in range(1, 1001):
        lines.tick(tick(step, 1.0, seconds=0.1))
        clock.now += 0.1
    steps = [int(line.split()[1].partition("/")[0]) for line in written]
    assert steps[0] == 1
    assert steps[-1] == 1000
    gaps = np.diff(steps[:-1]) * 0.1
    assert gaps == pytest.approx(LINE_EVERY_S, abs=0.11)


def test_a_line_says_mean_losses_speed_and_time_left(lines: Lines, written: list[str], clock: Clock):
    lines.begin(100, 2000)
    lines.tick(tick(101, 8.0, seconds=0.1))
    clock.now += LINE_EVERY_S / 2
    lines.tick(tick(110, *[3.0] * 9, seconds=0.2))
    clock.now += LINE_EVERY_S / 2
    lines.tick(tick(120, *[1.0] * 9, 2.0, seconds=0.2))
    assert written[0] == "step 101/2000  loss_d −8.00  loss_g 8.00  10.0 steps/s  about 3 min left"
    assert written[1:] == ["step 120/2000  loss_d −2.00  loss_g 2.00  40.0 steps/s  about 47 s left"]


def test_the_last_line_has_no_time_left_and_a_tick_without_steps_no_line(lines: Lines, written: list[str]):
    lines.begin(0, 1)
    lines.tick(Tick(0, {}, 0.0, 0))
    assert not written
    lines.tick(tick(1, 1.0, seconds=0.5))
    assert written == ["step 1/1  loss_d −1.00  loss_g 1.00  2.0 steps/s"]


def test_loading_is_a_line_per_thing_and_now_and_then_its_share(lines: Lines, written: list[str], clock: Clock):
    for percent in range(100):
        lines.loading("Downloading images", percent / 100)
        clock.now += 0.2
    lines.loading("Building", None)
    assert written == [*(f"Downloading images … {percent} %" for percent in (0, 25, 50, 75)), "Building …"]


def test_the_bar_shows_what_is_loaded_then_steps_and_losses(capsys: pytest.CaptureFixture[str]):
    bar = Bar()
    bar.loading("Loading", None)
    bar.loading("Downloading images", None)
    bar.loading("Downloading images", 0.25)
    bar.loading("Downloading images", 1.0)
    bar.begin(0, 4)
    bar.tick(Tick(0, {}, 0.0, 0))
    bar.tick(tick(2, 1.5, 2.5, seconds=0.1))
    bar.tick(tick(4, 0.5, 0.5, seconds=0.1))
    bar.close()
    bar.close()
    shown = capsys.readouterr().err
    assert "Loading …" in shown
    assert "Downloading images …" in shown
    assert "100%|" in shown
    assert "4/4" in shown
    assert "loss_d −0.50  loss_g 0.50" in shown


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.1, "about 1 s"), (42.4, "about 42 s"), (61, "about 1 min"), (3000, "about 50 min"), (7800, "about 2 h 10 min")],
)
def test_times_are_said_in_words(seconds: float, words: str):
    assert in_words(seconds) == words


@pytest.mark.parametrize(("value", "text"), [(-3.214, "−3.21"), (0.4, "0.40"), (-123456.0, "−1.23e+05")])
def test_numbers_are_short_and_carry_a_real_minus(value: float, text: str):
    assert number(value) == text
