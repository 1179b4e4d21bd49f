"""The app as a stranger meets it: a real server, a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browsing import badge, set_setting, start_small
from PIL import Image
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_a_run_is_started_watched_paused_and_stopped(page: Page, server: str) -> None:
    start_small(page, server, steps=100_000)
    expect(badge(page, "Training")).to_be_visible(timeout=30_000)
    expect(page.locator(".ganlab-plot .scatterlayer path.js-line").first).to_be_attached(timeout=30_000)
    picture = page.locator(".ganlab-live img").first
    expect(picture).to_be_visible(timeout=30_000)
    first = picture.get_attribute("src")
    page.wait_for_function(
        "before => document.querySelector('.ganlab-live img').src !== before", arg=first, timeout=30_000
    )

    page.get_by_role("button", name="Pause").click()
    expect(badge(page, "Paused")).to_be_visible(timeout=10_000)
    steps = page.locator(".ganlab-steps").inner_text()
    second = page.context.new_page()
    second.goto(server)
    expect(badge(second, "Paused")).to_be_visible(timeout=30_000)
    expect(second.locator(".ganlab-steps")).to_have_text(steps)
    second.get_by_role("button", name="Resume").click()
    expect(badge(second, "Training")).to_be_visible(timeout=10_000)
    second.close()

    page.reload()
    expect(badge(page, "Training")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Stop").click()
    expect(badge(page, "Stopped")).to_be_visible(timeout=10_000)
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


def test_zoom_and_hidden_series_survive_refreshes(page: Page, server: str) -> None:
    start_small(page, server, steps=100_000)
    expect(badge(page, "Training")).to_be_visible(timeout=30_000)
    page.locator(".ganlab-plot .scatterlayer path.js-line").first.wait_for(state="attached", timeout=30_000)
    chip = page.get_by_role("button", name=re.compile("Wasserstein estimate"))
    chip.click()
    plot = "document.querySelector('.ganlab-plot')"
    page.evaluate(f"() => window.Plotly.relayout({plot}, {{'xaxis.range': [2, 9], 'xaxis.autorange': false}})")
    points = page.evaluate(f"() => Math.max(...{plot}.data.map(trace => trace.x.length))")
    page.wait_for_function(f"before => Math.max(...{plot}.data.map(trace => trace.x.length)) > before + 20", arg=points)
    assert page.evaluate(f"() => {plot}.layout.xaxis.range") == [2, 9]
    expect(chip).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Stop").click()
    expect(badge(page, "Stopped")).to_be_visible(timeout=10_000)


def test_a_finished_run_is_not_polled_and_can_be_explored(page: Page, server: str) -> None:
    start_small(page, server, steps=12)
    expect(badge(page, "Finished")).to_be_visible(timeout=60_000)
    page.wait_for_timeout(1500)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(3000)
    assert not [url for url in asked if "/ganlab/" in url], "nothing runs, so nothing is asked"

    page.get_by_role("link", name="Explore").click()
    picture = page.locator(".ganlab-walk .ganlab-stage canvas").first
    expect(picture).to_be_visible(timeout=30_000)
    before = picture.evaluate("canvas => canvas.toDataURL()")
    page.locator(".ganlab-pad").press("Shift+ArrowRight")
    page.wait_for_function(
        "before => document.querySelector('.ganlab-walk .ganlab-stage canvas').toDataURL() !== before",
        arg=before,
        timeout=10_000,
    )
    with page.expect_download() as download:
        page.locator(".ganlab-walk").get_by_role("button", name="PNG").first.click()
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")


def test_own_pictures_are_prepared_and_trained_on(page: Page, server: str, tmp_path: Path) -> None:
    for number in range(24):
        Image.new("RGB", (40 + number, 30), (10 * number, 90, 200)).save(tmp_path / f"{number}.png")
    (tmp_path / "broken.png").write_text("no picture")
    page.goto(server)
    page.get_by_role("link", name="Data").click()
    page.get_by_text("Your own pictures").click()
    box = page.get_by_role("combobox", name="Folder")
    box.fill(str(tmp_path))
    box.press("Enter")
    page.get_by_role("button", name="Prepare").click()
    expect(page.get_by_text("broken.png").first).to_be_attached(timeout=30_000)
    expect(page.locator("img.ganlab-picture").first).to_be_visible()
    page.get_by_role("button", name="Train on these").click()
    page.get_by_role("button", name="Start", exact=True).wait_for(timeout=30_000)
    set_setting(page, "Networks", "Width", "4")
    set_setting(page, "Run", "Steps", "3")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(badge(page, "Finished")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", name=f"folder-dcgan-64 on {tmp_path.name}")).to_be_visible()


def test_points_of_the_plane_are_trained_and_shown_as_one_picture(page: Page, server: str) -> None:
    page.goto(server)
    page.get_by_role("link", name="Data").click()
    page.get_by_text("Ring of Gaussians").click()
    expect(page.get_by_role("heading", name="Ring of Gaussians")).to_be_visible()
    page.get_by_role("button", name="Train on this").click()
    page.get_by_role("button", name="Start", exact=True).wait_for(timeout=30_000)
    set_setting(page, "Run", "Steps", "12")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("heading", name="on gaussians-ring")).to_be_visible(timeout=30_000)
    expect(badge(page, "Finished")).to_be_visible(timeout=60_000)
    size = page.locator(".ganlab-live img").first.evaluate("picture => [picture.naturalWidth, picture.naturalHeight]")
    assert size == [720, 720], "as the Plane page draws it"


def test_the_list_of_runs_moves_while_one_trains_and_asks_nothing_afterwards(page: Page, server: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/pulse") else None)
    start_small(page, server, steps=100_000)
    expect(badge(page, "Training")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="Runs").click()
    row = page.locator("[class*=st-key-run-]").first
    facts = row.locator(".ganlab-muted")
    expect(facts).to_contain_text("step", timeout=30_000)
    first = facts.inner_text()
    expect(facts).not_to_have_text(first, timeout=30_000)
    row.get_by_role("button", name="Stop").click()
    expect(row.get_by_role("button", name="Resume")).to_be_visible(timeout=30_000)
    before = len(asked)
    page.wait_for_timeout(2500)
    assert len(asked) == before
    row.get_by_role("button", name="Open").click()
    expect(badge(page, "Stopped")).to_be_visible(timeout=30_000)
