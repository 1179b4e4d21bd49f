"""Where experiments lie: a file each beside the runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress

import orjson

from ganlab.config import suggest
from ganlab.errors import ConfigError, RunError
from ganlab.experiments.experiment import AS_IT_IS, Cell, Experiment
from ganlab.runs import Run, Runs, read_json, write_atomically, writing

_SUFFIX = ".experiment.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")


class Shelf:
    """The experiments of a folder of runs."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs

    def names(self) -> tuple[str, ...]:
        """Of all experiments, in the order of the alphabet."""
        found: Iterator[str] = iter(())
        with suppress(OSError):
            found = (path.name.removesuffix(_SUFFIX) for path in self.runs.root.glob(f"*{_SUFFIX}"))
            return tuple(sorted(name for name in found if _NAME.fullmatch(name)))
        return ()

    def get(self, name: str) -> Experiment:
        """Raises ConfigError when there is none of this name, RunError when it is damaged."""
        if name not in self.names():
            hint = suggest(name, list(self.names())) if self.names() else "start one first"
            raise ConfigError(f"there is no experiment {name!r} in {str(self.runs.root)!r}: {hint}")
        try:
            return Experiment.from_json(read_json(self.runs.root / f"{name}{_SUFFIX}"))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, ConfigError) as error:
            raise RunError(
                f"experiment {name!r} is damaged ({error}): delete {name}{_SUFFIX}; its runs stay as they are"
            ) from None

    def put(self, experiment: Experiment) -> None:
        """Raises ConfigError for a name that is none, RunError when it cannot be written."""
        if not _NAME.fullmatch(experiment.name):
            raise ConfigError(
                f"an experiment cannot be called {experiment.name!r}: take up to 80 letters, digits, '.', '_' and '-'"
            )
        with writing(f"experiment {experiment.name!r}"):
            self.runs.root.mkdir(parents=True, exist_ok=True)
            content = orjson.dumps(experiment.to_json(), option=orjson.OPT_INDENT_2)
            write_atomically(self.runs.root / f"{experiment.name}{_SUFFIX}", content)

    def run_of(self, cell: Cell) -> Run | None:
        """The run of a cell; None before it has begun, and when it was deleted or is damaged."""
        if not cell.run_id:
            return None
        try:
            return self.runs.get(cell.run_id)
        except RunError:
            return None

    def chosen(self, names: Sequence[str]) -> tuple[list[tuple[Run, str]], list[str]]:
        """Runs that are named, or are of an experiment that is, each with the title of its arm; and what is gone.

        Runs that are of no experiment are called by their title, and by their id where titles are the same.
        Raises ConfigError, RunError.
        """
        found: list[tuple[Run, str]] = []
        gone: list[str] = []
        for name in names:
            if name not in self.names():
                found.append((self.runs.get(name), ""))
                continue
            for cell in self.get(name).cells():
                run = self.run_of(cell)
                if run is not None:
                    found.append((run, _arm(name, cell.arm.title, alone=len(names) == 1)))
                elif cell.run_id:
                    gone.append(f"run {cell.run_id!r} of experiment {name!r} is gone")
        titles = [run.title for run, arm in found if not arm]
        return [(run, arm or _title(run, titles)) for run, arm in found], gone

    def begin(self, experiment: Experiment, cell: Cell) -> tuple[Experiment, Run]:
        """A new run for a cell, and the experiment that has it. Raises RunError."""
        run = self.runs.create(cell.config)
        experiment = experiment.begun(cell, run.id)
        self.put(experiment)
        return experiment, run


def _arm(experiment: str, title: str, *, alone: bool) -> str:
    """Arms of several experiments are told apart by these."""
    if alone:
        return title
    return experiment if title == AS_IT_IS else f"{experiment}: {title}"


def _title(run: Run, titles: Sequence[str]) -> str:
    return run.title if titles.count(run.title) == 1 else run.id
