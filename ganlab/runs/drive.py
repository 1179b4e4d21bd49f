"""Training a run in its folder, from where it stands to its end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator

from ganlab.data import Dataset, fingerprint, load_for
from ganlab.errors import LostRankError, RunBusyError
from ganlab.gan.ranks import ALONE, Ranks
from ganlab.machine import fastest_precision
from ganlab.runs.changed import check_data, check_files
from ganlab.runs.driver import Driver, log_failure
from ganlab.runs.folder import Run
from ganlab.runs.resume import check_whole
from ganlab.runs.scored import Judge
from ganlab.training import Tick, TrainState, lead, pick_device, spare_one_core

Progress = Callable[[str, float | None], None]


def drive(
    run: Run,
    *,
    tick_s: float = 0.25,
    progress: Progress = lambda label, fraction: None,
    anyway: bool = False,
    judge: Callable[[Dataset], Judge] = lambda data: lambda *stands: None,
) -> Generator[tuple[TrainState, Tick], None, None]:
    """Train `run` from where it stands to its last step, and write log, samples and snapshots.

    Yields the state (not to be changed) with each tick. Closing the generator stops the run, with a snapshot.
    Everything else as for `driving`.
    """
    with driving(run, tick_s=tick_s, progress=progress, anyway=anyway, judge=judge) as driver:
        while (tick := driver.tick()) is not None:
            yield driver.state, tick


@contextlib.contextmanager
def driving(
    run: Run,
    *,
    tick_s: float = 0.25,
    progress: Progress = lambda label, fraction: None,
    anyway: bool = False,
    judge: Callable[[Dataset], Judge] = lambda data: lambda *stands: None,
    ranks: Ranks = ALONE,
) -> Iterator[Driver]:
    """Hold a run and its state in memory; leaving the block stops it with a snapshot, or finishes it.

    progress: called with what is being done before the first step, and how far it is (0 to 1, or None); anyway: go on
    also where data or files are not as the run left them; judge: makes what scores the samples, see `Judge`; ranks: who
    trains it together; this one is rank 0, and the others `follow`.
    Raises RunError, and nothing is written, where only the generators were kept.
    Raises RunBusyError, ChangedError, SnapshotError, DataError, ConfigError, TrainingError; the log then says why.
    LostRankError leaves the run interrupted. RunBusyError, and nothing is written, as well where another process has
    taken the run over, since this one was not heard of (see `Lock`).
    """
    check_whole(run)
    with run.locked(lambda: progress("Waiting to see whether it is trained elsewhere", None)) as lock, spare_one_core():
        try:
            if not anyway:
                check_files(run)
            progress("Loading the data", None)
            data = load_for(run.now, progress=progress)
            found = fingerprint(data)
            if not anyway:
                check_data(run, found)
            lead(ranks, run.now, found)
            progress("Building the networks", None)
            auto = fastest_precision(pick_device(run.config))
            driver = Driver(run, data, auto, tick_s, judge(data), ranks, lock.kept)
            driver.trains_on(found)
        except Exception as error:
            log_failure(run, error)
            raise
        try:
            try:
                yield driver
            except GeneratorExit:
                driver.end()
                raise
            driver.end()
        except RunBusyError:  # it is another's now, so nothing is written
            raise
        except LostRankError as error:
            driver.interrupt(error)
            raise
        except Exception as error:
            driver.fail(error)
            raise
