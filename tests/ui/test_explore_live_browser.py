"""A run in progress on the Explore page, in a real browser: averaged and as trained."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from browsing import badge, start_small, train_beforehand
from playwright.sync_api import expect

from ganlab.config import TrainConfig

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(240)]

TO_THE_LAST = """slider => {
  slider.value = slider.max;
  for (const kind of ["input", "change"]) slider.dispatchEvent(new Event(kind));
}"""

GROWN = """before => {
  const found = /step ([\\d,]+)/.exec(document.querySelector("figcaption").innerText);
  return found && Number(found[1].replaceAll(",", "")) > before;
}"""


def step_of(page: Page) -> int:
    found = re.search(r"step ([\d,]+)", page.locator("figcaption").first.inner_text())
    return int(found[1].replace(",", "")) if found else -1


def test_snapshots_pause_rewind_and_thinning_are_learnt(
    page: Page, server: str, server_folders: dict[str, Path]
) -> None:
    config = TrainConfig(width=4, batch_size=8, max_steps=100_000, snapshot_every=5, preview_every=5, preview_count=4)
    run_id = train_beforehand(server_folders, config, stop=True)
    page.goto(f"{server}/?run={run_id}")
    page.get_by_role("button", name="Resume").click()
    expect(badge(page, "Training")).to_be_visible(timeout=60_000)
    explore = page.context.new_page()
    explore.goto(f"{server}/explore?run={run_id}")
    slider, shown = explore.get_by_label("Snapshot", exact=True), explore.locator(".ganlab-age output")
    expect(slider).to_have_attribute("max", re.compile("[3-9]|.."), timeout=60_000)
    slider.evaluate(TO_THE_LAST)
    expect(shown).to_have_text("in training now")
    page.get_by_role("button", name="Pause").click()
    expect(shown).to_have_text("paused now")
    page.get_by_role("button", name=re.compile("^Rewind to step")).click()
    page.get_by_label("Step to continue from").select_option("5")
    page.get_by_role("button", name="Rewind", exact=True).click()
    expect(explore.locator("figcaption").first).to_contain_text("step 5")
    expect(shown).to_have_text("paused now")
    slider.press("Home")
    expect(shown).to_contain_text("step")
    first = re.findall(r"\d+", shown.inner_text())[0]
    page.get_by_role("button", name="Resume").click()
    page.wait_for_function("() => /step (?!5 )/.test(document.querySelector('.ganlab-steps').innerText)")
    expect(slider).to_have_attribute("max", re.compile("[3-9]|.."), timeout=60_000)
    (server_folders["CHECKPOINTS"] / run_id / "snapshots" / f"{int(first):06}.safetensors").unlink()
    expect(explore.get_by_text(f"The snapshot of step {first} is no longer kept")).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(badge(page, "Stopped")).to_be_visible()


def test_a_run_in_progress_is_followed_averaged_and_as_trained(page: Page, server: str) -> None:
    start_small(page, server, steps=100_000)
    expect(badge(page, "Training")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Explore").click()
    expect(page.locator("figcaption").first).to_contain_text("step", timeout=30_000)
    page.get_by_label("Snapshot", exact=True).evaluate(TO_THE_LAST)
    for weights in ("As trained", "Averaged"):
        page.get_by_role("radio", name=weights).click()
        expect(page.locator(".ganlab-drawn")).to_contain_text("rendered by the server")
        # The average is of the last grid, which may lie before what was just shown as trained.
        page.wait_for_function(GROWN, arg=step_of(page), timeout=60_000)
        expect(page).to_have_url(re.compile("live&weights=generator" if weights == "As trained" else "live&seed"))
