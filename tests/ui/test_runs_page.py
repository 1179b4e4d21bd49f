"""The Runs page: what it lists, and what its buttons do."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager

import click
import numpy as np
import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from ganlab.cli.root import cli
from ganlab.config import TrainConfig
from ganlab.runs import Run
from ganlab.ui import runs_rows
from ganlab.ui.lab import Lab
from ganlab.ui.routes import routes
from ganlab.ui.runs import PAGE_SIZE
from ganlab.ui.runs_actions import commands_of
from ganlab.ui.runs_rows import facts_of, rows_of, time_words
from ganlab.ui.style import escaped


def runs_page() -> AppTest:
    """The page as main.py draws it; `at` of the session says which one is looked at."""

    def script() -> None:
        import streamlit as st

        from ganlab.ui import runs

        title = st.session_state.get("at", "Runs")
        runs.leave(title)
        if title == "Runs":
            runs.page()

    return AppTest.from_function(script, default_timeout=30)


def button(page: AppTest, label: str, run_id: str = ""):
    return next(each for each in page.button if each.label == label and (each.key or "").endswith(run_id))


@contextmanager
def chosen(run_id: str, option: str) -> Iterator[None]:
    """While a row's menu says this. AppTest knows no menus, and reruns the page where the app reruns its dialog."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(st, "menu_button", lambda *_, key, **__: option if key == f"more {run_id}" else None)
        yield


def titles(page: AppTest) -> list[str]:
    return [each.value for each in page.markdown if each.value.startswith("**")]


@pytest.fixture
def many(fresh_lab: Lab, tiny: TrainConfig) -> list[Run]:
    """Finished, stopped and failed runs, the newest last."""
    made = []
    for number in range(PAGE_SIZE + 5):
        run = fresh_lab.runs.create(tiny.with_changes(seed=number), name=f"run-{number:02}")
        run.log("start", time=0.0, step=0, device="CPU")
        run.log("tick", step=1, seconds=90.0, images=8, series={"loss_d": [-1.5], "loss_g": [0.25]})
        run.save_sample(1, np.full((4, 16, 16, 1), number, np.uint8))
        run.log(
            ("finish", "stop", "fail")[number % 3], time=1.0, step=1, message="" if number % 3 < 2 else "it *broke*"
        )
        made.append(run)
    return made


@pytest.fixture
def queued(fresh_lab: Lab, tiny: TrainConfig) -> Iterator[list[str]]:
    """One run in training, or about to be, and two behind it."""
    yield [fresh_lab.service.start(tiny.with_changes(max_steps=100_000)) for _ in range(3)]
    assert fresh_lab.service.close()


def test_an_empty_list_says_what_to_do(fresh_lab: Lab) -> None:
    page = runs_page().run()
    assert not page.exception
    assert "open the **Train** page and press **Start**" in page.info[0].value


def test_a_row_says_what_is_known(fresh_lab: Lab, finished: str) -> None:
    fresh_lab.runs.get(finished).rename("My *first* <b>run</b>")
    fresh_lab.runs.get(finished).annotate("See http://here")
    page = runs_page().run()
    assert not page.exception
    assert r"**My \*first\* \<b\>run\<\/b\>**" in titles(page)[0].replace("/", r"\/")
    assert ":blue-badge[Finished]" in titles(page)[0]
    (row,) = rows_of(fresh_lab)
    facts = facts_of(row).replace("\u00a0", " ")
    assert facts.startswith("step 6 of 6 · critic loss ")
    for part in ("generator loss", "trained", "1 snapshot", "B"):
        assert part in facts
    assert any("http" in each.value for each in page.caption)
    assert any('src="data:image/webp;base64,' in each.proto.body for each in page.get("html"))
    assert "1 run  ·" in page.markdown[0].value and "free" in page.markdown[0].value


def test_the_newest_come_first_a_page_at_a_time(many: list[Run]) -> None:
    page = runs_page().run()
    assert not page.exception
    assert len(titles(page)) == PAGE_SIZE
    assert sorted({row.run.id for row in rows_of_lab()}) == sorted(run.id for run in many)


