"""What the theme in .streamlit/config.toml cannot say: the icon and a few spaces."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

#: A file of our own: an icon by name would be fetched from the internet.
ICON = str(Path(__file__).parent / "icon.png")

_CSS = """
<style>
[data-testid="stMainBlockContainer"] { padding-top: 3.5rem; }
[data-testid="stSidebarUserContent"] { padding-top: 0.5rem; }
img.ganlab-picture { image-rendering: pixelated; width: 100%; display: block; border-radius: 6px; }
</style>
"""


def draw_style() -> None:
    """Once per page run."""
    st.html(_CSS)
