"""The root command, and the one place where errors become a sentence and an exit code."""

from __future__ import annotations

import io
import signal
import sys
import traceback
from typing import Any

import click

from ganlab.cli.bench import bench
from ganlab.cli.data import data
from ganlab.cli.directions import directions
from ganlab.cli.evaluate import evaluate
from ganlab.cli.experiment import compare, experiment
from ganlab.cli.export import export
from ganlab.cli.invert import invert
from ganlab.cli.neighbours import neighbours
from ganlab.cli.recipes import recipes
from ganlab.cli.runs import runs
from ganlab.cli.sample import sample
from ganlab.cli.steer import edit, fork, pause, rewind, stop, undo, unpause
from ganlab.cli.summary import summary
from ganlab.cli.train import resume, train
from ganlab.cli.walk import walk
from ganlab.errors import ConfigError, GanlabError
from ganlab.version import VERSION


class _WrongSettingsError(click.ClickException):
    """What was asked for cannot be: one sentence on stderr, like any wrong usage."""

    exit_code = 2


class _Root(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            ctx.exit(128 + signal.SIGINT)
        except Exception as error:  # noqa: BLE001 - the command line's edge: an error becomes a sentence
            if ctx.params["debug"]:
                traceback.print_exc()
            raise _failure(error) from None


def _failure(error: Exception) -> click.ClickException:
    """One sentence on stderr, and exit code 2 for wrong settings, whoever refuses them, 1 for all else."""
    if isinstance(error, ConfigError):
        return _WrongSettingsError(str(error))
    if isinstance(error, GanlabError):
        return click.ClickException(str(error))
    if isinstance(error, OSError) and error.errno is not None:
        place = error.filename or "what should be printed"
        return click.ClickException(
            f"{place} cannot be written or read ({error.strerror}): make room, or check its rights"
        )
    reason = " ".join(str(error).split())
    return click.ClickException(
        f"unexpected {type(error).__name__}: {reason} (python -m ganlab --debug … shows the traceback)"
    )


@click.group(
    cls=_Root,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="""\b
    Examples:
      python -m ganlab train
      python -m ganlab recipes
      python -m ganlab runs""",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(VERSION, message="ganlab %(version)s")
def cli(debug: bool) -> None:
    """A lab bench for GANs: train them, watch them, explore what came out.

    Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 130 interrupted.
    """


for command in (
    train,
    resume,
    edit,
    undo,
    rewind,
    fork,
    pause,
    unpause,
    stop,
    sample,
    walk,
    invert,
    directions,
    neighbours,
    compare,
    evaluate,
    experiment,
    export,
    runs,
    data,
    recipes,
    summary,
    bench,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line of this process and exit."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal without − or × must not turn a sentence into a traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    cli()
