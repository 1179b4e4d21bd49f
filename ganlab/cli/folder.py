"""The option that names the folder of the runs, and the runs in it."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ganlab.paths import given_path

if TYPE_CHECKING:
    from ganlab.runs import Runs

_KEY = "ganlab.checkpoints"


def _remember(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.meta[_KEY] = value


def checkpoints_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--checkpoints DIR`; what it was given is found by `runs_in`, also in a subcommand."""
    return click.option(
        "--checkpoints",
        metavar="DIR",
        expose_value=False,
        callback=_remember,
        help="Folder of the runs.  [default: $GANLAB_CHECKPOINTS or checkpoints]",
    )(command)


def on_run(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds RUN and `--checkpoints DIR`; the command is called with its context and the run that was named."""

    @functools.wraps(command)
    def find(ctx: click.Context, run_id: str, **given: Any) -> Any:
        return command(ctx, runs_in(ctx).get(run_id), **given)

    return click.argument("run_id", metavar="RUN")(checkpoints_option(click.pass_context(find)))


def runs_in(ctx: click.Context) -> Runs:
    """The runs of the folder that was named, or of the usual one."""
    from ganlab.runs import Runs

    chosen = ctx.meta.get(_KEY)
    return Runs(None if chosen is None else given_path(chosen, "--checkpoints"))


def command_line(ctx: click.Context, *words: str) -> str:
    """What to type for another command on the same folder."""
    chosen = ctx.meta.get(_KEY)
    return shlex.join(["python", "-m", "ganlab", *words, *([] if chosen is None else ["--checkpoints", chosen])])
