"""No number that was typed or linked becomes another one unsaid."""

from __future__ import annotations

from pathlib import Path

import pytest
from browsing import train_beforehand
from playwright.sync_api import Locator, Page, expect

from ganlab.config import TrainConfig

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

TINY = TrainConfig(width=4, z_dim=8, batch_size=8, d_steps=1, max_steps=2, preview_every=2, preview_count=4)


@pytest.fixture(scope="module")
def run(server_folders: dict[str, Path]) -> str:
    return train_beforehand(server_folders, TINY)


@pytest.fixture(scope="module")
def stopped(server_folders: dict[str, Path]) -> str:
    return train_beforehand(server_folders, TINY.with_changes(max_steps=100_000), stop=True)


def type_into(field: Locator, text: str) -> str:
    """What the field says once this was typed in place of what it held."""
    field.focus()
    field.press("Control+a")
    field.press_sequentially(text)
    return field.input_value()


def test_a_comma_is_a_decimal_point_in_every_field(page: Page, run: str, stopped: str, server: str) -> None:
    page.goto(f"{server}?run={stopped}")
    note = page.locator(".ganlab-comma")
    expect(page.locator("[data-testid=stElementContainer]").filter(has=page.locator("script"))).to_be_hidden()
    page.locator("summary").filter(has_text="Loss").first.wait_for()
    for summary in page.locator("[data-testid=stSidebar] summary").all():
        summary.click()
    for label in ("Learning rate of D", "Penalty weight"):
        field = page.get_by_label(label, exact=True)
        assert type_into(field, "0,002") == "0.002"
        field.press("Enter")
        expect(field).to_have_value("0.002")
    expect(note).to_have_count(0)
    assert type_into(page.get_by_label("Steps", exact=True), "1,500") == "1500"
    expect(note).to_contain_text("The comma was left out")

    page.get_by_role("button", name="Settings you can change now").click()
    own = page.get_by_label("Learning rate of D, of this run")
    assert type_into(own, "0,003") == "0.003"
    expect(note).to_have_count(0)
    own.press("Enter")
    own.blur()
    expect(page.get_by_text("Last: edit after step")).to_be_visible()

    page.goto(f"{server}/explore?run={run}")
    seed = page.get_by_role("spinbutton", name="seed")
    seed.wait_for()
    assert type_into(seed, "1,5") == "15"
    expect(note).to_contain_text("The comma was left out")


WRONG = {
    "seed": ("1e99", "-5", "5.7", "", "x"),
    "at": ("1e99,0", "1"),
    "cut": ("9",),
    "pc": ("0:99", "0:"),
    "class": ("-1", "1.5"),
    "base": ("AAAAfw",),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_a_link_cannot_mean_is_named_and_not_made_into_something_else(
    page: Page, run: str, server: str, name: str
) -> None:
    for text in WRONG[name]:
        page.goto(f"{server}/explore?run={run}&{name}={text}")
        expect(page.get_by_text(f"Not all of the link could be used: {name} ({text}).")).to_be_visible()
        expect(page.get_by_role("spinbutton", name="seed")).to_have_value("0")


def test_classes_and_directions_that_are_not_there_are_named(page: Page, run: str, server: str) -> None:
    page.goto(f"{server}/explore?run={run}&seed=7&class=3&pc=40:1")
    note = page.locator(".ganlab-message").first
    expect(note).to_contain_text("This network has no such class as the link names: the picture is without it.")
    expect(note).to_contain_text("No direction 41 is found in it: the picture is without it.")
    expect(page.get_by_role("spinbutton", name="seed")).to_have_value("7")
