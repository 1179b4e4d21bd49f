"""The generator in the page beside the server's: what the app hands out, and which of the two is taken."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Page, sync_playwright

from ganlab.errors import ConfigError
from ganlab.explore import Loaded, draw
from ganlab.export.browser import one_script
from ganlab.export.files import FORMS
from ganlab.ui.generator_route import file_response, program_response
from ganlab.ui.lab import Lab

PAGE = ("export/browser/page_generator.js", "export/browser/seeds.js", "ui/browser/explore/quickest.js")


@pytest.fixture
def loaded(fresh_lab: Lab, finished: str) -> Loaded:
    """The generator of a tiny run that has been trained to its end."""
    return fresh_lab.explorer.load(finished)


@pytest.fixture
def page(chromium_path: str) -> Iterator[Page]:
    """A page with the runtime and the chooser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.route("**/page", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
        page.goto("http://ganlab.test/page")
        page.add_script_tag(content=one_script(*PAGE))
        yield page
        browser.close()


@pytest.mark.browser
def test_the_page_draws_from_the_answer_what_the_server_draws(page: Page, loaded: Loaded):
    answer = program_response(loaded)
    page.route("**/program", lambda route: route.fulfill(body=bytes(answer.body)))
    drawn = page.evaluate(
        """async ([zDim]) => {
          const generator = await PageGenerator.open(await (await fetch("http://ganlab.test/program")).arrayBuffer());
          const images = await generator.drawMany(SeededLatents.draw(4, 3, zDim, "normal", 1));
          generator.close();
          return images.map(({ width, data }) => [width, Array.from(data)]);
        }""",
        [loaded.config.z_dim],
    )
    wanted = draw(loaded, loaded.space.of_seed(4, 3))
    for (width, data), picture in zip(drawn, wanted, strict=True):
        rgba = np.array(data).reshape(-1, width, 4)
        assert (rgba[..., 3] == 255).all()
        assert abs(rgba[..., :3] - picture.astype(int)).max() <= 2


def test_the_answer_says_step_and_work(loaded: Loaded):
    headers = program_response(loaded).headers
    assert headers["X-Ganlab-Step"] == str(loaded.step)
    assert int(headers["X-Ganlab-Products"]) > 1000
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_a_download_with_a_name(loaded: Loaded, form: str):
    answer = file_response(loaded, {"form": form, "seed": "3"})
    assert answer.headers["Content-Disposition"].endswith(f'{FORMS[form].suffix}"')  # pyright: ignore[reportArgumentType]
    assert len(answer.body) > 100


@pytest.mark.parametrize(("name", "value"), [("form", "exe"), ("seed", "x"), ("precision", "int4"), ("seed", "-1")])
def test_nonsense_is_one_sentence(loaded: Loaded, name: str, value: str):
    with pytest.raises(ConfigError, match=name):
        file_response(loaded, {"form": "html", name: value})


#: Two ways that take so many ms each, by a clock of our own; the names in the order in which they are taken.
CHOOSE = """async ([page, server, count]) => {
  let now = 0;
  performance.now = () => now;
  const quickest = new Quickest({ page: async () => { now += page; }, server: async () => { now += server; } });
  const taken = [];
  for (let i = 0; i < count; i++) taken.push((await quickest.do()).name);
  return taken;
}"""


@pytest.mark.browser
def test_the_quicker_way_is_taken_and_a_near_one_tried_again(page: Page):
    assert page.evaluate(CHOOSE, [4, 40, 12])[6:] == ["page"] * 6
    assert page.evaluate(CHOOSE, [60, 4, 10])[6:] == ["server"] * 4
    page.evaluate("Quickest.RETRY_AFTER = 5")
    assert page.evaluate(CHOOSE, [20, 35, 30])[6:].count("server") == 4


@pytest.mark.browser
def test_a_way_that_fails_is_left_and_the_last_one_is_asked_all_the_same(page: Page):
    said = page.evaluate(
        """async () => {
          const quickest = new Quickest({ page: async () => { throw new Error("no page"); }, server: async () => 7 });
          const { name, result } = await quickest.do();
          quickest.ways.server = async () => { throw new Error("no server"); };
          return [name, result, await quickest.do().catch((error) => error.message)];
        }"""
    )
    assert said == ["server", 7, "no server"]
