"""Make the pictures of the README from the app as it runs: `python docs/screenshots.py [http://127.0.0.1:8501]`.

Its folder of runs holds those that come with ganlab, the experiment of docs/experiments.md, and a run of ring-wgan-gp.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
FIND = ["sh", str(HERE.parent / "tests" / "install-browser.sh"), "--find"]
SHOTS: tuple[tuple[str, str, Literal["light", "dark"], int], ...] = (
    ("train-light", "/?run=digits-quick", "light", 1440),
    ("train-dark", "/?run=mnist-wgan-gp", "dark", 1000),
    ("compare-light", "/compare?of=losses-mnist", "light", 1440),
    ("plane-dark", "/plane", "dark", 1440),
    ("explore-dark", "/explore?run=mnist-wgan-gp", "dark", 1440),
    ("explore-light", "/explore?run=digits-wgan-gp", "light", 1000),
    ("runs-dark", "/runs", "dark", 1440),
    ("data-light", "/data?dataset=gaussians-ring", "light", 1440),
)

PICTURES = ".ganlab img, img.ganlab-picture, [data-testid=stImage] img, canvas.ganlab-plane-picture"


def take(page: Page, name: str) -> None:
    """One picture, once charts and images have come."""
    page.locator(f".ganlab-pad, {PICTURES}").first.wait_for(timeout=30_000)
    page.wait_for_timeout(2000)
    page.screenshot(path=HERE / "images" / f"{name}.png")


def main(url: str) -> None:
    chromium = subprocess.run(FIND, capture_output=True, text=True, check=True).stdout.strip()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, path, scheme, width in SHOTS:
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            page.goto(url + path)
            take(page, name)
            page.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8501")
