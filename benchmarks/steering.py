"""How soon a hand on a run is felt: edits, snapshots, rewinds, forks, resumes, and what being ready for them costs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.figures import Figure, Section, at_most, say
from ganlab.config import TrainConfig
from ganlab.recipes import recipe
from ganlab.runs import Driver, Run, Runs, driving
from ganlab.service import Service

_WAIT_S = 300.0
_SNAPSHOT_EVERY = 100_000  # none but those that are asked for


def measure(name: str = "dcgan-mnist", *, repeats: int = 5) -> Section:
    """One recipe, in runs of its own in a folder that is removed. An edit's way includes the snapshot before it."""
    config = recipe(name).config.with_changes(
        max_steps=100_000, snapshot_every=_SNAPSHOT_EVERY, snapshot_space_mb=10**6
    )
    with tempfile.TemporaryDirectory() as place:
        runs = Runs(Path(place))
        say(f"{name}: a run that is edited, {repeats} times")
        run, figures, step_s = _by_hand(runs, config, repeats)
        say(f"{name}: rewinds, resumes and forks, {repeats} times each")
        figures += _in_service(runs, run, repeats)
        size = max(path.stat().st_size for path in (run.path / "snapshots").iterdir())
    notes = [f"A step takes {1000 * step_s:.0f} ms here, a snapshot {size / 1e6:.0f} MB."]
    return Section(f"Steering, {name}", figures, notes)


def _by_hand(runs: Runs, config: TrainConfig, repeats: int) -> tuple[Run, list[Figure], float]:
    """What the trainer's own thread spends."""
    run = runs.create(config)
    with driving(run, tick_s=0) as driver:
        for _ in range(3):
            driver.tick()
        steps = [_seconds(driver.tick) for _ in range(repeats)]
        saves, edits = [], []
        for turn in range(repeats):
            driver.tick()
            edits.append(_seconds(lambda turn=turn: driver.edit({"lr_g": config.lr_g / (turn + 2)})))
            driver.tick()
            saves.append(_seconds(driver.save))
        idle = [_idle_share(driver, sum(steps) / len(steps)) for _ in range(repeats)]
    step_s = sum(steps) / len(steps)
    return (
        run,
        [
            Figure("snapshot, state → disk", saves, "s"),
            Figure("edit, order → in force, its snapshot included", edits, "s", at_most(max(0.25, step_s))),
            Figure("looking for orders, share of a tick of 0.25 s", idle, "%", at_most(0.5)),
        ],
        step_s,
    )


def _idle_share(driver: Driver, step_s: float) -> float:
    """Percent of a tick (0.25 s, or a step if that is longer) that goes into looking for orders that are not there."""
    times = 200
    spent = _seconds(lambda: [driver.obey() for _ in range(times)]) / times
    return 100 * spent / max(0.25, step_s)


def _in_service(runs: Runs, run: Run, repeats: int) -> list[Figure]:
    """From the order to the first new step, as somebody at the page waits for it."""
    service = Service(runs)
    found: dict[str, list[float]] = {"rewind": [], "resume": [], "fork": []}
    step = run.snapshot_steps()[0]
    try:
        service.resume(run.id)
        _until_step_beyond(service, run.id, run.snapshot_steps()[-1])
        for _ in range(repeats):
            found["rewind"].append(_seconds(lambda: _rewind(service, run.id, step)))
            service.stop(run.id)
            service.wait(run.id, "stopped", timeout_s=_WAIT_S)
            last = service.status(run.id).step
            found["resume"].append(
                _seconds(lambda last=last: (service.resume(run.id), _until_step_beyond(service, run.id, last)))
            )
        service.stop(run.id)
        service.wait(run.id, "stopped", timeout_s=_WAIT_S)
        for _ in range(repeats):
            begun = time.perf_counter()
            child = service.fork(run.id, step)
            _until_step_beyond(service, child, step)
            found["fork"].append(time.perf_counter() - begun)
            service.stop(child)
            service.wait(child, "stopped", timeout_s=_WAIT_S)
    finally:
        service.close(_WAIT_S)
    goals = {"rewind": at_most(2.0), "fork": at_most(2.0)}
    return [Figure(f"{what}, order → first new step", values, "s", goals.get(what)) for what, values in found.items()]


def _rewind(service: Service, run_id: str, step: int) -> None:
    before = service.curves(run_id).timeline
    service.rewind(run_id, step)
    _until(lambda: service.curves(run_id).timeline != before and service.status(run_id).step > step)


def _until_step_beyond(service: Service, run_id: str, step: int) -> None:
    _until(lambda: service.status(run_id).step > step)


def _until(so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _WAIT_S
    while not so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the trainer did not answer within {_WAIT_S:g} s")
        time.sleep(0.005)


def _seconds(do: Callable[[], object]) -> float:
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun
