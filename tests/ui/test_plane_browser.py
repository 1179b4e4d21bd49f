"""The Plane page in a real browser: its layers, what they ask for, and what stands beside them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ganlab.gan.losses import LOSSES
from ganlab.runs import Runs, drive
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
    expect(page.get_by_text("step 40 of")).to_be_visible()
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


PICTURE = "document.querySelector('.ganlab-plane-picture').toDataURL()"


def picture(page: Page) -> str:
    return page.evaluate(PICTURE)
