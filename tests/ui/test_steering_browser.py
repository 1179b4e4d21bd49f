"""The hand on a run, in a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import badge, train_beforehand
from playwright.sync_api import Locator, Page, Route, expect

from ganlab.recipes import RECIPES

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PLOT = "document.querySelector('.ganlab-plot')"


@pytest.fixture(scope="module")
def begun(server_folders: dict[str, Path]) -> Path:
    """The folder of a run that has just begun and was stopped."""
    changes = {"width": 4, "batch_size": 16, "max_steps": 100_000, "preview_every": 5, "precision": "float32"}
    run_id = train_beforehand(server_folders, RECIPES["wgan-gp"].config.model_copy(update=changes), stop=True)
    return server_folders["CHECKPOINTS"] / run_id


@pytest.fixture
def training(page: Page, server: str, begun: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A window on a run of the test's own that trains; afterwards it is stopped, so that it holds up no other."""
    run_id = request.node.name.replace("_", "-")[:40].strip("-")
    shutil.copytree(begun, begun.with_name(run_id))
    page.goto(f"{server}/?run={run_id}")
    page.get_by_role("button", name="Resume").click()
    expect(badge(page, "Training")).to_be_visible()
    expect(page.locator(".ganlab-plot .scatterlayer path.js-line").first).to_be_attached()
    yield page
    page.unroute_all(behavior="wait")
    stop, resume = (page.get_by_role("button", name=name, exact=True) for name in ("Stop", "Resume"))
    expect(stop.or_(resume).first).to_be_visible()
    if stop.is_visible():
        stop.click()
    expect(badge(page, "Stopped")).to_be_visible()


def knob(page: Page, name: str) -> Locator:
    """The control of a setting; the panel that it is in is opened."""
    control = page.locator(f".ganlab-steer [data-name={name}] :is(input, select)")
    if not control.is_visible():
        page.get_by_role("button", name=re.compile("Settings you can change now")).click()
    return control


def note(page: Page, name: str) -> Locator:
    return page.locator(f".ganlab-steer [data-name={name}] .ganlab-field-note")


def turn(page: Page, name: str, value: str) -> None:
    """Type a value, and wait until the trainer has it."""
    knob(page, name).fill(value)
    knob(page, name).press("Enter")
    expect(note(page, name)).to_be_hidden()
    expect(knob(page, name)).to_have_value(value)


def refreshed(page: Page) -> None:
    """Wait until the page has shown what it was told of the run once more."""
    for _ in range(3):  # the first answer may be an older question's, and the third question follows what is shown
        with page.expect_response(re.compile("/live")):
            pass


def pause(page: Page) -> None:
    page.get_by_role("button", name="Pause").click()
    expect(badge(page, "Paused")).to_be_visible()


def test_an_edit_reaches_the_trainer_both_tabs_and_the_curves_and_is_undone(training: Page) -> None:
    turn(training, "lr_g", "0.0005")
    training.wait_for_function(f"() => ({PLOT}.layout.annotations ?? []).some(mark => mark.text.includes('lr_g'))")
    second = training.context.new_page()
    second.goto(training.url)
    expect(knob(second, "lr_g")).to_have_value("0.0005")

    second.locator(".ganlab-steer [data-name=lr_g]").get_by_role("button", name="Halve").click()
    expect(knob(training, "lr_g")).to_have_value("0.00025")
    training.get_by_role("button", name="Undo last edit").click()
    expect(knob(second, "lr_g")).to_have_value("0.0005")
    second.close()


@pytest.mark.slow
def test_what_is_refused_is_said_at_the_field_and_can_be_given_up(training: Page) -> None:
    field = knob(training, "lr_d")
    before = field.input_value()
    field.fill("-3")
    field.press("Enter")
    expect(note(training, "lr_d")).to_contain_text("Learning rate of D must be greater than 0")
    refreshed(training)
    expect(field).to_have_value("-3")  # a refresh takes nothing out of the user's hands
    field.press("Escape")
    expect(field).to_have_value(before)
    expect(note(training, "lr_d")).to_be_hidden()


