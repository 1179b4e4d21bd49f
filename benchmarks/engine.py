"""How fast a recipe trains: this engine, its plain float32 reference, and the loop that people would use instead.

All are timed in one run, in turn, a few seconds each; a ratio is taken within a round and reported over the rounds,
so that a machine that slows down slows all of them. Work is counted, not estimated: 2 × the multiply-adds of the
products and convolutions of one real step, forward, backward and double backward (`benchmarks.flops`). It is measured
against the fastest matrix products of this machine in the same rounds (`benchmarks.ceiling`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch

from benchmarks.ceiling import ceiling
from benchmarks.contenders import KINDS, Contender, Kind, choice_of_app, contender, examples_of
from benchmarks.figures import Figure, Goal, Section, at_least, say
from benchmarks.peak import peak_of
from ganlab.config import TrainConfig
from ganlab.recipes import recipe
from ganlab.training import pick_device

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
#: Times the common loop's speed, on as many threads; on a CPU with native bfloat16.
_GOALS_CPU = {"dcgan-mnist": 3.0, "wgan-gp-mnist": 2.5}
_GOAL_CPU_FLOAT32 = 1.4
_GOALS_GPU = {"wgan-gp-mnist": 10.0, "wgan-gp-cifar10": 3.0}
#: 10,000 steps in 30 s.
_PACE_GPU = {"wgan-gp-mnist": 10_000 / 30}
#: A processor whose products are so much faster in bfloat16 has instructions for it.
_NATIVE = 1.2

Key = tuple[Kind, int]


@dataclass
class Rounds:
    """What was measured, one value a round. speeds: steps/s by contender; ceilings: FLOP/s by precision and threads.

    speeds_cpu: steps per second of CPU time. flops: of one step, by contender; the engine's is that of its reference,
    whose work it has to do.
    """

    contenders: dict[Key, Contender]
    speeds: dict[Key, list[float]] = field(default_factory=dict)
    speeds_cpu: dict[Key, list[float]] = field(default_factory=dict)
    ceilings: dict[tuple[str, int], list[float]] = field(default_factory=dict)
    flops: dict[Key, float] = field(default_factory=dict)

    def ratio(self, one: Key, other: Key) -> list[float]:
        return _ratio(self.speeds, one, other)

    def ratio_cpu(self, one: Key, other: Key) -> list[float]:
        return _ratio(self.speeds_cpu, one, other)


def _ratio(speeds: dict[Key, list[float]], one: Key, other: Key) -> list[float]:
    return [mine / theirs for mine, theirs in zip(speeds[one], speeds[other], strict=True)]


def measure(
    name: str, *, device: str = "auto", threads: Sequence[int] = (), rounds: int = 5, block_s: float = 3.0
) -> Section:
    """One recipe on one device; threads: those of torch, by default what the app takes, and all cores.

    Raises ConfigError, DataError.
    """
    config = recipe(name).config.with_changes(device=device)
    torch_device = pick_device(config)
    data, which = examples_of(config)
    everything = torch.get_num_threads()
    app, auto = choice_of_app(torch_device)
    counts = tuple(dict.fromkeys(threads or (app, everything)))
    try:
        made = [contender(kind, config, data, threads=count, auto=auto) for count in counts for kind in KINDS]
        timed = Rounds({(each.kind, each.threads): each for each in made if each})
        _run(timed, torch_device, counts, rounds, block_s, name)
    finally:
        torch.set_num_threads(everything)
    figures = [figure for count in counts for figure in _of_threads(timed, config, count, torch_device)]
    figures += _across(timed, counts)
    figures += _memory(timed, name, torch_device)
    return Section(f"Engine: {name} ({torch_device.type})", figures, _notes(timed, which, rounds, block_s))


def _run(timed: Rounds, device: torch.device, counts: Sequence[int], rounds: int, block_s: float, name: str) -> None:
    """Every second round goes backwards, so that nobody always follows the same one."""
    for key, each in timed.contenders.items():
        if key[0] != "engine":
            timed.flops[key] = each.flops_per_step()
    timed.flops |= {("engine", count): timed.flops["reference", count] for count in counts}
    for number in range(rounds):
        say(f"{name}, round {number + 1} of {rounds}")
        order = list(timed.contenders.items())
        for key, each in reversed(order) if number % 2 else order:
            pace = each.pace(block_s)
            timed.speeds.setdefault(key, []).append(pace.steps_per_s)
            timed.speeds_cpu.setdefault(key, []).append(pace.steps_per_cpu_s)
        for count in counts:
            torch.set_num_threads(count)
            for precision, dtype in DTYPES.items():
                timed.ceilings.setdefault((precision, count), []).append(ceiling(device, dtype))


def _of_threads(timed: Rounds, config: TrainConfig, count: int, device: torch.device) -> Iterator[Figure]:
    """The figures of the contenders that ran on so many threads."""
    on = f"{count} thread{'s' * (count != 1)}"
    images = config.d_steps * config.batch_size
    for kind in KINDS:
        key: Key = (kind, count)
        if key not in timed.contenders:
            continue
        each, speeds = timed.contenders[key], timed.speeds[key]
        pace = _PACE_GPU.get(config.recipe) if kind == "engine" and device.type == "cuda" else None
        yield Figure(f"{each.title}, {each.precision}, {on}", speeds, "steps/s", at_least(pace) if pace else None)
        yield Figure("  real images seen", [images * speed for speed in speeds], "images/s")
        yield Figure("  work of a step", [timed.flops[key] / 1e9], "GFLOP")
        done = [timed.flops[key] * speed / 1e9 for speed in speeds]
        yield Figure("  work done", done, "GFLOP/s")
        highest = timed.ceilings[each.precision, count]
        shares = [100 * rate * 1e9 / top for rate, top in zip(done, highest, strict=True)]
        yield Figure(f"  share of the {each.precision} ceiling", shares, "%")
    for precision in DTYPES:
        values = [value / 1e9 for value in timed.ceilings[precision, count]]
        yield Figure(f"ceiling: matrix products, {precision}, {on}", values, "GFLOP/s")
    if ("common", count) in timed.contenders:
        goal = _goal(timed, config.recipe, device)
        pair: tuple[Key, Key] = ("engine", count), ("common", count)
        yield Figure(f"engine / {_common_title(timed)}, both {on}", timed.ratio(*pair), "×", goal)
        if device.type == "cpu" and count == 1:  # more threads spend CPU time waiting for each other
            yield Figure("  by CPU time, whatever else the computer did", timed.ratio_cpu(*pair), "×")
    yield Figure(f"engine / reference, both {on}", timed.ratio(("engine", count), ("reference", count)), "×")


def _goal(timed: Rounds, name: str, device: torch.device) -> Goal | None:
    goals = _GOALS_GPU if device.type == "cuda" else _GOALS_CPU
    if name not in goals:
        return None
    return at_least(goals[name] if device.type == "cuda" or _has_native_bfloat16(timed) else _GOAL_CPU_FLOAT32)


def _has_native_bfloat16(timed: Rounds) -> bool:
    """As measured by the ceilings, on the fewest threads."""
    count = min(count for _, count in timed.ceilings)
    return max(timed.ceilings["bfloat16", count]) > _NATIVE * max(timed.ceilings["float32", count])


def _common_title(timed: Rounds) -> str:
    return next(each.title for (kind, _), each in timed.contenders.items() if kind == "common")


def _across(timed: Rounds, counts: Sequence[int]) -> Iterator[Figure]:
    """The app beside a script, each on the threads that it takes by itself."""
    fewest, most = min(counts), max(counts)
    if fewest != most and ("common", most) in timed.contenders:
        what = f"engine on {fewest} / {_common_title(timed)} on {most} threads"
        yield Figure(what, timed.ratio(("engine", fewest), ("common", most)), "×")


def _memory(timed: Rounds, name: str, device: torch.device) -> Iterator[Figure]:
    """Each contender on the most threads."""
    most = max(count for _, count in timed.contenders)
    for (kind, count), each in timed.contenders.items():
        if count == most:
            say(f"{name}, memory of {each.title}")
            host, on_gpu = peak_of(name, kind, count, device.type)
            yield Figure(f"peak memory of a process: {each.title}", [host / 1e6], "MB")
            if on_gpu:
                yield Figure(f"  on the GPU: {each.title}", [on_gpu / 1e6], "MB")


def _notes(timed: Rounds, which: str, rounds: int, block_s: float) -> list[str]:
    notes = [
        f"Data: {which}. {rounds} rounds of blocks of {block_s:g} s in turn; a ratio is taken within its round.",
        "No grids and snapshots; the engine averages G as well, which the common loop does not.",
        "The common loop does more work for the same step: gradients that are thrown away. The engine's work is "
        "counted as its reference's.",
    ]
    if not any(kind == "common" for kind, _ in timed.contenders):
        notes[2] = "No common loop is written for this recipe's method."
    elif not _has_native_bfloat16(timed):
        notes.append("Products are no faster in bfloat16 here, so that the goal is that of float32.")
    return notes
