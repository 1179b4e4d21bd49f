"""The Plane page in a real browser: its layers, what they ask for, and what stands beside them."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ganlab.gan.losses import LOSSES
from ganlab.runs import Runs, drive
from ganlab.service import Service
from ganlab.ui.plane import config_for

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def links(server: str, server_folders: dict[str, Path]) -> dict[str, str]:
    """By loss, to a short run on the ring that has been trained to its end."""
    runs, found = Runs(server_folders["CHECKPOINTS"]), {}
    for loss in ("wasserstein", "non-saturating"):
        run = runs.create(config_for("gaussians-ring", loss).with_changes(max_steps=40, score_count=0))
        list(drive(run, tick_s=0))
        found[loss] = f"{server}/plane?run={run.id}"
    return found


def layer(page: Page, name: str) -> Locator:
    return page.locator(f"[data-layer={name}]")


def opened(page: Page, link: str) -> Page:
    from playwright.sync_api import expect

    page.goto(link)
    expect(page.get_by_text("the plane at step 40")).to_be_visible()
    expect(page.get_by_text("JS divergence")).to_be_visible()
    return page


def test_one_layer_covers_the_ground_at_a_time(page: Page, links: dict[str, str]):
    from playwright.sync_api import expect

    opened(page, links["non-saturating"])
    for name, other in (("best", "d"), ("gap", "best"), ("slopes", "gap"), ("d", "slopes")):
        before = picture(page)
        layer(page, name).click()
        expect(layer(page, name)).to_have_attribute("aria-pressed", "true")
        expect(layer(page, other)).to_have_attribute("aria-pressed", "false")
        page.wait_for_function(f"before => {PICTURE} !== before", arg=before)
    expect(layer(page, "real")).to_have_attribute("aria-pressed", "true")


def test_a_difference_is_offered_only_where_d_is_a_probability(page: Page, links: dict[str, str]):
    from playwright.sync_api import expect

    opened(page, links["non-saturating"])
    expect(page.get_by_text("of it, proven by D")).to_be_visible()
    layer(page, "gap").click()
    expect(page.get_by_text(re.compile("D − D\\*: blue"))).to_be_visible()
    opened(page, links["wasserstein"])
    assert LOSSES["wasserstein"].d_title == "critic"
    expect(layer(page, "gap")).to_be_hidden()
    expect(page.get_by_text("of it, proven by D")).to_have_count(0)
    expect(layer(page, "slopes")).to_be_visible()


def test_moves_are_asked_for_once_a_look_and_layers_for_nothing(page: Page, links: dict[str, str]):
    from playwright.sync_api import expect

    opened(page, links["wasserstein"])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/plane/" in request.url else None)
    for name in ("best", "slopes", "d", "latents"):
        layer(page, name).click()
    for _ in range(3):
        layer(page, "moves").click()
    expect(page.get_by_text("W₁ of these points, exactly")).to_be_visible()
    assert len(asked) == 1 and asked[0].endswith("/moves")
    layer(page, "trails").click()
    expect(page.get_by_text("The way of 40 generated points")).to_be_visible()
    assert len(asked) == 1 + 4  # the looks at steps 0 to 30


def test_two_runs_are_moved_together(page: Page, links: dict[str, str]):
    from playwright.sync_api import expect

    opened(page, links["wasserstein"])
    page.get_by_role("combobox", name="Beside it").click()
    page.get_by_role("option", name=re.compile(links["non-saturating"].partition("run=")[2])).click()
    expect(page.get_by_text("the plane at step 40")).to_have_count(2)
    page.get_by_role("slider", name="Step of the plane").first.focus()
    page.keyboard.press("Home")
    expect(page.get_by_text("the plane at step 0")).to_have_count(2)


def test_train_has_the_same_picture(page: Page, links: dict[str, str]):
    """Byte for byte: the same look, the same layers, the same drawing."""
    from playwright.sync_api import expect

    opened(page, links["wasserstein"])
    mine = picture(page)
    page.goto(links["wasserstein"].replace("/plane?", "/?"))
    image = page.locator(".ganlab-samples img")
    expect(image).to_be_visible()
    theirs = image.evaluate("""async (image) => {
      await image.decode();
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      canvas.getContext("2d").drawImage(image, 0, 0);
      return canvas.toDataURL();
    }""")
    assert theirs == mine


def own_points(page: Page, server: str) -> Locator:
    """The canvas to draw on."""
    page.goto(f"{server}/plane")
    page.get_by_role("combobox", name="Points").click()
    page.get_by_role("option", name="Your own points").click()
    canvas = page.locator(".ganlab-sketch")
    canvas.scroll_into_view_if_needed()
    return canvas


def test_what_is_drawn_is_trained_on_within_a_second(page: Page, server: str, server_folders: dict[str, Path]):
    from playwright.sync_api import expect

    canvas = own_points(page, server)
    box = canvas.bounding_box()
    assert box
    page.get_by_role("radio", name="left and right").click()
    x, y = box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.3
    page.mouse.move(x, y)
    page.mouse.down()
    for part in range(20):
        page.mouse.move(x + part, y + 2 * part)
        page.wait_for_timeout(10)
    page.mouse.up()
    runs = Runs(server_folders["CHECKPOINTS"])
    known = {run.id for run in runs.all()}
    page.get_by_role("button", name="Train on this").click()
    begun = time.monotonic()
    while not (new := [run for run in runs.all() if run.id not in known]) or not new[0].history().step:
        assert time.monotonic() - begun < 30
        time.sleep(0.02)
    config = new[0].config
    points = [tuple(map(float, line.split(","))) for line in config.points.splitlines()]
    assert len(points) > 40 and config.dataset == "own-points" and config.spread == 0.02
    assert {(-x, y) for x, y in points} == set(points)
    assert all(abs(abs(x) - 0.73) < 0.2 and -0.1 < y < 0.7 for x, y in points)
    expect(page.get_by_text("of 3,000")).to_be_visible()
    Service(runs).stop(new[0].id)


def test_points_are_put_and_taken_back_by_keys(page: Page, server: str):
    from playwright.sync_api import expect

    canvas = own_points(page, server)
    canvas.focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("40 points")).to_be_visible()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_text("80 points")).to_be_visible()
    page.keyboard.press("Backspace")
    expect(page.get_by_text("40 points")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(page.get_by_text("0 points", exact=True)).to_be_visible()
    page.get_by_role("button", name="Train on this").click()
    expect(page.get_by_text("There are no points yet: draw some, or give lines of x,y.")).to_be_visible()


def test_a_single_update_is_seen_stage_by_stage(page: Page, server: str):
    from playwright.sync_api import expect

    page.goto(f"{server}/plane")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Step D").click()
    stages = page.get_by_role("list", name="The last update, stage by stage")
    expect(stages.get_by_role("listitem")).to_have_text(
        [re.compile(title) for title in ("latents", "G", "samples", "D", "loss", "gradients", "weights")]
    )
    expect(stages.locator("[data-lit=true]")).to_contain_text("weights")
    before = picture(page)
    page.get_by_role("button", name="Step G").click()
    page.wait_for_function(f"before => {PICTURE} !== before", arg=before)
    expect(stages).to_contain_text("moved by")
    rate = page.get_by_role("spinbutton", name="Learning rate of G, of this run")
    rate.fill("0.0004")
    rate.press("Enter")
    expect(rate).to_have_value("0.0004")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


PICTURE = "document.querySelector('.ganlab-plane-picture').toDataURL()"


def picture(page: Page) -> str:
    return page.evaluate(PICTURE)