@pytest.mark.slow
def test_charts_follow_the_loss_without_losing_what_was(training: Page) -> None:
    knob(training, "loss").select_option("hinge")
    expect(training.get_by_role("heading", name=re.compile("Scores.*score"))).to_be_attached()
    expect(training.get_by_role("heading", name=re.compile("wasserstein loss, until step"))).to_be_attached()
    expect(training.get_by_text("What these curves mean: the hinge loss")).to_be_visible()


@pytest.mark.slow
def test_single_updates_and_slow_motion_say_what_they_did(training: Page) -> None:
    pause(training)
    steps = training.locator(".ganlab-steps").inner_text()
    rows = training.locator(".ganlab-reports tbody tr")
    training.get_by_role("button", name="Step D").click()
    expect(rows).to_have_count(1)
    training.get_by_role("button", name="Step G").click()
    expect(rows).to_have_count(2)
    expect(training.locator(".ganlab-sentence")).to_contain_text("The generator took one step")
    expect(training.locator(".ganlab-steps")).to_have_text(steps)
    training.get_by_label("Number of steps").fill("3")
    training.get_by_role("button", name=re.compile("^Run .* steps?$")).click()
    expect(rows).to_have_count(5)

    slider = training.get_by_label("Slow motion")
    slider.focus()
    slider.press("ArrowRight")
    training.get_by_role("button", name="Resume").click()
    expect(badge(training, "Training")).to_be_visible()
    expect(rows).to_have_count(8)
    expect(slider).to_have_js_property("value", "0.1")
    training.get_by_label("Slow motion").press("Home")
    expect(training.locator(".ganlab-facts")).to_contain_text("steps/s")


@pytest.mark.slow
def test_the_page_travels_back_and_the_run_is_rewound_and_forked(training: Page) -> None:
    turn(training, "d_steps", "1")  # a snapshot to go back to
    slider = training.get_by_label("Step of the samples")
    training.wait_for_function("() => Number(document.querySelector('.ganlab-samples input').max) > 4")
    slider.focus()
    slider.press("Home")
    slider.press("ArrowRight")
    cursor = training.locator(".ganlab-cursor").first
    expect(cursor).to_be_visible()
    pause(training)
    chip = training.locator(".ganlab-chip-value").first
    old = chip.inner_text()
    training.get_by_role("button", name="show the newest").click()
    expect(cursor).to_be_hidden()
    expect(chip).not_to_have_text(old)

    button = training.get_by_role("button", name=re.compile("^Rewind to step"))
    target = re.sub(r"\D", "", button.inner_text())
    button.click()
    then = training.locator(".ganlab-then")
    expect(then).to_have_text("The settings at that step are those of now.")  # the edit there included
    training.get_by_label("Step to continue from").select_option("0")
    expect(then).to_have_text("Settings at that step: d_steps 5 (now 1).")
    expect(training.locator(".ganlab-dialog [data-name=d_steps] input")).to_have_value("5")
    training.get_by_label("Step to continue from").select_option(target)
    training.get_by_label("with half the learning rates").check()
    training.get_by_role("button", name="Rewind", exact=True).click()
    expect(training.locator(".ganlab-steps")).to_contain_text(f"step {int(target):,} of")
    expect(knob(training, "lr_d")).to_have_value("0.0005")

    parent = training.url
    training.get_by_role("button", name=re.compile("^Fork from step")).click()
    training.get_by_label("Name").fill("branch")
    training.keyboard.press("Enter")
    expect(training).to_have_url(re.compile("run=branch"))
    expect(badge(training, "Queued")).to_be_visible()
    origin = training.locator(".ganlab-origin a")
    expect(origin).to_be_visible()
    training.get_by_role("button", name="Stop", exact=True).click()
    expect(badge(training, "Stopped")).to_be_visible()
    origin.click()
    expect(training).to_have_url(parent)
    expect(training.locator(".ganlab-branches a")).to_have_count(1)


