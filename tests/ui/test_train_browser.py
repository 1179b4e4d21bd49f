"""What the Train page offers, and where it stands, in a real browser."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from browsing import ROOT, badge, start_small
from playwright.sync_api import Locator, Page, expect
from tiny import tiny

from ganlab.runs import Runs, drive

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(240)]


def test_a_finished_run_is_offered_no_rewind_to_where_it_stands(page: Page, server: str) -> None:
    start_small(page, server, steps=6)
    expect(badge(page, "Finished")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="Fork from step 6")).to_be_visible(timeout=10_000)
    page.get_by_role("button", name=re.compile("^Rewind to step")).click()
    dialog = page.get_by_role("dialog", name="Rewind the run")
    choices = dialog.get_by_label("Step to continue from").locator("option").all_inner_texts()
    assert choices == ["step 0 (the beginning)"]
    dialog.get_by_role("button", name="Rewind", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(badge(page, "Finished")).to_be_visible(timeout=60_000)
    expect(page.locator(".ganlab-message[data-error]")).to_be_hidden()


def test_a_run_goes_back_to_its_best_snapshot_in_one_click_and_a_confirmation(
    page: Page, server: str, server_folders: dict[str, Path]
) -> None:
    run = Runs(server_folders["CHECKPOINTS"]).create(tiny(max_steps=8, snapshot_every=2, preview_every=2))
    list(drive(run, tick_s=0))
    page.goto(f"{server}/?run={run.id}")
    expect(page.get_by_role("button", name="Fork from step 8")).to_be_visible()
    back = page.get_by_role("button", name="Rewind to the best")
    expect(back).to_be_hidden()
    for step, value in ((2, 5.0), (4, 3.0), (6, 4.0)):
        run.log(
            "score", step=step, values={"frechet": value}, floor={}, network="n", reference="", count=20, seconds=1.0
        )
    page.reload()
    expect(back).to_have_attribute("title", "Step 4: Fréchet distance 3")
    back.click()
    dialog = page.get_by_role("dialog", name="Rewind the run")
    expect(dialog.get_by_label("Step to continue from")).to_have_value("4")
    dialog.get_by_role("button", name="Rewind", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(badge(page, "Finished")).to_be_visible(timeout=60_000)
    rewinds = [json.loads(line) for line in (run.path / "history.jsonl").read_text().splitlines() if '"rewind"' in line]
    assert [each["step"] for each in rewinds] == [4]


def test_settings_that_are_unfolded_stay_so_when_a_run_begins_and_ends(page: Page, server: str) -> None:
    start_small(page, server, steps=100_000)
    expect(badge(page, "Training")).to_be_visible(timeout=30_000)
    note = page.get_by_text("1 run is training")
    expect(note).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(note).to_be_hidden(timeout=30_000)
    unfolded = page.get_by_test_id("stSidebar").locator("details[open] summary")
    expect(unfolded).to_contain_text(["Networks", "Run"])


def place(part: Locator) -> tuple[float, float, float, float]:
    """Left, top, right, bottom in the window."""
    box = part.bounding_box()
    assert box is not None
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


def test_the_first_chart_stays_on_the_screen_with_both_panels_open(page: Page, server: str) -> None:
    start_small(page, server, steps=100_000)
    expect(badge(page, "Training")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name=re.compile("Settings you can change now")).click()
    page.get_by_role("button", name="Pause").click()
    expect(badge(page, "Paused")).to_be_visible(timeout=10_000)
    page.get_by_role("button", name="Step D").click()
    expect(page.locator(".ganlab-reports tbody tr")).to_have_count(1, timeout=10_000)
    for width in (1440, 1000):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(500)
        chart = place(page.locator(".ganlab-list .ganlab-plot-frame").first)
        settings = place(page.get_by_role("region", name="Settings you can change now"))
        steps = place(page.get_by_role("region", name="Step by step"))
        assert 0 <= chart[1] < chart[3] <= 900, (width, chart)
        assert chart[2] <= width and chart[2] - chart[0] > 300, (width, chart)
        for panel in (settings, steps):
            assert panel[1] < 800 and (panel[2] <= chart[0] or panel[3] <= chart[1]), (width, panel, chart)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        fork = page.get_by_role("button", name="fork to change")
        fork.scroll_into_view_if_needed()
        foot, link = place(page.locator(".ganlab-steer-foot .ganlab-muted")), place(fork)
        assert foot[3] <= link[1] and link[2] <= place(page.locator(".ganlab-fixed"))[2], (width, foot, link)
    last = page.get_by_label("Snapshot space, of this run")
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()
    page.get_by_role("button", name="Stop").click()
    expect(badge(page, "Stopped")).to_be_visible(timeout=20_000)


def test_a_run_that_comes_with_ganlab_is_for_exploring_only(
    page: Page, server: str, server_folders: dict[str, Path]
) -> None:
    shutil.copytree(ROOT / "checkpoints" / "digits-wgan-gp", server_folders["CHECKPOINTS"] / "shipped")
    page.goto(f"{server}/?run=shipped")
    expect(badge(page, "Finished")).to_be_visible()
    expect(page.locator(".ganlab-message", has_text="is for exploring only")).to_be_visible()
    expect(page.locator(".ganlab-samples").get_by_role("button", name="Explore", exact=True)).to_be_visible()
    refused = re.compile("Rewind|Fork|fork|Settings you can change|Undo|Resume|Step by step")
    expect(page.locator(".ganlab").get_by_role("button", name=refused)).to_have_count(0)


def test_the_critics_loss_stays_on_its_logarithmic_scale(
    page: Page, server: str, server_folders: dict[str, Path]
) -> None:
    shutil.copytree(ROOT / "checkpoints" / "digits-wgan-gp", server_folders["CHECKPOINTS"] / "logarithmic")
    page.goto(f"{server}/?run=logarithmic")
    critic = page.get_by_role("region", name="Critic", exact=True)
    critic.get_by_role("button", name="log").click()
    plot = critic.locator(".ganlab-plot")
    expect(plot.locator(".ytick text", has_text="−10")).to_be_visible()
    expect(plot.locator(".ytick text", has_text="10").last).to_be_visible()
    drawn = "plot => plot.data.filter(({ uid }) => uid.endsWith('-mean')).map(({ y }) => y.every(Number.isFinite))"
    assert plot.evaluate(drawn) == [True, True]
    lines = plot.locator(".scatterlayer path.js-line")
    heights = [box["height"] for line in lines.all() if (box := line.bounding_box()) is not None]
    assert heights and min(heights) > 50


def test_the_rise_of_the_critic_fills_its_chart_and_its_first_steps_are_a_click_away(
    page: Page, server: str, server_folders: dict[str, Path]
) -> None:
    shutil.copytree(ROOT / "checkpoints" / "digits-wgan-gp", server_folders["CHECKPOINTS"] / "rising")
    page.goto(f"{server}/?run=rising")
    critic = page.get_by_role("region", name="Critic", exact=True)
    early = critic.get_by_role("button", name="first steps")
    expect(early).to_have_attribute("aria-pressed", "false")
    share = """plot => { const { y } = plot.data.find(({ uid }) => uid === "loss_d-mean");
      const late = y.slice(Math.ceil(0.1 * y.length)), [low, high] = plot.layout.yaxis.range;
      return (Math.max(...late) - Math.min(...late)) / (high - low); }"""
    plot = critic.locator(".ganlab-plot")
    shown = plot.evaluate(share)
    assert shown > 0.1
    early.click()
    expect(early).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(500)
    assert plot.evaluate(share) < shown / 3
    page.reload()
    expect(early).to_have_attribute("aria-pressed", "true", timeout=20_000)


def test_the_curves_are_drawn_over_epochs_or_time_where_that_is_asked_for(
    page: Page, server: str, server_folders: dict[str, Path]
) -> None:
    """One epoch is 1,618 digits in D's batches, and each update of D takes a batch of them."""
    start_small(page, server, steps=6)
    expect(badge(page, "Finished")).to_be_visible(timeout=60_000)
    button = page.get_by_role("button", name="epochs", exact=True)
    each = int(re.search(r"now ([\d,]+) a step", button.get_attribute("title") or "")[1].replace(",", ""))  # pyright: ignore[reportOptionalSubscript]
    drawn = """() => { const { layout, data } = document.querySelector(".ganlab-plot.js-plotly-plot");
      return [layout.xaxis.title.text, data.find(({ uid }) => uid === "loss_d-mean").x]; }"""
    expect(page.locator(".ganlab-plot.js-plotly-plot").first).to_be_visible(timeout=20_000)
    page.wait_for_timeout(1000)
    assert page.evaluate(drawn) == ["step", [1, 2, 3, 4, 5, 6]]
    button.click()
    page.wait_for_timeout(1000)
    title, places = page.evaluate(drawn)
    assert title == "epoch"
    assert places == pytest.approx([step * each / 1618 for step in range(1, 7)])
    page.reload()
    expect(page.locator(".ganlab-plot .xtitle").first).to_have_text("epoch", timeout=20_000)
    page.get_by_role("button", name="minutes", exact=True).click()
    expect(page.locator(".ganlab-plot .xtitle").first).to_have_text("minutes of training")
    expect(button).to_have_attribute("aria-pressed", "false")
    _, places = page.evaluate(drawn)
    spent = Runs(server_folders["CHECKPOINTS"]).all()[0].history().training_s
    assert places == sorted(places) and places[-1] == pytest.approx(spent / 60, rel=1e-3)
    page.get_by_role("button", name="minutes", exact=True).click()
    expect(page.locator(".ganlab-plot .xtitle").first).to_have_text("step")


