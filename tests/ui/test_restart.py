"""Pages that were open when the app was restarted go on by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from browsing import badge, free_port, serving, start_small, train_beforehand
from playwright.sync_api import Page, expect

from ganlab.config import TrainConfig

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

RECONNECTED_MS = 60_000


def test_every_page_goes_on_with_the_new_process(window: Page, server_folders: dict[str, Path], tmp_path: Path) -> None:
    tiny = TrainConfig(width=4, z_dim=8, batch_size=8, d_steps=1, max_steps=2, preview_every=2, preview_count=4)
    finished = train_beforehand(server_folders, tiny)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    train, explore, live, runs = (window.context.new_page() for _ in range(4))
    with serving(port, server_folders, tmp_path / "first.txt"):
        start_small(train, address, steps=100_000)
        expect(badge(train, "Training")).to_be_visible()
        explore.goto(f"{address}/explore?run={finished}")
        expect(explore.locator(".ganlab-walk .ganlab-stage canvas").first).to_be_visible()
        live.goto(f"{address}/explore")
        expect(live.locator(".ganlab-walk .ganlab-stage canvas").first).to_be_visible()
        live.get_by_label("Who draws the pictures").select_option("server")
        runs.goto(f"{address}/runs")
        row = runs.locator("[class*=st-key-run-]").first
        expect(row.get_by_role("button", name="Stop")).to_be_visible()

    with serving(port, server_folders, tmp_path / "second.txt"):
        expect(badge(train, "Stopped")).to_be_visible(timeout=RECONNECTED_MS)
        expect(row.get_by_role("button", name="Resume")).to_be_visible(timeout=RECONNECTED_MS)
        for page in (explore, live):
            picture = page.locator(".ganlab-walk .ganlab-stage canvas").first
            before = picture.evaluate("canvas => canvas.toDataURL()")
            page.get_by_label("Who draws the pictures").select_option("server")
            page.locator(".ganlab-pad").press("Shift+ArrowRight")
            page.wait_for_function(
                "before => document.querySelector('.ganlab-walk .ganlab-stage canvas').toDataURL() !== before",
                arg=before,
                timeout=RECONNECTED_MS,
            )
        train.get_by_role("button", name="Resume").click()
        expect(badge(train, "Training")).to_be_visible()
        train.get_by_role("button", name="Stop").click()
        expect(badge(train, "Stopped")).to_be_visible()
    for page in (train, explore, live, runs):
        page.close()
