"""The row of a run in progress, which moves by itself."""

from __future__ import annotations

from pathlib import Path

from streamlit.components.v2 import component

from ganlab.status import StateName

_FOLDER = Path(__file__).parent / "components"


def _joined(*names: str) -> str:
    return "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in names)


_row = component(
    "ganlab_row",
    css=_joined("prelude.css", "row.css"),
    js=_joined("prelude.js", "row.js"),
    isolate_styles=False,
)


def live_row(*, run_id: str, token: str, state: StateName) -> None:
    """Draw progress, losses and time left of a run, renewed once a second without a rerun of the page.

    token: this process's, sent with every request. state: as the page knows it; the page is rerun when it is another.
    """
    _row(key=f"row of {run_id}", data={"run_id": run_id, "token": token, "state": state}, on_changed_change=_nothing)


def _nothing() -> None:
    """Streamlit hands on only the values that have a callback."""
