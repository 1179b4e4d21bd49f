"""What the theme in .streamlit/config.toml cannot say: the icon and a few spaces."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

#: A file of our own: an icon by name would be fetched from the internet.
ICON = str(Path(__file__).parent / "icon.png")
LOGO = str(Path(__file__).parent / "logo.svg")

_CSS = """
<style>
[data-testid="stMainBlockContainer"] { padding: 3.75rem 2.25rem 3rem; }
[data-testid="stSidebarUserContent"] { padding-top: 0.5rem; }
img.ganlab-picture { image-rendering: pixelated; width: 100%; display: block; border-radius: 6px; }
</style>
"""


def draw_style() -> None:
    """Once per page run."""
    st.logo(LOGO, size="large", icon_image=ICON)
    st.html(_CSS)
