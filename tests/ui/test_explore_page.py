"""What the Explore page's own script says; what moves on it is tested in a browser."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from ganlab.ui import explore
from ganlab.ui.lab import Lab


@pytest.fixture
def page() -> AppTest:
    def script() -> None:
        from ganlab.ui import explore

        explore.page()

    return AppTest.from_function(script, default_timeout=30)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The generators that the component is asked to show."""
    sources: list[str] = []
    monkeypatch.setattr(explore, "explore", lambda *, source, token, key, active: sources.append(source))
    return sources


def test_an_empty_lab_says_what_to_do(page: AppTest, fresh_lab: Lab) -> None:
    page.run()
    assert not page.exception
    assert "**Train** page first" in page.info[0].value


def test_a_run_is_shown(page: AppTest, finished: str, shown: list[str]) -> None:
    page.run()
    assert not page.exception
    assert shown == [finished]


def test_a_run_without_snapshots_says_when_one_comes(page: AppTest, fresh_lab: Lab, finished: str) -> None:
    (fresh_lab.runs.root / finished / "snapshots" / "000006.safetensors").unlink()
    page.run()
    assert not page.exception
    assert "No snapshot yet" in page.info[0].value


def test_a_dropped_in_file_is_shown_instead(page: AppTest, fresh_lab: Lab, finished: str, shown: list[str]) -> None:
    content = fresh_lab.runs.get(finished).snapshot_path(6).read_bytes()
    page.run()
    page.file_uploader[0].set_value(("mine.safetensors", content, "application/octet-stream")).run()
    assert not page.exception
    assert not page.error
    assert shown[-1].startswith("file:")
    assert (page.text_input[0].value, page.text_input[0].disabled) == ("mine.safetensors", True)
    assert not page.selectbox, "no run is named beside a file"
    page.file_uploader[0].set_value([]).run()
    assert (page.selectbox[0].value, shown[-1]) == (finished, finished)


def test_a_file_that_is_no_snapshot_is_refused_in_one_sentence(page: AppTest, finished: str, shown: list[str]) -> None:
    page.run()
    page.file_uploader[0].set_value(("mine.safetensors", b"\x80\x04broken", "application/octet-stream")).run()
    assert not page.exception
    assert "mine.safetensors is damaged" in page.error[0].value
    assert shown[-1] == finished, "the page stays as it was"
