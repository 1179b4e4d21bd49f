"""The exported page: opened from the disk, without a network, by a person with a mouse, a keyboard or a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from takeaway import loaded_of

from ganlab.explore import Explorer, Loaded, classes_of, directions_of, draw, shares_of
from ganlab.export.files import Options, take_away
from ganlab.runs import Runs

pytestmark = pytest.mark.browser

#: What the large picture shows, as grey levels or colours of its own pixels.
SHOWN = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return [canvas.width, Array.from(data)];
}"""


@pytest.fixture
def opened(offline_browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens the page of a generator; a complaint in its console, or a request to anywhere, fails the test."""
    complaints: list[str] = []
    contexts = []

    def make(loaded: Loaded, address: str = "", *, options: Options | None = None, **context: Any) -> Page:
        path = tmp_path / "generator.html"
        path.write_bytes(take_away(loaded, "html", options))
        contexts.append(offline_browser.new_context(offline=True, **context))
        page = contexts[-1].new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.append(request.url) if is_foreign(request.url) else None)
        page.goto(path.as_uri() + address)
        expect(page.locator("#facts")).not_to_be_empty(timeout=20_000)
        return page

    yield make
    for context in contexts:
        context.close()
    assert not complaints


def is_foreign(url: str) -> bool:
    return not url.startswith(("file:", "blob:", "data:"))


def shown(page: Page) -> np.ndarray:
    """uint8 (H, W, 3) of the large picture."""
    width, data = page.locator("#large").evaluate(SHOWN)
    return np.array(data, np.uint8).reshape(-1, width, 4)[..., :3]


def wait_for(page: Page, wanted: np.ndarray, *, steps: int = 1) -> None:
    """Until the large picture is this one, uint8 (H, W, C), to so many of 255 steps."""
    for _ in range(100):
        picture = shown(page)
        if picture.shape[:2] == wanted.shape[:2] and abs(picture.astype(int) - wanted).max() <= steps:
            return
        page.wait_for_timeout(50)
    raise AssertionError("the picture never came")


def picture_of(
    loaded: Loaded, seed: int, *, along: dict[int, float] | None = None, label: int | None = None
) -> np.ndarray:
    moves = [amount * directions_of(loaded).moves[index] for index, amount in (along or {}).items()]
    return draw(loaded, loaded.space.of_seed(seed) + sum(moves), label)[0]


EXACT = Options(seed=7, precision="float32")


def test_it_opens_offline_on_the_picture_that_ganlab_shows_for_the_seed(opened: Callable[..., Page]):
    loaded = loaded_of()
    page = opened(loaded, options=EXACT)
    wait_for(page, picture_of(loaded, 7))
    expect(page).to_have_title("Generator of run a-run, step 500")


@pytest.mark.parametrize("run_id", ["mnist-dcgan", "digits-wgan-gp", "digits-quick"])
def test_a_trained_run_looks_the_same_in_sixteen_bits(opened: Callable[..., Page], run_id: str):
    loaded = Explorer(Runs(Path(__file__).parents[2] / "checkpoints")).load(run_id)
    page = opened(loaded, "#seed=3&pc=0:1.5", options=Options(precision="float16"))
    wait_for(page, picture_of(loaded, 3, along={0: 1.5}), steps=2)


def test_seeds_by_button_key_and_field(opened: Callable[..., Page]):
    loaded = loaded_of()
    page = opened(loaded, options=EXACT)
    page.get_by_role("button", name="Next seed").click()
    wait_for(page, picture_of(loaded, 8))
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    wait_for(page, picture_of(loaded, 6))
    page.get_by_label("Seed", exact=True).fill("123")
    page.get_by_label("Seed", exact=True).press("Enter")
    wait_for(page, picture_of(loaded, 123))


def test_a_slider_moves_along_its_direction_and_reset_moves_back(opened: Callable[..., Page]):
    loaded = loaded_of()
    page = opened(loaded, options=EXACT)
    page.get_by_label("direction 2").fill("-1.5")
    wait_for(page, picture_of(loaded, 7, along={1: -1.5}))
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Reset").click()
    wait_for(page, picture_of(loaded, 7))


def test_the_address_brings_the_same_picture_back_and_nonsense_in_it_is_ignored(opened: Callable[..., Page]):
    loaded = loaded_of()
    page = opened(loaded, "#seed=9&pc=0:2,77:1,1:x&z=a&class=4", options=EXACT)
    wait_for(page, picture_of(loaded, 9, along={0: 2}))
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(500)
    assert "#seed=10&pc=0:2" in page.url
    page.reload()
    wait_for(page, picture_of(loaded, 10, along={0: 2}))


def test_a_class_is_chosen_by_name(opened: Callable[..., Page]):
    loaded = loaded_of(conditional=True)
    page = opened(loaded, options=EXACT)
    wait_for(page, picture_of(loaded, 7, label=0))
    page.get_by_label("Class").select_option(loaded.class_names[3])
    wait_for(page, picture_of(loaded, 7, label=3))


def blended(loaded: Loaded, seed: int, text: str) -> np.ndarray:
    return draw(loaded, loaded.space.of_seed(seed), shares_of(loaded, 1, classes_of(loaded, text)[None]))[0]  # pyright: ignore


def test_two_classes_are_blended_and_the_address_keeps_it(opened: Callable[..., Page]):
    loaded = loaded_of(conditional=True)
    page = opened(loaded, options=EXACT)
    expect(page.get_by_label("Blend", exact=True)).to_be_hidden()
    page.get_by_label("Class").select_option(loaded.class_names[3])
    page.get_by_label("blended with").select_option(loaded.class_names[8])
    wait_for(page, blended(loaded, 7, "3+8"))
    page.get_by_label("Blend", exact=True).fill("0.25")
    wait_for(page, blended(loaded, 7, "3:3+8:1"))
    page.wait_for_timeout(500)
    assert page.url.endswith("#seed=7&class=3,8&blend=0.25")
    page.reload()
    wait_for(page, blended(loaded, 7, "3:3+8:1"))
    page.get_by_label("blended with").select_option("none")
    wait_for(page, picture_of(loaded, 7, label=3))


@pytest.mark.parametrize("text", ["4", "4:1+1:3", "0+4:2+9"])
def test_it_opens_on_the_classes_that_it_was_made_with(opened: Callable[..., Page], text: str):
    loaded = loaded_of(conditional=True)
    page = opened(loaded, options=replace(EXACT, label=classes_of(loaded, f"{text}+4:0")))
    wait_for(page, blended(loaded, 7, f"{text}+4:0"))
    page.get_by_label("Class").select_option(loaded.class_names[2])
    page.get_by_label("blended with").select_option("none")
    wait_for(page, picture_of(loaded, 7, label=2))


def test_next_seeds_are_shown_and_chosen(opened: Callable[..., Page]):
    loaded = loaded_of()
    page = opened(loaded, options=EXACT)
    page.get_by_role("button", name="Seed 12").click()
    wait_for(page, picture_of(loaded, 12))
    page.keyboard.press("g")
    expect(page.get_by_role("button", name="Seed 13")).to_be_hidden()


def test_it_wanders_and_stops(opened: Callable[..., Page]):
    page = opened(loaded_of())
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Wander")).to_have_attribute("aria-pressed", "true")
    before = shown(page)
    page.wait_for_timeout(600)
    assert (shown(page) != before).any()
    page.keyboard.press(" ")
    page.wait_for_timeout(300)
    before = shown(page)
    page.wait_for_timeout(300)
    assert (shown(page) == before).all()


def test_points_of_the_plane_are_dots(opened: Callable[..., Page]):
    loaded = loaded_of("mlp", (2,), dataset="gaussians-ring", init="xavier")  # torch's own puts all of them in one spot
    page = opened(loaded)
    ink = (
        """canvas => [canvas.width, canvas.getContext("2d").getImageData(0, 0, 512, 512).data.filter(Boolean).length]"""
    )
    width, marked = page.locator("#large").evaluate(ink)
    assert width == 512
    assert marked > 1000
    expect(page.locator("#neighbours")).to_be_hidden()


def test_light_dark_and_the_switch(opened: Callable[..., Page]):
    ground = "getComputedStyle(document.body).backgroundColor"
    page = opened(loaded_of(), color_scheme="dark")
    dark = page.evaluate(ground)
    page.keyboard.press("t")
    assert page.evaluate(ground) == "rgb(255, 255, 255)" != dark


def test_it_fits_a_phone(opened: Callable[..., Page]):
    page = opened(loaded_of(), viewport={"width": 360, "height": 700}, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("#large").bounding_box()["width"] > 250  # pyright: ignore[reportOptionalSubscript]


def test_the_picture_is_saved_enlarged(opened: Callable[..., Page]):
    page = opened(loaded_of())
    with page.expect_download() as download:
        page.get_by_role("button", name="Save PNG").click()
    content = Path(download.value.path()).read_bytes()
    assert content.startswith(b"\x89PNG")
    assert int.from_bytes(content[16:20], "big") == 512


def test_a_title_cannot_run_code(opened: Callable[..., Page]):
    loaded = loaded_of()
    evil = replace(loaded, source="</script><script>throw 1</script>")
    page = opened(evil)
    expect(page.get_by_role("heading", level=1)).to_contain_text("</script>")


def test_a_comma_in_the_seed_is_left_out_with_a_word(opened: Callable[..., Page]):
    page = opened(loaded_of(), options=EXACT)
    seed = page.locator("#seed")
    seed.focus()
    seed.press("Control+a")
    seed.press_sequentially("1,5")
    expect(seed).to_have_value("15")
    expect(page.locator(".ganlab-comma")).to_contain_text("The comma was left out")
