"""The page script that Streamlit runs, again for each page and each change."""

from __future__ import annotations

from ganlab.ui.late import whole_app

whole_app().draw()
