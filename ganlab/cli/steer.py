"""`edit`, `undo`, `rewind`, `fork`, `pause`, `unpause` and `stop`: hands on a run, whoever trains it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from ganlab.cli.changes import changes_argument, parsed, told
from ganlab.cli.folder import command_line, on_run, runs_in
from ganlab.cli.train import follow, quiet_option
from ganlab.config import check_effect, edited, with_implied
from ganlab.errors import RunError

if TYPE_CHECKING:
    from ganlab.runs import Run

_wait_option = click.option(
    "--wait",
    "wait_s",
    metavar="S",
    type=click.FloatRange(0, 3600),
    default=10.0,
    show_default=True,
    help="Seconds to wait for the process that trains the run.",
)
_train_option = click.option("--and-train", is_flag=True, help="Go on training at once.")


@click.command(
    epilog="""\b
    Examples:
      python -m ganlab edit 20261121-104300-wgan-gp lr_g=1e-4 d_steps=3
      python -m ganlab edit 20261121-104300-wgan-gp max_steps=5000""",
)
@on_run
@changes_argument(required=True)
@_wait_option
def edit(ctx: click.Context, run: Run, changes: tuple[str, ...], wait_s: float) -> None:
    """Turn knobs of a run, also while it trains.

    The process that trains it obeys at its next tick, with a snapshot first. If nobody trains the run, the values
    hold from when it goes on. What can be changed is under `train --help`; network, data and seed cannot: `fork` it.
    """
    from ganlab.runs import edit_at_rest

    wanted = parsed(changes)
    check_effect(wanted, edited(run.now, wanted))
    _steer(run, {"kind": "edit", "changes": wanted}, lambda: edit_at_rest(run, wanted), wait_s)


@click.command(
    epilog="""\b
    Examples:
      python -m ganlab undo 20261121-104300-wgan-gp""",
)
@on_run
@_wait_option
def undo(ctx: click.Context, run: Run, wait_s: float) -> None:
    """Put the values before a run's last edit back."""
    from ganlab.runs import undo_at_rest

    _steer(run, {"kind": "undo"}, lambda: undo_at_rest(run), wait_s)


@click.command(
    epilog="""\b
    Examples:
      python -m ganlab rewind 20261121-104300-wgan-gp 500
      python -m ganlab rewind 20261121-104300-wgan-gp 500 lr_g=1e-4 lr_d=1e-4 --and-train""",
)
@on_run
@click.argument("step", type=click.IntRange(min=0))
@changes_argument()
@_train_option
@_wait_option
@quiet_option
def rewind(
    ctx: click.Context,
    run: Run,
    step: int,
    changes: tuple[str, ...],
    and_train: bool,
    wait_s: float,
    quiet: bool,
) -> None:
    """Let a run go on from an earlier snapshot, perhaps with other knobs.

    STEP is one that `runs show` lists among the snapshots, or 0. Nothing is erased: the steps that are taken back
    stay in the log. A run in training goes on at once.
    """
    from ganlab.runs import rewind_at_rest
    from ganlab.runs.resume import rewound

    wanted = parsed(changes)
    check_effect(wanted, rewound(run, step, wanted)[0])
    order = {"kind": "rewind", "step": step, "changes": wanted}
    obeyed = _steer(run, order, lambda: rewind_at_rest(run, step, wanted), wait_s)
    if obeyed:
        return
    if and_train:
        follow(ctx, run, quiet=quiet)
    else:
        click.echo(f"Go on with: {command_line(ctx, 'resume', run.id)}")


@click.command(
    epilog="""\b
    Examples:
      python -m ganlab fork 20261121-104300-wgan-gp 500 --name slower lr_g=1e-4
      python -m ganlab fork 20261121-104300-wgan-gp 0 loss=hinge penalty=none max_steps=3 --and-train""",
)
@on_run
@click.argument("step", type=click.IntRange(min=0))
@changes_argument()
@click.option("--name", metavar="ID", default="", help="The new run's id.  [default: made of time and recipe]")
@_train_option
@quiet_option
def fork(
    ctx: click.Context, run: Run, step: int, changes: tuple[str, ...], name: str, and_train: bool, quiet: bool
) -> None:
    """Make a new run that goes on from a snapshot of another, perhaps with other settings.

    STEP is one that `runs show` lists among the snapshots, or 0 for new weights, where any setting may change.
    The other run is not touched, and may be in training.
    """
    from ganlab.runs import fork as make_fork
    from ganlab.runs.resume import config_from

    wanted = with_implied(parsed(changes))
    check_effect(wanted, config_from(run, step).with_changes(**wanted))
    child = make_fork(runs_in(ctx), run, step, wanted, name=name)
    if and_train:
        follow(ctx, child, quiet=quiet)
    elif quiet:
        click.echo(child.id)
    else:
        click.echo(f"Run {child.id} in {child.path}\nTrain it with: {command_line(ctx, 'resume', child.id)}")


@click.command(
    epilog="""\b
    Examples:
      python -m ganlab pause 20261121-104300-wgan-gp""",
)
@on_run
@_wait_option
def pause(ctx: click.Context, run: Run, wait_s: float) -> None:
    """Have the process that trains a run hold it in memory until it is told to go on."""
    _rest(run, "pause", "Paused", wait_s)


@click.command(
    epilog="""\b
    Examples:
      python -m ganlab unpause 20261121-104300-wgan-gp""",
)
@on_run
@_wait_option
def unpause(ctx: click.Context, run: Run, wait_s: float) -> None:
    """Let a run that is paused go on."""
    _rest(run, "unpause", "Goes on", wait_s)


@click.command(
    epilog="""\b
    Examples:
      python -m ganlab stop 20261121-104300-wgan-gp --wait 60""",
)
@on_run
@_wait_option
def stop(ctx: click.Context, run: Run, wait_s: float) -> None:
    """Have the process that trains a run end it, with a snapshot."""
    from ganlab.runs import ask_to_stop

    if not ask_to_stop(run, wait_s=wait_s):
        raise RunError(f"nobody trains run {run.id!r}, so there is nothing to stop")
    history, steps = run.history(), run.now.max_steps
    if history.ending == "finish":
        click.echo(f"Finished: {steps} steps, before it could be stopped.")
    else:
        click.echo(f"Stopped at step {history.step} of {steps}. Go on with: {command_line(ctx, 'resume', run.id)}")


def _rest(run: Run, kind: str, done: str, wait_s: float) -> None:
    from ganlab.runs import ask

    answer = ask(run, {"kind": kind}, wait_s=wait_s) if run.held_elsewhere() else None
    if answer is None:
        raise RunError(f"nobody trains run {run.id!r}, so there is nothing to {kind}")
    click.echo(f"{done} at step {answer['step']} of {run.now.max_steps}.")


def _steer(run: Run, order: Mapping[str, Any], at_rest: Callable[[], None], wait_s: float) -> bool:
    """Have it done by whoever trains the run, else do it here, and tell what it came to.

    Returns whether it was done elsewhere. Raises RunError, ConfigError: refused.
    """
    from ganlab.runs import ask

    answer = ask(run, order, wait_s=wait_s) if run.held_elsewhere() else None
    if answer is None:
        at_rest()
        made = run.history().edits[-1]
        _tell(made.step, made.changes)
    else:
        _tell(int(answer["step"]), answer["changes"])
    return answer is not None


def _tell(step: int, changes: Mapping[str, tuple[Any, Any]]) -> None:
    click.echo(f"step {step:,}: {told(changes) or 'no setting changes'}")
