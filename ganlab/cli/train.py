"""`train` and `resume`: a run from its first or last step on, until it is finished or told to stop."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, TypeVar

import click

from ganlab.cli.changes import alarm_line, edit_line
from ganlab.cli.folder import checkpoints_option, command_line, on_run, runs_in
from ganlab.cli.progress import Reporter, in_words, reporter
from ganlab.cli.settings import GroupedCommand, given, recipe_option, setting_options
from ganlab.config import check_effect, warnings_of, with_implied
from ganlab.errors import ConfigError, GanlabError, LostRankError, RunError
from ganlab.recipes import recipe as find_recipe

if TYPE_CHECKING:
    from ganlab.alarms import Alarm
    from ganlab.config import TrainConfig
    from ganlab.gan.ranks import Ranks
    from ganlab.runs import Driver, Run
    from ganlab.training import Tick

devices_option = click.option(
    "--devices",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    help="Train on N GPUs, or CPU cores, of this machine together; torchrun does so on several.",
)
quiet_option = click.option("--quiet", "-q", is_flag=True, help="Print nothing but the run's id.")


@click.command(
    cls=GroupedCommand,
    epilog="""\b
    Examples:
      python -m ganlab train
      python -m ganlab train --recipe wgan-gp --max-steps 500 --seed 7
      python -m ganlab train --loss non-saturating --penalty none --d-steps 1
      python -m ganlab train --recipe ring-wgan-gp --formula "0.9*u*cos(12*u), 0.9*u*sin(12*u)"
      python -m ganlab train --quiet --checkpoints elsewhere""",
)
@recipe_option
@setting_options
@click.option("--name", metavar="ID", default="", help="The run's id.  [default: made of time and recipe]")
@devices_option
@checkpoints_option
@quiet_option
@click.pass_context
def train(ctx: click.Context, recipe: str, name: str, devices: int, quiet: bool, **settings: str | None) -> None:
    """Train a new run.

    A recipe is a complete set of settings; each setting given here replaces the recipe's, and one that would do
    nothing is refused; --folder implies --dataset folder, and --points and --formula theirs. A recipe that stands for
    several runs trains them one after the other. Ctrl-C stops with a snapshot, and `resume` goes on from it.
    """
    changes = with_implied(given(settings))
    configs = find_recipe(recipe).configs_with(**changes)
    check_effect(changes, *configs)
    from ganlab.launch import check_devices, launched, rank
    from ganlab.training import check_fit

    if rank() == 0:
        for sentence in dict.fromkeys(sentence for config in configs for sentence in warnings_of(config)):
            click.echo(f"Warning: {sentence}", err=True)

    for config in configs:
        check_fit(config)
        check_devices(config, devices)
    if (launched() or name) and len(configs) > 1:
        raise ConfigError(f"recipe {recipe!r} stands for {len(configs)} runs: choose one that stands for one")
    for config in configs:
        on_devices(ctx, config, partial(_made, ctx, config, name), devices=devices, quiet=quiet)


def _made(ctx: click.Context, config: TrainConfig, name: str) -> Run:
    """A new run; where torchrun has started the processes anew, the one that they trained before."""
    from ganlab.launch import launched, remembered

    before = remembered() if launched() else ""
    run = runs_in(ctx).get(before) if before else runs_in(ctx).create(config, name=name)
    if launched():
        remembered(run.id)
    return run


@click.command(
    epilog="""\b
    Examples:
      python -m ganlab resume 20261121-104300-wgan-gp
      python -m ganlab resume 20261121-104300-wgan-gp --max-steps 502""",
)
@on_run
@click.option("--max-steps", metavar="N", type=int, help="Train up to this step, also a run that is finished.")
@click.option("--anyway", is_flag=True, help="Go on also where data, log or snapshots are not as the run left them.")
@devices_option
@quiet_option
def resume(ctx: click.Context, run: Run, max_steps: int | None, anyway: bool, devices: int, quiet: bool) -> None:
    """Go on with a run from its last snapshot.

    RUN is its id; `python -m ganlab runs` lists them. A run whose pictures or class folders are others than it was
    trained on, or whose log or snapshots are gone, is refused with what differs.
    """
    from ganlab.launch import check_devices, rank
    from ganlab.runs import check_resumable, check_whole
    from ganlab.training import check_fit

    if rank() == 0:
        check_whole(run)
        if max_steps is not None:
            _let_go_on_to(run, max_steps)
        check_resumable(run)
        check_fit(run.now)
        check_devices(run.now, devices)
    on_devices(ctx, run.now, lambda: run, devices=devices, quiet=quiet, anyway=anyway)


def on_devices(
    ctx: click.Context,
    config: TrainConfig,
    make: Callable[[], Run],
    *,
    devices: int,
    quiet: bool,
    anyway: bool = False,
) -> None:
    """Train the run that `make` gives: here, beside the other processes of torchrun, or in `devices` new ones."""
    from ganlab.launch import joined, launch, launched, rank

    if devices > 1 and not launched():
        run = make()
        root = str(run.path.parent.absolute())
        words = ["resume", run.id, "--checkpoints", root, *["--quiet"] * quiet, *["--anyway"] * anyway]
        launch(devices, words, lambda: run.history().begun and run.history().ending is None)
        return
    try:
        if devices > 1:
            raise ConfigError(f"torchrun says how many processes there are: leave out --devices {devices}")
        with joined(config) as ranks:
            if ranks.rank == 0:
                follow(ctx, make(), quiet=quiet, anyway=anyway, ranks=ranks)
            else:
                _train_along(ranks)
    except (LostRankError, ConfigError):
        if rank() == 0:
            raise
        ctx.exit(1)  # rank 0 says it


def _train_along(ranks: Ranks) -> None:
    """Any rank but the first, which alone takes signals, tells what happens and says when it ends."""
    from ganlab.data import load_for
    from ganlab.training import follow as follow_rank

    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    follow_rank(ranks, load_for)


def _let_go_on_to(run: Run, max_steps: int) -> None:
    from ganlab.runs import edit_at_rest

    done = run.history().step
    if max_steps <= done:
        raise ConfigError(f"max_steps is {max_steps}, but run {run.id!r} has done step {done}: choose more")
    if max_steps != run.now.max_steps:
        edit_at_rest(run, {"max_steps": max_steps})


def follow(ctx: click.Context, run: Run, *, quiet: bool, anyway: bool = False, ranks: Ranks | None = None) -> None:
    """Train `run` and tell how it goes. Exits with 128 + the signal when one stops it, as Ctrl-C when an order does."""
    click.echo(run.id if quiet else f"Run {run.id} in {run.path}")
    report = reporter(quiet=quiet)
    news = News(ctx, run, report)
    step = None
    with signals_to(_Stopping()) as stopping:
        try:
            with closing(_ticks(run, report, anyway, ranks)) as ticks:
                for driver, tick in ticks:
                    stopping.gently = True
                    news.tell(driver, tick)
                    step = tick.step
                    report.tick(tick)
                    if stopping.signal is not None:
                        break
        except _StopNowError as stop:
            stopping.signal = stop.signal
        except GanlabError:
            from ganlab.status import status_on_disk

            news.tell_alarms(status_on_disk(run).alarms)
            raise
        finally:
            report.close()
    _say_how_it_ended(ctx, run, step, stopping.signal, quiet=quiet)


def _ticks(run: Run, report: Reporter, anyway: bool, ranks: Ranks | None) -> Generator[tuple[Driver, Tick], None, None]:
    """Whoever trains the run and its ticks, with a full disk or a full GPU as errors that say what to do."""
    import torch

    from ganlab.evaluation import Judge
    from ganlab.gan.ranks import ALONE
    from ganlab.runs import driving, explain

    try:
        with driving(run, progress=report.loading, anyway=anyway, judge=Judge, ranks=ranks or ALONE) as driver:
            while (tick := driver.tick()) is not None:
                yield driver, tick
    except (OSError, torch.OutOfMemoryError) as error:
        raise RunError(explain(error)) from error


class News:
    """What happens to a run beside its steps, told once: where it goes on, edits, rewinds, lost orders, alarms."""

    def __init__(self, ctx: click.Context, run: Run, report: Reporter) -> None:
        from ganlab.status import where_it_goes_on

        self._ctx = ctx
        self._run = run
        self._report = report
        self._edits = run.history().edits
        self._begin = where_it_goes_on(run)
        self._lost = ""
        self._alarms: tuple[Alarm, ...] = ()
        self._way: tuple[int, int] | None = None
        self._paused = False

    def tell(self, driver: Driver, tick: Tick) -> None:
        """To be called with each tick, before it is reported."""
        history = self._run.history()
        if self._begin:
            self._report.say(self._begin)
            self._begin = ""
        if history.lost not in ("", self._lost):
            self._report.say(f"Note: {history.lost}")
        for edit in history.edits:
            if edit not in self._edits:
                self._report.say(edit_line(edit))
        self._edits, self._lost = history.edits, history.lost
        if driver.paused != self._paused:
            unpause = command_line(self._ctx, "unpause", self._run.id)
            self._report.say(f"Paused at step {tick.step:,}. Go on with: {unpause}" if driver.paused else "Goes on.")
            self._paused = driver.paused
        way = (driver.rewinds, driver.state.config.max_steps)
        if way != self._way:
            self._report.begin(_first_step(tick), driver.state.config.max_steps)
            self._way = way
        self.tell_alarms(driver.alarms)

    def tell_alarms(self, standing: tuple[Alarm, ...]) -> None:
        """Those that have come up since the last call."""
        known = {alarm.name for alarm in self._alarms}
        for alarm in standing:
            if alarm.name not in known:
                self._report.say(alarm_line(self._ctx, self._run.id, alarm))
        self._alarms = standing


def _first_step(tick: Tick) -> int:
    return tick.step - max((len(values) for values in tick.series.values()), default=0)


def _say_how_it_ended(ctx: click.Context, run: Run, step: int | None, signum: int | None, *, quiet: bool) -> None:
    history, steps = run.history(), run.now.max_steps
    if signum is None and history.ending == "finish":
        if not quiet:
            spent = in_words(history.training_s)
            click.echo(f"Finished: {steps} steps in {spent}. See samples with: {command_line(ctx, 'sample', run.id)}")
        return
    where = "before its first step" if step is None else f"at step {step} of {steps}"
    whom = " by an order from elsewhere" if signum is None else ""
    click.echo(f"Stopped {where}{whom}. Go on with: {command_line(ctx, 'resume', run.id)}", err=True)
    ctx.exit(128 + (signum or signal.SIGINT))


class _StopNowError(BaseException):
    """A signal that does not wait for the next tick. No Exception, so that nothing takes it for a failure."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signal = signum


#: Ctrl-C, a request to end, and a terminal that is closed, which not every system tells.
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Ended:
    """Whether a signal to end has come, and which."""

    signal: int | None = None

    def receive(self, signum: int, frame: FrameType | None) -> None:
        self.signal = signum


class _Stopping(Ended):
    """What the signals do: stop at the next tick once training, at once while loading or at a second signal."""

    gently = False

    def receive(self, signum: int, frame: FrameType | None) -> None:
        if not self.gently or self.signal is not None:
            raise _StopNowError(signum)
        self.signal = signum


_Signalled = TypeVar("_Signalled", bound=Ended)


@contextmanager
def signals_to(stopping: _Signalled) -> Iterator[_Signalled]:
    """Signals to end go to the object until the block ends; one that the caller ignores stays ignored, as by nohup."""
    numbers = [number for number in _SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
    before = [signal.signal(number, stopping.receive) for number in numbers]
    try:
        yield stopping
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
