"""Every word on a page stands out from what is behind it, in both themes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal

import pytest
from browsing import ROOT
from playwright.sync_api import Browser

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(240)]

#: Words with a contrast below 4.5, as WCAG 2.2 measures it; what is disabled may have less, and so may icons.
FAINT = """() => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
  const light = (colour) => {
    const [r, g, b] = colour.map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = [];
  for (const node of document.querySelectorAll("p, span, small, code, button, label, h1, h2, h3, div, a, strong")) {
    if (![...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim())) continue;
    if (!node.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (node.closest("[disabled], [aria-disabled=true], [data-testid=stIconMaterial]")) continue;
    const grounds = [];
    let opacity = 1;
    for (let each = node; each; each = each.parentElement) {
      const style = getComputedStyle(each);
      opacity *= Number(style.opacity);
      grounds.unshift(rgba(style.backgroundColor));
    }
    const ground = grounds.reduce((below, top) => over(top, below), [255, 255, 255]);
    const ink = rgba(getComputedStyle(node).color);
    ink[3] *= opacity;
    const [dark, bright] = [light(over(ink, ground)), light(ground)].sort((one, other) => one - other);
    const contrast = (bright + 0.05) / (dark + 0.05);
    if (contrast < 4.5) faint.push(`${contrast.toFixed(2)} ${node.textContent.trim().slice(0, 40)}`);
  }
  return faint;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out(
    browser: Browser, server: str, server_folders: dict[str, Path], scheme: Literal["light", "dark"]
) -> None:
    run = server_folders["CHECKPOINTS"] / "digits-quick"
    if not run.exists():
        shutil.copytree(ROOT / "checkpoints" / "digits-quick", run)
    page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme=scheme)
    for path in ("", "?run=digits-quick", "runs", "data?dataset=digits"):
        page.goto(f"{server}/{path}")
        page.locator("[data-testid=stCaptionContainer]").first.wait_for()
        page.wait_for_timeout(2000)
        assert page.evaluate(FAINT) == [], path
    page.close()
