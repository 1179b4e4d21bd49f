"""Where the labels of marks and the pinned samples go, as the browser computes it: none covers another, none leaves."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import pytest

from ganlab.export.browser import one_script

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def blank(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that knows nothing but a module of the charts."""
    page = browser.new_page()
    page.add_script_tag(content=one_script(f"ui/browser/train/{request.param}.js"))
    yield page
    page.close()


@pytest.mark.parametrize("blank", ["marks"], indirect=True)
def test_labels_of_marks_never_cover_each_other_nor_leave_the_chart(blank: Page) -> None:
    draw = random.Random(0)
    shown = 0
    for _ in range(200):
        width = draw.choice([250, 400, 800])
        places = [{"at": draw.uniform(0, width), "wide": draw.choice([30, 90, 200])} for _ in range(draw.randint(0, 9))]
        places.sort(key=lambda place: place["at"])
        rows = blank.evaluate("([places, width]) => rowsOf(places, width)", [places, width])
        if rows is None:
            continue
        shown += 1
        found = [
            (row["row"], row["left"], row["left"] + place["wide"]) for row, place in zip(rows, places, strict=True)
        ]
        assert all(left >= 0 and right <= width for _, left, right in found)
        for (row, left, right), (other, start, end) in combinations(found, 2):
            assert row != other or right < start or end < left
    assert 50 < shown < 200


@pytest.mark.parametrize("blank", ["marks"], indirect=True)
def test_a_label_that_is_wider_than_the_chart_or_of_too_many_is_left_to_the_hover_box(blank: Page) -> None:
    assert blank.evaluate("rowsOf([{ at: 10, wide: 300 }], 250)") is None
    many = [{"at": 100 + place, "wide": 80} for place in range(9)]
    assert blank.evaluate("(many) => rowsOf(many, 800)", many) is None
    assert blank.evaluate("rowsOf([], 250)") == []


@pytest.mark.parametrize("blank", ["pins"], indirect=True)
def test_pinned_samples_stand_side_by_side_within_the_chart(blank: Page) -> None:
    draw = random.Random(0)
    for _ in range(100):
        wide = draw.choice([340, 500, 900])
        places = sorted(draw.uniform(-50, wide + 50) for _ in range(draw.randint(1, 8)))
        moved = blank.evaluate("([places, most]) => spread(places, 40, most)", [places, wide - 36])
        assert all(-1e-9 <= left <= wide - 36 for left in moved)
        assert all(other - one >= 40 - 1e-9 for one, other in pairwise(moved))
    assert blank.evaluate("spread([10, 200, 400], 40, 500)") == [10, 200, 400], "what has room stays"