def rows_of_lab() -> list[runs_rows.Row]:
    from ganlab.ui.lab import lab

    return rows_of(lab())


def test_words_and_states_narrow_the_list(many: list[Run]) -> None:
    many[4].rename("Lower learning rate")
    page = runs_page().run()
    page.text_input(key="runs filter").set_value("RATE lower").run()
    assert len(titles(page)) == 1 and "Lower learning rate" in titles(page)[0]
    page.text_input(key="runs filter").set_value("digits").run()
    assert len(titles(page)) == PAGE_SIZE
    page.session_state["runs states"] = ["failed"]
    page.run()
    assert not page.exception
    assert all("red-badge[Failed]" in title for title in titles(page))
    assert len(titles(page)) == len(many) // 3
    assert any("It \\*broke\\*" in each.value for each in page.markdown)
    page.text_input(key="runs filter").set_value("nothing like it").run()
    assert "No run fits" in page.info[0].value


def test_a_run_is_not_looked_through_again_until_it_changes(many: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    before = {row.run.id: row.size_bytes for row in rows_of_lab()}
    asked: list[str] = []
    size_bytes = Run.size_bytes
    monkeypatch.setattr(Run, "size_bytes", lambda self: (asked.append(self.id), size_bytes(self))[1])
    assert {row.run.id: row.size_bytes for row in rows_of_lab()} == before
    assert not asked
    many[3].annotate("changed")
    many[5].save_sample(1, np.zeros((9, 16, 16, 1), np.uint8))
    rows = {row.run.id: row for row in rows_of_lab()}
    assert sorted(asked) == [many[3].id, many[5].id]
    assert rows[many[3].id].note == "changed"


def test_a_deleted_run_can_be_brought_back_until_the_page_is_left(many: list[Run], fresh_lab: Lab) -> None:
    page = runs_page().run()
    run_id = many[-1].id
    fresh_lab.runs.delete(many[0].id)  # by another tab or the command line
    with chosen(run_id, "Delete"):
        page.run()
    assert not page.exception
    assert len(fresh_lab.runs.all()) == len(many) - 2
    assert "gone for good when you leave this page" in "".join(titles(page) + [each.value for each in page.markdown])
    button(page, "Undo", run_id).click().run()
    assert len(fresh_lab.runs.all()) == len(many) - 1
    with chosen(run_id, "Delete"):
        page.run()
    page.session_state["at"] = "Train"
    page.run()
    assert fresh_lab.runs.deleted() == (many[0].id,), "another tab's can still be brought back there"
    page.session_state["at"] = "Runs"
    page.run()
    assert not [each for each in page.button if each.label == "Undo"]


def test_a_name_and_a_note_are_given(many: list[Run]) -> None:
    with chosen(many[-1].id, "Name and note"):
        page = runs_page().run()
        page.text_input[1].set_value("Sharper")
        page.text_area[0].set_value("lr halved")
        button(page, "Save").click().run()
    assert not page.exception
    assert (many[-1].title, many[-1].history().note) == ("Sharper", "lr halved")


def test_a_long_name_and_a_long_note_are_cut_with_the_rest_on_demand(many: list[Run]) -> None:
    name, note = "A name " * 13, "A word of the note. " * 300
    many[-1].rename(name)
    many[-1].annotate(note)
    page = runs_page().run()
    (title,) = [each for each in page.markdown if each.value.startswith("**A name")]
    assert len(title.value.partition("**  ")[0]) <= 65 and title.help == name.strip()
    (folded,) = [each for each in page.expander if each.label.startswith("A word")]
    assert len(folded.label.replace("\\", "")) <= 121 and folded.text[0].value == note.strip()
    many[-1].annotate("short")
    assert not [each for each in runs_page().run().expander if each.label.startswith("A word")]


def test_the_commands_shown_are_commands(many: list[Run]) -> None:
    with chosen(many[-1].id, "Commands"):
        page = runs_page().run()
    assert {each.value for each in page.code} == set(commands_of(many[-1].id))
    for line in commands_of(many[-1].id):
        *_, ganlab, name = shlex.split(line)[:4]
        assert ganlab == "ganlab"
        command = cli.commands[name]
        assert isinstance(command, click.Command)
        assert many[-1].id in line


def test_a_run_behind_a_paused_one_says_so_and_ends_the_wait(queued: list[str], fresh_lab: Lab) -> None:
    first, second, _ = queued
    assert fresh_lab.service.wait(first, "training", timeout_s=60)
    fresh_lab.service.pause(first)
    assert fresh_lab.service.wait(first, "paused", timeout_s=60)
    page = runs_page().run()
    assert not page.exception
    assert sum(f"({escaped(first)}), which is paused." in each.value for each in page.caption) == 2
    button(page, "Resume it", second).click().run()
    assert fresh_lab.service.wait(first, "training", timeout_s=60)
    assert not any(each.label == "Resume it" for each in page.run().button)


def test_a_slimmed_run_is_for_exploring_only(fresh_lab: Lab, finished: str) -> None:
    fresh_lab.runs.get(finished).slim()
    with chosen(finished, "Commands"):
        page = runs_page().run()
    assert not page.exception
    (row,) = rows_of(fresh_lab)
    assert "for exploring only" in facts_of(row).replace("\u00a0", " ")
    assert not any(" resume " in each.value for each in page.code)
    assert any(" walk " in each.value for each in page.code)


def test_the_queue_is_reordered_and_cancelled(queued: list[str], fresh_lab: Lab) -> None:
    assert fresh_lab.service.wait(queued[0], "training", timeout_s=60)
    page = runs_page().run()
    assert not page.exception
    assert "Queued, number 2" in "".join(titles(page))
    next(each for each in page.button if each.key == f"Earlier {queued[2]}").click().run()
    assert fresh_lab.service.queue() == (queued[2], queued[1])
    button(page, "Cancel", queued[1]).click().run()
    assert fresh_lab.service.queue() == (queued[2],)
    button(page, "Stop", queued[0]).click().run()
    assert fresh_lab.service.wait(queued[0], "stopped", timeout_s=60)
    page.run()
    button(page, "Resume", queued[0]).click().run()
    assert not page.exception
    assert queued[0] in fresh_lab.service.active()


def test_what_cannot_be_done_is_said(many: list[Run], fresh_lab: Lab) -> None:
    page = runs_page().run()
    run_id = next(run.id for run in reversed(many) if run.history().ending == "stop")
    (many[-1].path.parent / run_id / "snapshots" / "000001.safetensors").write_bytes(b"no")
    many[[run.id for run in many].index(run_id)].log("snapshot", step=1, file="000001.safetensors")
    button(page.run(), "Resume", run_id).click().run()
    assert not page.exception
    assert "000001.safetensors" in page.error[0].value


def test_a_row_in_progress_is_told_what_moves(queued: list[str], fresh_lab: Lab) -> None:
    assert fresh_lab.service.wait(queued[0], "training", timeout_s=60)
    client = TestClient(Starlette(routes=routes()), base_url="http://localhost")
    path = f"/ganlab/runs/{queued[0]}/pulse"
    assert client.get(path).status_code == 401
    told = client.get(path, headers={"X-Ganlab-Token": fresh_lab.token}).json()
    assert (told["state"], told["live"], told["max_steps"]) == ("training", True, 100_000)
    assert told["facts"].startswith("step")
    assert client.get("/ganlab/runs/nothing/pulse", headers={"X-Ganlab-Token": fresh_lab.token}).status_code == 404


def test_words_of_time_and_markdown() -> None:
    assert [time_words(seconds) for seconds in (0.2, 59, 100, 7800)] == ["1 s", "59 s", "2 min", "2 h 10 min"]
    assert escaped("a*b :red[c] $x$") == r"a\*b \:red\[c\] \$x\$"
