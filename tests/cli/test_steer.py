"""Hands on a run from the command line: in training elsewhere, in training here, and at rest."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from calling import QUICK, a_run, call, refusal
from tiny import differing

import ganlab.cli.train
import ganlab.runs
from ganlab.alarms import Alarm, Remedy
from ganlab.cli.changes import edit_line, parsed, told, typed
from ganlab.cli.progress import Silence
from ganlab.config import KNOBS, TrainConfig
from ganlab.errors import ConfigError
from ganlab.runs import REST_S, Driver, Edit, Run, Runs, driving, edit_at_rest, orders
from ganlab.training import Tick

pytestmark = pytest.mark.usefixtures("made_up_data")

RUN = "20261121-104300-wgan-gp"


class Hearing(Silence):
    """Keeps what is said beside the steps, and does something at a step."""

    def __init__(self, at: dict[int, Callable[[], object]]) -> None:
        self.said: list[str] = []
        self._at = at

    def say(self, sentence: str) -> None:
        self.said.append(sentence)

    def tick(self, tick: Tick) -> None:
        self._at.pop(tick.step, lambda: None)()


@pytest.fixture
def hearing(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[int, Callable[[], object]]], Hearing]:
    def put(at: dict[int, Callable[[], object]]) -> Hearing:
        report = Hearing(at)
        monkeypatch.setattr(ganlab.runs, "driving", partial(driving, tick_s=0))
        monkeypatch.setattr(ganlab.cli.train, "reporter", lambda *, quiet: report)
        return report

    return put


@contextmanager
def trained_elsewhere(checkpoints: Path) -> Iterator[Run]:
    """A run that another process trains, past its first step."""
    command = [sys.executable, "-m", "ganlab", "train", *QUICK, "--max-steps", "1000000"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        assert next(line for line in process.stderr if line.startswith("step "))
        (run,) = Runs(checkpoints).all()
        yield run
        process.wait(10)
    finally:
        process.kill()
        process.communicate()


def test_a_run_in_training_elsewhere_is_edited_undone_rewound_and_stopped(checkpoints: Path):
    with trained_elsewhere(checkpoints) as run:
        told = call("edit", run.id, "lr_g=3e-4", "d-steps=3")
        assert re.fullmatch(r"step [\d,]+: d_steps 5 → 3, lr_g 0.001 → 0.0003\n", told.stdout), told.output
        assert (run.now.lr_g, run.now.d_steps) == (3e-4, 3)
        assert "lr_g must be greater than 0, got 0" in refusal("edit", run.id, "lr_g=0", exit_code=2)
        assert "network is fixed while a run trains" in refusal("edit", run.id, "network=mlp", exit_code=2)
        assert call("undo", run.id).stdout.endswith("d_steps 3 → 5, lr_g 0.0003 → 0.001\n")
        assert "has no edit to undo" in refusal("undo", run.id, exit_code=1)
        assert "no snapshot of step 999999" in refusal("rewind", run.id, "999999", exit_code=1)
        edited_at = run.snapshot_steps()[0]
        back = call("rewind", run.id, str(edited_at), "lr_d=3e-4", "--and-train")
        assert back.stdout.startswith(f"step {edited_at:,}: ")
        assert "lr_d 0.001 → 0.0003" in back.stdout
        paused = call("pause", run.id).stdout
        assert re.fullmatch(r"Paused at step \d+ of 1000000\.\n", paused)
        assert "is paused already" in refusal("pause", run.id, exit_code=1)
        step = run.history().step
        assert "d_steps" in call("edit", run.id, "d-steps=2").stdout, "while it rests as well"
        time.sleep(3 * REST_S)
        assert run.history().step == step
        assert call("unpause", run.id).stdout == f"Goes on at step {step} of 1000000.\n"
        assert "is not paused" in refusal("unpause", run.id, exit_code=1)
        call("pause", run.id)
        stopped = call("stop", run.id)
        assert re.match(rf"Stopped at step \d+ of 1000000\. Go on with: .* resume {run.id}", stopped.stdout)
    assert run.history().ending == "stop"
    assert run.snapshot_steps()[-1] == run.history().step
    for order in ("pause", "unpause", "stop"):
        assert "nobody trains run" in refusal(order, run.id, exit_code=1)


def test_a_refusal_is_the_same_whether_another_process_trains_the_run_or_nobody(checkpoints: Path):
    refused = {"edit lr_g=nan": 2, "edit lr_g=-inf": 2, "edit label_smoothing=0.1": 2}
    refused |= {"edit lr_g=0": 2, "edit network=mlp": 2, "edit lr_x=1": 2, "undo": 1, "rewind 999999": 1}

    def refusals(run: Run) -> list[str]:
        said = []
        for order, exit_code in refused.items():
            command, *words = order.split()
            said.append(refusal(command, run.id, *words, exit_code=exit_code))
        return said

    with trained_elsewhere(checkpoints) as run:
        elsewhere = refusals(run)
        call("stop", run.id)
    assert elsewhere[0] == "lr_g must be a finite number, got nan"
    assert [sentence.partition(":")[0] for sentence in elsewhere] == [
        sentence.partition(":")[0] for sentence in refusals(run)
    ]


def test_where_nobody_answers_the_order_is_withdrawn(checkpoints: Path):
    run = a_run(checkpoints)
    with run.locked():
        sentence = refusal("edit", RUN, "lr_g=1e-3", "--wait", "0.1", exit_code=1)
        assert sentence.endswith("did not answer within 0.1 s: the order was withdrawn")
        sentence = refusal("stop", RUN, "--wait", "0.1", exit_code=1)
        assert sentence.endswith("did not stop within 0.1 s: the order was withdrawn")
    assert orders.take(run.orders_folder) == []
    assert not run.history().edits


def test_resume_says_which_order_was_lost_with_the_process_before(checkpoints: Path):
    run = a_run(checkpoints)
    orders.send(run.orders_folder, {"kind": "edit", "changes": {"lr_g": 1e-3}})
    result = call("resume", RUN)
    assert result.exit_code == 0
    assert result.stderr.count("Note: the order 'edit lr_g=0.001' was left to a process that ended") == 1
    assert run.now.lr_g == 2e-4


def test_a_run_at_rest_is_edited_undone_and_rewound_here(checkpoints: Path):
    run = a_run(checkpoints)
    assert call("edit", RUN, "lr_g=1e-3").stdout == "step 500: lr_g 0.0002 → 0.001\n"
    assert call("undo", RUN).stdout == "step 500: lr_g 0.001 → 0.0002\n"
    assert "lr_g already stands so" in refusal("edit", RUN, "lr_g=2e-4", exit_code=2)
    assert "unknown setting 'lr_x': did you mean 'lr_" in refusal("edit", RUN, "lr_x=2e-4", exit_code=2)
    assert "'lr_g' is no change of a setting" in refusal("edit", RUN, "lr_g", exit_code=2)
    told = call("rewind", RUN, "0", "lr_d=1e-3")
    assert told.stdout == f"step 0: lr_d 0.0002 → 0.001\nGo on with: python -m ganlab resume {RUN}\n"
    assert (run.now.lr_d, run.history().step) == (1e-3, 0)


def test_a_change_without_effect_is_refused_with_what_it_needs(checkpoints: Path):
    run = a_run(checkpoints)
    for command in (["edit", RUN], ["rewind", RUN, "500"], ["fork", RUN, "0"]):
        said = refusal(*command, "label_smoothing=0.1", exit_code=2)
        assert said.startswith("label_smoothing has no effect with loss 'wasserstein': leave it out, or choose loss ")
    assert [each.id for each in Runs(checkpoints).all()] == [run.id] and not run.history().edits
    assert call("edit", RUN, "label_smoothing=0.1", "loss=non-saturating").exit_code == 0
    assert call("edit", RUN, "loss=hinge").exit_code == 0, "what stands already is nobody's wish"
    assert call("undo", RUN).exit_code == 0
    assert call("undo", RUN).exit_code == 0, "an undo may put back what then has no effect"


def test_an_order_says_what_no_number_is(checkpoints: Path):
    run = a_run(checkpoints)
    orders.send(
        run.orders_folder, {"kind": "edit", "changes": {"lr_g": float("nan"), "lr_d": float("-inf"), "seed": 1}}
    )
    ((_, order),) = orders.take(run.orders_folder)
    assert order["changes"] == {"lr_g": "nan", "lr_d": "-inf", "seed": 1}


def test_a_rewind_and_a_fork_may_train_at_once(checkpoints: Path):
    run = a_run(checkpoints)
    told = call("rewind", RUN, "500", "max_steps=502", "--and-train", "--quiet")
    assert (told.exit_code, run.history().step, run.history().ending) == (0, 502, "finish")
    forked = call("fork", RUN, "500", "lr_g=1e-3", "max_steps=502", "--name", "other", "--and-train")
    assert forked.exit_code == 0, forked.output
    other = Runs(checkpoints).get("other")
    assert (other.config.lr_g, other.history().step, other.history().ending) == (1e-3, 502, "finish")
    assert differing(other.load_snapshot(502), run.load_snapshot(502))
    assert "there is a run 'other' already" in refusal("fork", RUN, "500", "--name", "other", exit_code=1)
    assert "width cannot change at step 500" in refusal("fork", RUN, "500", "width=5", exit_code=2)
    waiting = call("fork", RUN, "0", "width=5", "--quiet").stdout.strip()
    assert Runs(checkpoints).get(waiting).config.width == 5
    assert not Runs(checkpoints).get(waiting).history().begun


def test_more_steps_for_a_finished_run(checkpoints: Path):
    run = a_run(checkpoints)
    assert call("resume", RUN).exit_code == 0
    assert "has done step 501: choose more" in refusal("resume", RUN, "--max-steps", "501", exit_code=2)
    told = call("resume", RUN, "--max-steps", "503")
    assert told.exit_code == 0, told.output
    assert "Finished: 503 steps" in told.stdout
    assert run.history().step == run.now.max_steps == 503


def test_who_trains_echoes_what_was_done_from_elsewhere_and_obeys_a_stop(
    checkpoints: Path, hearing: Callable[..., Hearing]
):
    run = a_run(checkpoints)
    edit_at_rest(run, {"max_steps": 1000})

    def send(**order: object) -> Callable[[], object]:
        return lambda: orders.send(run.orders_folder, order)

    report = hearing(
        {
            502: send(kind="edit", changes={"lr_g": 1e-3}),
            503: send(kind="rewind", step=500),
            505: send(kind="stop"),
        }
    )
    result = call("resume", RUN)
    said = [line for line in report.said if not line.startswith("Alarm")]
    assert said == ["step 502: edited lr_g 0.0002 → 0.001", "step 500: gone back to here"]
    assert result.exit_code == 130
    assert result.stderr.startswith("Stopped at step 505 of 1000 by an order from elsewhere. Go on with: ")
    assert run.history().ending == "stop"


def test_an_alarm_is_said_once_with_what_to_type(
    checkpoints: Path, hearing: Callable[..., Hearing], monkeypatch: pytest.MonkeyPatch
):
    run = a_run(checkpoints)
    edit_at_rest(run, {"max_steps": 504})
    remedy = Remedy("Slower", "rewind", {"lr_g": 1e-5, "classes": ("0", "1"), "flip": True}, 500)
    alarm = Alarm("d-wins", "D wins", "It is too strong.", "loss_d was 0.00 at step 502.", 502, (remedy,))
    monkeypatch.setattr(Driver, "alarms", property(lambda self: (alarm,) if self.state.step >= 502 else ()))
    report = hearing({})
    assert call("resume", RUN, "--checkpoints", str(checkpoints)).exit_code == 0
    (line,) = report.said
    assert line == (
        "Alarm at step 502: D wins. loss_d was 0.00 at step 502. Try: python -m ganlab rewind "
        f"{run.id} 500 lr_g=1e-05 classes=0,1 flip=true --and-train --checkpoints {checkpoints}"
    )


def test_a_run_that_diverges_says_how_to_go_on(checkpoints: Path, monkeypatch: pytest.MonkeyPatch):
    a_run(checkpoints)
    edit_at_rest(Runs(checkpoints).get(RUN), {"max_steps": 600, "lr_g": 0.9, "lr_d": 0.9})

    def poison(state: object, batches: object) -> None:
        raise ganlab.TrainingError("loss_d was not a number at step 501")

    monkeypatch.setattr("ganlab.training.loop.one_step", poison)
    result = call("resume", RUN)
    assert result.exit_code == 1
    *_, alarm, error = result.stderr.splitlines()
    assert alarm.startswith("Alarm at step 500: The training diverged. ")
    assert f"Try: python -m ganlab fork {RUN} 0 lr_d=0.45 lr_g=0.45 --and-train" in alarm
    assert error == "Error: loss_d was not a number at step 501"


def test_changes_are_read_as_they_are_typed():
    config = TrainConfig()
    values = {name: getattr(config, name) for name in KNOBS}
    assert config.with_changes(**parsed(typed(values))) == config
    assert parsed(["lr-g = 1e-4", "lr_g=2e-4"]) == {"lr_g": 2e-4}
    with pytest.raises(ConfigError, match="'=3' is no change of a setting"):
        parsed(["=3"])


def test_what_was_done_is_told_in_a_line():
    changes = {"lr_g": (2e-4, 1e-4), "flip": (False, True)}
    assert told(changes) == "lr_g 0.0002 → 0.0001, flip false → true"
    assert edit_line(Edit(1234, "edit", changes)) == "step 1,234: edited lr_g 0.0002 → 0.0001, flip false → true"
    assert edit_line(Edit(500, "rewind", {})) == "step 500: gone back to here"
