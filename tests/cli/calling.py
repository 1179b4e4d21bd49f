"""What the tests of the command line share: how they call it, and a run to call it on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from tiny import fresh, tiny

from ganlab.cli.root import cli
from ganlab.runs import Run, Runs
from ganlab.training.batches import Batches
from ganlab.training.loop import one_step

#: A training of milliseconds; given last, since of a repeated option the last counts.
QUICK = (
    *("--width", "4", "--z-dim", "3", "--batch-size", "5"),
    *("--max-steps", "3", "--preview-count", "2", "--device", "cpu"),
)


def call(*words: str, stdin: str | None = None) -> Result:
    """The command line in this process. What it does not expect itself fails the test."""
    result = CliRunner().invoke(cli, words, input=stdin, prog_name="python -m ganlab")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.stderr
    return result


def refusal(*words: str, exit_code: int) -> str:
    """The one sentence on stderr of a call that fails, without its 'Error: '."""
    result = call(*words)
    assert result.exit_code == exit_code, result.output
    assert result.stderr.startswith("Error: "), result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr.removeprefix("Error: ").rstrip()


def a_run(checkpoints: Path, name: str = "20261121-104300-wgan-gp", *, step: int = 500, **changes: Any) -> Run:
    """A run that was stopped one step before its last."""
    config = tiny(recipe="wgan-gp", max_steps=step + 1, **changes)
    run = Runs(checkpoints).create(config)
    data, state = fresh(config)
    one_step(state, Batches(data, state))
    state.step = step
    run.log("start", time=0.0, step=0, device="CPU")
    run.log("tick", step=step, seconds=1.5, images=10, series={"loss_d": [-3.25] * step, "loss_g": [0.5] * step})
    run.save_snapshot(step, state.to_tensors())
    run.log("stop", time=1.5, step=step)
    run.path.rename(checkpoints / name)
    return Runs(checkpoints).get(name)