def test_the_samples_are_shown_as_trained_where_that_is_asked_for(page: Page, server: str) -> None:
    start_small(page, server, steps=6)
    expect(badge(page, "Finished")).to_be_visible(timeout=60_000)
    card = page.get_by_role("region", name="Samples", exact=True)
    expect(card.get_by_text("step 6 · fixed latents", exact=True)).to_be_visible(timeout=10_000)
    averaged = picture_in(card)
    button = card.get_by_role("button", name="as trained")
    button.click()
    expect(card.get_by_text("step 6 · fixed latents, as trained")).to_be_visible(timeout=10_000)
    assert picture_in(card) != averaged
    button.click()
    expect(card.get_by_text("step 6 · fixed latents", exact=True)).to_be_visible(timeout=10_000)
    assert picture_in(card) == averaged


def picture_in(card: Locator) -> str:
    """The pixels of its picture, as an address."""
    return card.locator("img").evaluate("""(image) => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      canvas.getContext("2d").drawImage(image, 0, 0);
      return canvas.toDataURL();
    }""")


def test_what_is_healthy_is_said_on_demand_and_stays_said(page: Page, server: str) -> None:
    start_small(page, server, steps=6)
    expect(badge(page, "Finished")).to_be_visible(timeout=60_000)
    told = page.locator(".ganlab-healthy").first
    expect(told).to_be_hidden()
    help_ = page.get_by_role("button", name=re.compile("^What is healthy")).first
    help_.press("Enter")
    expect(told).to_be_visible()
    expect(told).to_contain_text("Healthy:")
    expect(help_).to_have_attribute("aria-expanded", "true")
    page.reload()
    expect(page.locator(".ganlab-healthy").first).to_be_visible()
