"""What the theme in .streamlit/config.toml cannot say: icon, spaces, square pixels, focus, commas in numbers."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence
from pathlib import Path

import streamlit as st

from ganlab.export.browser import one_script

#: A file of our own: an icon by name would be fetched from the internet.
ICON = str(Path(__file__).parent / "icon.png")
LOGO = str(Path(__file__).parent / "logo.svg")

#: The accent of .streamlit/config.toml in a tint that reads on both backgrounds, for what a theme cannot reach.
ACCENT = "#0e857b"

_CSS = """
<style>
[data-testid="stMainBlockContainer"] { padding: 3.75rem 2.25rem 3rem; }
[data-testid="stSidebarUserContent"] { padding-top: 0.5rem; }
[data-testid="stSidebar"]:not(:has([data-testid="stElementContainer"])) { display: none; } /* left by another page */
[data-testid="stElementContainer"]:has(.stHtml > script) { display: none; }
img.ganlab-picture { image-rendering: pixelated; width: 100%; display: block; border-radius: 6px; }
:is([data-testid="stTopNavLink"], [data-testid="stPageLink"] a):focus-visible { outline: 2px solid currentColor; }
[data-testid="stMain"]:focus-visible { outline: 2px solid currentColor; outline-offset: -2px; }
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] * { color: inherit !important; }
[data-testid="stTopNavLink"] * { color: inherit; }
[data-testid="stCaptionContainer"] { opacity: 0.78 !important; }
[class*="st-key-run-"] > :nth-child(2) { flex-basis: min(18rem, 45vw); }
.ganlab-recipe { display: flex; gap: 0.75rem; align-items: center; min-height: 4.5rem; }
.ganlab-recipe > div { display: flex; flex-direction: column; line-height: 1.35; }
.ganlab-recipe small { opacity: 0.8; }
.ganlab-card-picture { flex: none; width: 72px; height: 72px; border-radius: 6px; object-fit: cover; }
.ganlab-card-picture { background: rgba(128, 128, 128, 0.15); image-rendering: pixelated; }
</style>
"""


def draw_style() -> None:
    """Once per page run."""
    st.logo(LOGO, size="large", icon_image=ICON)
    st.html(_CSS)
    scripts = one_script("export/browser/commas.js", "ui/browser/base/links_first.js")
    st.html(f"<script>{scripts}</script>", unsafe_allow_javascript=True)


def draw_picture(png: bytes, label: str) -> None:
    """A PNG as wide as its place, each pixel a square; `label` is read to those who cannot see it."""
    data = base64.b64encode(png).decode()
    st.html(f'<img class="ganlab-picture" alt="{html.escape(label)}" src="data:image/png;base64,{data}">')


def escaped(text: str) -> str:
    """Text as markdown that shows it as it is."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>()#+-.!|:$~&" else letter for letter in text)


def table_of(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in markdown. Streamlit's own loads pandas first, for half a second, and is not read out."""
    lines = [titles, ["---"] * len(titles), *(map(escaped, row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
