"""The scales of the charts, as the browser computes them: every value is shown, and every tick says what lies there."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from ganlab.export.browser import one_script

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Page:
    """A page that knows nothing but the scales."""
    page = browser.new_page()
    page.add_script_tag(content=one_script("ui/browser/train/scales.js"))
    return page


def scaled(page: Page, values: list[float], low: float, high: float) -> dict[str, Any]:
    """Name of the scale for some values, their places, and its ticks for what lies from `low` to `high`."""
    script = """([values, low, high]) => {
      const scale = logFor(values);
      const range = scale.back ? [scale.put(low), scale.put(high)] : [low, high];
      const { tickvals = [], ticktext = [] } = ticksFor(scale, range);
      const places = values.map(scale.put);
      return { name: scale.name, places, back: scale.back && places.map(scale.back),
               at: scale.back && tickvals.map(scale.back), texts: ticktext, range, ticks: tickvals };
    }"""
    return page.evaluate(script, [values, low, high])


def number(text: str) -> float:
    return float(text.replace("−", "-"))


CRITIC = [0.85, -12.0, -3.0, -1.5, -1.2, -1.3, 15.0, 4.0, 1.4, 1.3]


def test_values_above_0_have_the_common_logarithm(blank: Page) -> None:
    assert scaled(blank, [0.001, 7.0, 20.0], 0.001, 20)["name"] == "log"
    assert blank.evaluate("logFor([0, 0])") is None
    assert blank.evaluate("logFor([])") is None


@pytest.mark.parametrize("values", [CRITIC, [-5.0, -0.5], [0.0, 3.0], [-1e-7, 1e5], [0.0, *[1e-3] * 5, -1e-3]])
def test_a_symmetric_logarithm_shows_every_value_in_its_order(blank: Page, values: list[float]) -> None:
    found = scaled(blank, values, min(values), max(values))
    assert found["name"].startswith("symmetric log")
    assert found["back"] == pytest.approx(values, rel=1e-9, abs=1e-12)
    order = sorted(range(len(values)), key=values.__getitem__)
    assert sorted(found["places"]) == [found["places"][n] for n in order]


@pytest.mark.parametrize(
    ("low", "high"), [(-13, 16), (-4, -2), (-0.4, 0.3), (0.9, 1.1), (-1000, 2000), (-1e7, 1e7), (2, 500)]
)
def test_ticks_are_round_numbers_where_they_say_with_room_between_them(blank: Page, low: float, high: float) -> None:
    found = scaled(blank, CRITIC, low, high)
    assert [number(text) for text in found["texts"]] == pytest.approx(found["at"], rel=1e-5, abs=1e-9)
    assert 3 <= len(found["texts"]) <= 17
    begin, end = found["range"]
    places = found["ticks"]
    assert begin <= min(places) and max(places) <= end
    assert min(upper - lower for lower, upper in pairwise(places)) >= 0.05 * (end - begin)


def test_the_ticks_of_a_critics_curve_are_those_one_would_write(blank: Page) -> None:
    assert scaled(blank, CRITIC, -13, 16)["texts"] == ["−10", "−5", "−2", "−1", "0", "1", "2", "5", "10"]
    assert scaled(blank, CRITIC, -4.2, -1.9)["texts"] == ["−4", "−3.5", "−3", "−2.5", "−2"]


def story(page: Page, *rows: list[float | None], kept: tuple[float, ...] = ()) -> list[float] | None:
    return page.evaluate("([rows, kept]) => storyOf(rows, kept)", [rows, list(kept)])


def test_a_dive_at_the_beginning_does_not_flatten_what_follows(blank: Page) -> None:
    late = [-2 + n / 100 for n in range(100)]
    found = story(blank, [0.0, -15.0, -12.0, *late], [None, 15.0, None, *late])
    assert found is not None
    assert found == pytest.approx([-1.98, -0.95], abs=0.02)
    with_zero = story(blank, [0.0, -15.0, -12.0, *late], kept=(0.0,))
    assert with_zero is not None and with_zero[1] > 0


@pytest.mark.parametrize(
    "row",
    [
        [],
        [1.0, 30.0, 2.0],
        [float(n) for n in range(100)],
        [0.5] * 100,
        [9.0, *[0.5] * 99],
        [None] * 100,
        [*[-1.0] * 60, -90.0, *[-1.0] * 60],
    ],
    ids=["none", "few", "no dive", "constant", "constant after it", "unknown", "dive in the middle"],
)
def test_other_curves_are_shown_whole(blank: Page, row: list[float | None]) -> None:
    assert story(blank, row) is None
