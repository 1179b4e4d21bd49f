"""The row of a run in progress, which moves by itself."""

from __future__ import annotations

from streamlit.components.v2 import component

from ganlab.status import StateName
from ganlab.ui.browser import entry, nothing, styles

_row = component(
    "ganlab_row",
    css=styles("prelude.css", "row.css"),
    js=entry("runs/row.js"),
    isolate_styles=False,
)


def live_row(*, run_id: str, token: str, state: StateName) -> None:
    """Draw progress, losses and time left of a run, renewed once a second without a rerun of the page.

    token: this process's, sent with every request. state: as the page knows it; the page is rerun when it is another.
    """
    data = {"run_id": run_id, "token": token, "state": state}
    _row(key=f"row of {run_id}", data=data, on_changed_change=nothing, on_restarted_change=nothing)
