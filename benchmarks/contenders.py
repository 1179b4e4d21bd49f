"""What is timed in turn: this engine as it is used, its reference, and the loop that people would use instead."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch

from benchmarks.flops import flops_of
from benchmarks.loops import common_loop
from ganlab.config import TrainConfig
from ganlab.data import DATASETS, Dataset, data_dir, load_for, shape_for
from ganlab.machine import fastest_precision
from ganlab.training import Precision, new_state, pick_device, spare_one_core, train

Kind = Literal["engine", "reference", "common"]
KINDS: tuple[Kind, ...] = ("engine", "reference", "common")

_RANDOM = 10_000  # images, where a dataset's files are not here
_FEWEST = 2  # steps in a block


@dataclass(frozen=True)
class Pace:
    """Speed over a block of time: by the clock, and by the CPU time of this process, which other work disturbs less."""

    steps_per_s: float
    steps_per_cpu_s: float


@dataclass(frozen=True)
class Contender:
    """advance: trains for at least one update of G, to its end on the device too, and returns how many they were."""

    kind: Kind
    title: str
    precision: str
    threads: int
    advance: Callable[[], int]

    def pace(self, block_s: float) -> Pace:
        """Over a block of time, which ends with a step; a first step is not in it, since caches are another's."""
        torch.set_num_threads(self.threads)
        self.advance()
        steps, begun, begun_cpu = 0, time.perf_counter(), time.process_time()
        while True:
            steps += self.advance()
            took = time.perf_counter() - begun
            if took >= block_s and steps >= _FEWEST:
                return Pace(steps / took, steps / (time.process_time() - begun_cpu))

    def flops_per_step(self) -> float:
        """Of one update of G and what belongs to it. Raises AssertionError where the code replays a graph."""
        torch.set_num_threads(self.threads)
        self.advance()  # the first one may come with the grid of step 0
        taken: list[int] = []
        total = flops_of(lambda: taken.append(self.advance()))
        assert total, self.title
        return total / sum(taken)


def choice_of_app(device: torch.device) -> tuple[int, Precision]:
    """The threads that the app trains on, and the precision that it takes on them.

    Before any threads are set. A trial that was not made on this computer yet is made now, and remembered.
    """
    with spare_one_core():
        return torch.get_num_threads(), fastest_precision(device)


def contender(kind: Kind, config: TrainConfig, data: Dataset, *, threads: int, auto: Precision) -> Contender | None:
    """Ready to advance on so many threads, on the config's device; None where no common loop is written for it.

    auto: the engine's precision, unless the config names one; the reference's is float32.
    Grids of samples and snapshots are put off: a step is an update of G and the updates of D before it, with the
    average of G, and the series as the app gets them, once per tick.
    """
    if kind == "common":
        return _common(config, data, threads)
    config = config.with_changes(max_steps=10_000_000, preview_every=100_000, snapshot_every=1_000_000)
    if kind == "reference":
        config = config.with_changes(precision="float32")
    state = new_state(config, data, auto=auto)
    torch.set_num_threads(threads)
    ticks = train(data, state)

    def advance() -> int:
        before = state.step
        while state.step == before:  # the very first tick is that of step 0
            next(ticks)
        return state.step - before

    return Contender(kind, "this engine" if kind == "engine" else "its reference", state.precision, threads, advance)


def _common(config: TrainConfig, data: Dataset, threads: int) -> Contender | None:
    loop = common_loop(config, data.examples, pick_device(config))
    if loop is None:
        return None

    def advance() -> int:
        next(loop.steps)
        return 1

    return Contender("common", loop.title, "float32", threads, advance)


def examples_of(config: TrainConfig) -> tuple[Dataset, str]:
    """The config's real examples, or random ones of their shape where that would download; and which, in words.

    Raises DataError.
    """
    spec = DATASETS[config.dataset]
    if not spec.missing(data_dir()) and (config.folder or spec.origin != "your own"):
        data = load_for(config)
        return data, f"{len(data):,} examples of {config.dataset}"
    rng = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (_RANDOM, *shape_for(config)), generator=rng, dtype=torch.uint8)
    names = config.classes or spec.class_names
    labels = torch.arange(_RANDOM) % len(names) if names else None
    words = f"{_RANDOM:,} random images, since those of {config.dataset} are not here"
    return Dataset(config.dataset, images, labels, names), words
