"""`train` and `resume`: a run from its first or last step on, until it is finished or told to stop."""

from __future__ import annotations

import signal
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import click

from ganlab.cli.folder import checkpoints_option, command_line, runs_in
from ganlab.cli.progress import Reporter, in_words, reporter
from ganlab.cli.settings import GroupedCommand, given, recipe_option, setting_options
from ganlab.config import warnings_of
from ganlab.errors import RunError
from ganlab.recipes import recipe as find_recipe

if TYPE_CHECKING:
    from ganlab.runs import Run
    from ganlab.training import Tick, TrainState

_quiet_option = click.option("--quiet", "-q", is_flag=True, help="Print nothing but the run's id.")


@click.command(
    cls=GroupedCommand,
    epilog="""\b
    Examples:
      python -m ganlab train
      python -m ganlab train --recipe wgan-gp --max-steps 500 --seed 7
      python -m ganlab train --loss non-saturating --penalty none --d-steps 1
      python -m ganlab train --quiet --checkpoints elsewhere""",
)
@recipe_option
@setting_options
@checkpoints_option
@_quiet_option
@click.pass_context
def train(ctx: click.Context, recipe: str, quiet: bool, **settings: str | None) -> None:
    """Train a new run.

    A recipe is a complete set of settings; each setting given here replaces the recipe's. A recipe that stands for
    several runs trains them one after the other. Ctrl-C stops with a snapshot, and `resume` goes on from it.
    """
    configs = find_recipe(recipe).configs_with(**given(settings))
    for sentence in dict.fromkeys(sentence for config in configs for sentence in warnings_of(config)):
        click.echo(f"Warning: {sentence}", err=True)
    from ganlab.training import check_fit

    for config in configs:
        check_fit(config)
    for config in configs:
        _follow(ctx, runs_in(ctx).create(config), quiet=quiet)


@click.command(
    epilog="""\b
    Examples:
      python -m ganlab resume 20261121-104300-wgan-gp""",
)
@click.argument("run_id", metavar="RUN")
@checkpoints_option
@_quiet_option
@click.pass_context
def resume(ctx: click.Context, run_id: str, quiet: bool) -> None:
    """Go on with a run from its last snapshot.

    RUN is its id; `python -m ganlab runs` lists them.
    """
    from ganlab.runs import check_resumable
    from ganlab.training import check_fit

    run = runs_in(ctx).get(run_id)
    check_resumable(run)
    check_fit(run.config)
    _follow(ctx, run, quiet=quiet)


def _follow(ctx: click.Context, run: Run, *, quiet: bool) -> None:
    """Train `run` and tell how it goes. Exits with 128 + the signal when one stops it."""
    click.echo(run.id if quiet else f"Run {run.id} in {run.path}")
    report = reporter(quiet=quiet)
    step = None
    with _stopping() as stopping:
        try:
            with closing(_ticks(run, report)) as ticks:
                for state, tick in ticks:
                    if step is None:
                        stopping.gently = True
                        report.begin(_first_step(tick), run.config.max_steps)
                    step = state.step
                    report.tick(tick)
                    if stopping.signal is not None:
                        break
        except _StopNowError as stop:
            stopping.signal = stop.signal
        finally:
            report.close()
    _say_how_it_ended(ctx, run, step, stopping.signal, quiet=quiet)


def _ticks(run: Run, report: Reporter) -> Generator[tuple[TrainState, Tick], None, None]:
    """`drive`, with a full disk or a full GPU as errors that say what to do."""
    import torch

    from ganlab.runs import drive, explain

    try:
        yield from drive(run, progress=report.loading)
    except (OSError, torch.OutOfMemoryError) as error:
        raise RunError(explain(error)) from error


def _first_step(tick: Tick) -> int:
    return tick.step - max((len(values) for values in tick.series.values()), default=0)


def _say_how_it_ended(ctx: click.Context, run: Run, step: int | None, signum: int | None, *, quiet: bool) -> None:
    steps = run.config.max_steps
    if signum is None:
        if not quiet:
            spent = in_words(run.history().training_s)
            click.echo(f"Finished: {steps} steps in {spent}. See samples with: {command_line(ctx, 'sample', run.id)}")
        return
    where = "before its first step" if step is None else f"at step {step} of {steps}"
    click.echo(f"Stopped {where}. Go on with: {command_line(ctx, 'resume', run.id)}", err=True)
    ctx.exit(128 + signum)


class _StopNowError(BaseException):
    """A signal that does not wait for the next tick. No Exception, so that nothing takes it for a failure."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signal = signum


class _Stopping:
    """What Ctrl-C and SIGTERM do: stop at the next tick once training, at once while loading or at a second signal."""

    def __init__(self) -> None:
        self.gently = False
        self.signal: int | None = None

    def receive(self, signum: int, frame: FrameType | None) -> None:
        if not self.gently or self.signal is not None:
            raise _StopNowError(signum)
        self.signal = signum


@contextmanager
def _stopping() -> Iterator[_Stopping]:
    """Ctrl-C and SIGTERM go to the object until the block ends; a signal that the caller ignores stays ignored."""
    stopping = _Stopping()
    numbers = [number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) != signal.SIG_IGN]
    before = [signal.signal(number, stopping.receive) for number in numbers]
    try:
        yield stopping
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
