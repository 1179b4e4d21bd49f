"""Make the pictures of the README from the app as it runs: `python docs/screenshots.py [URL [NAME…]]`.

Its folder of runs holds those that come with ganlab, the experiment of docs/experiments.md, and a run of ring-wgan-gp.
"""

from __future__ import annotations

import io
import subprocess
import sys
import time
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
FIND = ["sh", str(HERE.parent / "tests" / "install-browser.sh"), "--find"]
SHOTS: tuple[tuple[str, str, Literal["light", "dark"], int], ...] = (
    ("train-dark", "/?run=mnist-wgan-gp", "dark", 1000),
    ("compare-light", "/compare?of=losses-mnist", "light", 1440),
    ("plane-dark", "/plane", "dark", 1440),
    ("explore-dark", "/explore?run=mnist-wgan-gp", "dark", 1440),
    ("runs-dark", "/runs", "dark", 1440),
    ("data-light", "/data?dataset=gaussians-ring", "light", 1440),
)

#: The moving picture: its width in pixels, how often a frame is taken, and how much faster it plays.
FILM_WIDTH, EVERY_S, PACE = 960, 0.4, 2
PICTURES = ".ganlab img, img.ganlab-picture, [data-testid=stImage] img, canvas.ganlab-plane-picture"


def take(page: Page, name: str) -> None:
    """One picture, once charts and images have come."""
    page.locator(f".ganlab-pad, {PICTURES}").first.wait_for(timeout=30_000)
    page.wait_for_timeout(2000)
    page.screenshot(path=HERE / "images" / f"{name}.png")


def film(page: Page, url: str) -> None:
    """The first minute: a shipped run plays, is trained anew, and a sample of it goes into the hand."""
    frames: list[Image.Image] = []

    def watch(seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            begun = time.monotonic()
            picture = Image.open(io.BytesIO(page.screenshot(type="png"))).convert("RGB")
            frames.append(picture.resize((FILM_WIDTH, FILM_WIDTH * 5 // 8), Image.Resampling.LANCZOS))
            page.wait_for_timeout(max(0, 1000 * (begun + EVERY_S - time.monotonic())))

    page.goto(url)
    page.locator(".ganlab-replay-samples img").wait_for(timeout=30_000)
    watch(6)
    page.get_by_role("button", name="Train this yourself").click()
    page.locator(".ganlab-samples img").first.wait_for(timeout=60_000)
    watch(22)
    page.locator(".ganlab-samples .ganlab-stage").click()
    page.locator(".ganlab-pad").wait_for(timeout=30_000)
    watch(3)
    box = page.locator(".ganlab-pad").bounding_box() or {"x": 0, "y": 0}
    page.mouse.move(box["x"] + 150, box["y"] + 150)
    page.mouse.down()
    for n in range(10):
        page.mouse.move(box["x"] + 150 - 8 * n, box["y"] + 150 - 5 * n)
        watch(0.1)
    page.mouse.up()
    watch(2)
    page.goto(url)
    page.get_by_role("button", name="Stop", exact=True).click()
    page.wait_for_timeout(3000)
    frames[0].save(
        HERE / "images" / "first-minute.webp",
        save_all=True,
        append_images=frames[1:],
        duration=round(1000 * EVERY_S / PACE),
        loop=0,
        quality=60,
        method=6,
    )


def main(url: str, *names: str) -> None:
    chromium = subprocess.run(FIND, capture_output=True, text=True, check=True).stdout.strip()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        if not names or "first-minute" in names:
            page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
            film(page, url)
            page.close()
        for name, path, scheme, width in SHOTS:
            if names and name not in names:
                continue
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            page.goto(url + path)
            take(page, name)
            page.close()
        browser.close()


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["http://127.0.0.1:8501"]))