@pytest.mark.slow
def test_an_alarm_offers_its_remedy_and_can_be_dismissed(training: Page) -> None:
    remedy = {"label": "Train D more often: D steps 3", "kind": "edit", "changes": {"d_steps": 3}, "step": None}
    alarm = {
        "name": "made-up",
        "title": "The critic has lost",
        "cause": "It is <b>made up</b>.",
        "evidence": "Since step 2.",
        "step": 2,
        "remedies": [remedy],
    }

    def ring(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"alarms": [alarm]})

    training.route(re.compile("/live"), ring)
    card = training.locator(".ganlab-alarm")
    expect(card).to_contain_text("It is <b>made up</b>. Since step 2.")
    training.wait_for_function(f"() => ({PLOT}.layout.annotations ?? []).some(mark => mark.text.includes('critic'))")
    card.get_by_role("button", name=re.compile("Train D more often")).click()
    expect(knob(training, "d_steps")).to_have_value("3")
    card.get_by_role("button", name=re.compile("Dismiss")).click()
    expect(card).to_have_count(0)
    refreshed(training)
    expect(card).to_have_count(0)


@pytest.mark.slow
def test_the_page_merges_its_own_points_when_the_server_does(training: Page) -> None:
    def curve(bucket: int, start: int, *values: float) -> dict[str, Any]:
        series = {"loss_d": dict.fromkeys(("mean", "low", "high"), values)}
        return {"timeline": 1000, "bucket": bucket, "start": start, "count": start + len(values), "series": series}

    asked: list[str] = []

    def tell(route: Route) -> None:
        asked.append(route.request.url)
        known = "timeline=1000" in asked[-1]
        answer = route.fetch()
        curves = curve(2, 1, 6, 9) if known else curve(1, 0, 1, 3, 5, 7)
        route.fulfill(response=answer, json=answer.json() | {"curves": curves})

    training.route(re.compile("/live"), tell)
    drawn = f"{PLOT}.data.find(trace => trace.uid === 'loss_d-raw')"
    training.wait_for_function(f"() => {drawn}?.y.join() === '2,6,9' && {drawn}.x.join() === '1,3,5'")
    assert any("bucket=1&start=3&timeline=1000" in url for url in asked)


@pytest.mark.slow
def test_ranges_log_scale_and_table_of_the_curves(training: Page) -> None:
    training.wait_for_function(f"() => {PLOT}.data.at(-1).x.length > 40")  # a tenth of few points may be all of them
    points = training.evaluate(f"() => {PLOT}.data[0].x.length + {PLOT}.data.at(-1).x.length")
    training.get_by_role("button", name="Last 10 %").click()
    training.wait_for_function(
        f"before => {PLOT}.data[0].x.length + {PLOT}.data.at(-1).x.length < before / 2", arg=points
    )
    gradients = training.get_by_role("region", name="Gradients")
    gradients.scroll_into_view_if_needed()
    gradients.get_by_role("button", name="log").click()
    expect(gradients.get_by_role("button", name="log")).to_have_attribute("aria-pressed", "true")
    training.wait_for_function(
        "() => document.querySelector('[aria-label=Gradients] .ganlab-plot')?.layout?.yaxis?.type === 'log'"
    )
    with training.expect_download() as download:
        training.get_by_role("button", name="Download as CSV").click()
    assert Path(download.value.path()).read_text().startswith("step,")


@pytest.mark.slow
def test_what_is_lost_is_said_and_the_run_begins_again_where_that_is_meant(
    page: Page, server: str, begun: Path
) -> None:
    run = shutil.copytree(begun, begun.with_name("lost"))
    (run / "history.jsonl").write_bytes(b"")
    page.goto(f"{server}/?run=lost")
    page.get_by_role("button", name="Resume", exact=True).click()
    expect(page.get_by_text("The log of run “lost” is empty, though there are")).to_be_visible()
    page.get_by_role("button", name="Resume anyway").click()
    expect(badge(page, "Training")).to_be_visible()
    expect(page.get_by_role("button", name="Resume anyway")).to_be_hidden()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(badge(page, "Stopped")).to_be_visible()
