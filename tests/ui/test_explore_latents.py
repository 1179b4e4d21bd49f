"""What the page calculates by itself is what Python calculates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ganlab.export.browser import one_script
from ganlab.gan.latent import Space, latent_at, seed_at

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

SPACES = [Space(100), Space(7), Space(20, "uniform"), Space(50, "uniform", 0.2)]
#: Of kept directions; some are words that every object of the page knows.
NAMES = ["3 → 5", "a,b:c", "\\", "7", "a\\,b", "__proto__", "constructor", ":", "100 %&?#"]
PLACES = [(0, 0), (3, 2), (-1, 0), (0.5, 0.5), (1.25, -7.75), (-0.001, 0.999), (12345.678, 99999.5)]


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    """An empty page that knows the functions of the component."""
    context = browser.new_context()
    page = context.new_page()
    page.goto("about:blank")
    page.add_script_tag(content=one_script("ui/browser/explore/latents.js", "ui/browser/explore/plane.js"))
    yield page
    context.close()


def plane(space: Space) -> dict[str, Any]:
    return {"z_dim": space.z_dim, "prior": space.prior, "half_width": space.half_width}


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_each_place_of_the_plane_is_the_same_latent(blank: Page, space: Space) -> None:
    found = blank.evaluate(
        "([space, places]) => { const plane = new Plane(space); return places.map(([x, y]) => [...plane.at(x, y)]); }",
        [plane(space), PLACES],
    )
    for (x, y), latent in zip(PLACES, found, strict=True):
        assert np.allclose(latent, latent_at(x, y, space), atol=2e-5), (x, y)


def test_each_place_has_the_same_seed(blank: Page) -> None:
    places = [(x, y) for x in (-101, -1, 0, 7, 250) for y in (-3, 0, 21474836)]
    found = blank.evaluate("places => places.map(([x, y]) => seedAt(x, y))", places)
    assert found == [seed_at(x, y) for x, y in places]


def query_of(page: Page, place: dict[str, Any]) -> dict[str, str]:
    return dict(
        page.evaluate("place => [...toQuery({ ...startingPlace(), ...place })].map(([k, v]) => [k, `${v}`])", place)
    )


def place_of(page: Page, query: dict[str, str]) -> tuple[dict[str, Any], list[str]]:
    found = page.evaluate("query => fromQuery(new URLSearchParams(query))", query)
    return found["place"], found["wrong"]


@pytest.mark.parametrize(
    "place",
    [
        {},
        {"x": 42, "y": 7, "count": 64},
        {"x": 50, "y": -1},
        {"x": -1.5, "y": 0.125, "snapshot": "2000", "weights": "generator", "kind": "raw"},
        {"moves": {"weights": {"0": 1.5}, "activations": {"3": -2}, "raw": {"11": 0.25}, "kept": {}}, "cut": 0.7},
        {"moves": {"weights": {}, "activations": {}, "raw": {}, "kept": {f"={name}": 1.5 for name in NAMES}}},
        {"base": [0.5, -1.25, 3.0], "a": 3, "b": 5, "blend": 0.25, "found": "500"},
        {"snapshot": "2000", "weights": "generator", "found": "500-average"},
        {"mix": {"0": 0.25, "4": 0.5, "9": 0.25}},
    ],
)
def test_a_link_leads_back(blank: Page, place: dict[str, Any]) -> None:
    whole = blank.evaluate("place => ({ ...startingPlace(), ...place })", place)
    assert place_of(blank, query_of(blank, place)) == (whole, [])


@pytest.mark.parametrize(
    ("query", "wrong", "name", "value"),
    [
        ({"cut": "99"}, True, "cut", 1),
        ({"cut": "-1"}, True, "cut", 1),
        ({"cut": "much"}, True, "cut", 1),
        ({"seed": "1e99"}, True, "y", 0),
        ({"seed": "-5"}, True, "x", 0),
        ({"seed": "5.7"}, True, "x", 0),
        ({"seed": "x"}, True, "x", 0),
        ({"at": "1e99,2"}, True, "x", 0),
        ({"at": "1,2,3"}, True, "x", 0),
        ({"snapshot": "../../etc"}, True, "snapshot", "last"),
        ({"weights": "evil"}, True, "weights", "average"),
        ({"found": "500-evil"}, True, "found", None),
        ({"kind": "__proto__"}, True, "kind", "activations"),
        ({"show": "1000000"}, True, "count", 16),
        ({"base": "@@@"}, True, "base", None),
        ({"base": "AADAfw"}, True, "base", None),
        ({"class": "-3"}, True, "a", None),
        ({"class": "1,2,3"}, True, "a", None),
        ({"mix": "0:0.5,1:x"}, True, "mix", None),
        ({"mix": "0:0"}, True, "mix", None),
        ({"mix": "0:-1,1:1,2:1"}, True, "mix", None),
        ({"mix": "0:1,1:1,2:1,3:1"}, False, "mix", {"0": 0.25, "1": 0.25, "2": 0.25, "3": 0.25}),
        ({"mix": "1:0.5,4:0.5"}, False, "b", 4),
        ({"kept": "slant"}, True, "cut", 1),
        ({"kept": ":1"}, True, "cut", 1),
        ({"kept": "slant:"}, True, "cut", 1),
    ],
)
def test_what_is_absurd_in_a_link_is_said_and_not_used(
    blank: Page, query: dict[str, str], wrong: bool, name: str, value: object
) -> None:
    place, said = place_of(blank, query)
    assert bool(said) == wrong
    assert place[name] == value


def test_absurd_sliders_are_said_and_not_moved(blank: Page) -> None:
    for text in ("0:1e9,3:-77", "0:-10.1", "0", "x:1", "0:x", "-1:2", "0:1:2", "0.5:1"):
        place, said = place_of(blank, {"pc": text, "z": "1:0"})
        assert said == [f"pc ({text})"]
        assert place["moves"]["weights"] == place["moves"]["raw"] == {}


def test_a_direction_moves_by_its_name_whatever_else_is_kept(blank: Page) -> None:
    """Also where its name is a word that every object of the page knows."""
    moved = """([names, name]) => {
      const moves = names.map((_, n) => [n + 1, 0]);
      const kept = asDirections("kept", { names, shares: [], moves });
      const place = startingPlace();
      place.moves.kept[keptPlace(name)] = 2;
      return [...addMoves(new Float32Array(2), JSON.parse(JSON.stringify(place)).moves, { kept })];
    }"""
    for name in NAMES:
        assert blank.evaluate(moved, [NAMES, name]) == [2 * (NAMES.index(name) + 1), 0], name
        fewer = [each for each in NAMES if each != "3 → 5"]
        assert blank.evaluate(moved, [fewer, name]) == [2 * (fewer.index(name) + 1) if name in fewer else 0, 0], name


@pytest.mark.parametrize(
    ("shares", "place"),
    [
        ([0, 0, 1, 0], {"a": 2, "b": None, "blend": 0, "mix": None}),
        ([0.3, 0, 0, 0.7], {"a": 0, "b": 3, "blend": 0.7, "mix": None}),
        ([0.5, 0.25, 0, 0.25], {"a": None, "b": None, "blend": 0, "mix": {"0": 0.5, "1": 0.25, "3": 0.25}}),
    ],
)
def test_shares_of_classes_become_a_place_and_shares_again(blank: Page, shares: list[float], place: dict[str, Any]):
    found = blank.evaluate("shares => classesOf(mixOf(Float32Array.from(shares)))", shares)
    assert found == place
    again = blank.evaluate("place => [...sharesOf({ ...startingPlace(), ...place }, 4, 3)]", found)
    assert np.allclose(again, shares * 3, atol=1e-4)


def test_fifty_steps_can_be_undone(blank: Page) -> None:
    walked = blank.evaluate(
        """() => {
          const trail = new Trail({ x: 0 });
          for (let x = 1; x <= 60; x++) trail.push({ x });
          trail.push({ x: 60 });
          const back = [];
          for (let state = trail.back(); state; state = trail.back()) back.push(state.x);
          const forth = trail.forth().x;
          trail.push({ x: -1 });
          return { back, forth, lost: trail.forth() };
        }"""
    )
    assert walked["back"] == list(range(59, 9, -1))
    assert walked["forth"] == 11
    assert walked["lost"] is None, "a new step ends what could be redone"
