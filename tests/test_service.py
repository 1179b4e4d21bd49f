"""The service: orders are obeyed, watching disturbs nothing, whatever goes wrong becomes a state with a sentence."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny import differing, fresh, joined, run_through, tiny

from ganlab.config import TrainConfig, WeightsName
from ganlab.data import DATASETS, Dataset
from ganlab.data.mnist import MNIST
from ganlab.errors import ConfigError, RunError
from ganlab.explore import WEIGHTS
from ganlab.jobs import Job
from ganlab.runs import EXPLORE_ONLY, Driver, Run, Runs
from ganlab.service import Service
from ganlab.status import ACTIONS, ELSEWHERE, LIVE_STATES, RunStatus, StateName
from ganlab.training import TrainState, loop
from ganlab.work import Work

WAIT_S = 60.0
ENDLESS = 1_000_000


@pytest.fixture
def runs(checkpoints: Path) -> Runs:
    return Runs(checkpoints)


@pytest.fixture
def service(runs: Runs, made_up_data: None) -> Iterator[Service]:
    service = Service(runs, tick_s=0)
    yield service
    assert service.close(WAIT_S), "the trainer did not end"


def reach(service: Service, run_id: str, *states: StateName) -> RunStatus:
    assert service.wait(run_id, *states, timeout_s=WAIT_S), service.status(run_id)
    return service.status(run_id)


def endless(service: Service, **changes: Any) -> str:
    """A run that has done some steps, trains and will not end by itself."""
    run_id = service.start(tiny(max_steps=ENDLESS, preview_every=10, **changes))
    wait_for_step(service, run_id, 1)
    return run_id


def paused(service: Service, **changes: Any) -> str:
    run_id = endless(service, **changes)
    service.pause(run_id)
    reach(service, run_id, "paused")
    return run_id


def series_of(service: Service, run_id: str) -> dict[str, np.ndarray]:
    ticks = service.runs.get(run_id).history().ticks
    return {name: np.concatenate([series[name] for _, _, series in ticks]) for name in ticks[0][2]}


def uninterrupted(config: TrainConfig) -> dict[str, np.ndarray]:
    return joined(run_through(*fresh(config)))


def wait_for_step(service: Service, run_id: str, step: int) -> None:
    """Until the run has done `step` steps, woken by its ticks."""
    with service._changed:
        assert service._changed.wait_for(lambda: service.status(run_id).step >= step, WAIT_S)


def before_step(monkeypatch: pytest.MonkeyPatch, at_step: int, act: Callable[[Any], None]) -> None:
    """Do something to the state before the step after `at_step`."""
    one_step = loop.one_step

    def poisoned(state: Any, batches: Any) -> Any:
        if state.step == at_step:
            act(state)
        return one_step(state, batches)

    monkeypatch.setattr(loop, "one_step", poisoned)


def fill_with_nan(state: Any) -> None:
    next(state.generator.parameters()).data.fill_(math.nan)


def test_a_run_from_start_to_finish(service: Service):
    config = tiny(max_steps=6, preview_every=3)
    run_id = service.start(config)
    done = reach(service, run_id, "finished")
    assert (done.step, done.max_steps, done.sample_steps) == (6, 6, (0, 3, 6))
    assert (done.actions, done.live, done.device) == ((), False, "CPU, float32")
    assert done.elapsed_s is not None and done.elapsed_s > 0
    assert not differing(series_of(service, run_id), uninterrupted(config))
    assert service.active() == ()
    assert service.live_generator(run_id) is None
    assert service.curves(run_id).count == 6


def test_pause_holds_still_and_unpause_goes_on(service: Service):
    run_id = paused(service)
    held = service.status(run_id)
    assert held.actions == ("unpause", "stop") and not held.live
    assert held.steps_per_s is None and held.left_s is None
    with pytest.raises(RunError, match=rf"run '{run_id}' is paused: what can be done now is unpause or stop"):
        service.pause(run_id)
    assert not service.wait(run_id, "training", timeout_s=0.05)
    assert service.status(run_id).step == held.step
    service.unpause(run_id)
    wait_for_step(service, run_id, held.step + 2)
    assert reach(service, run_id, "training").actions == ("pause", "stop")


@pytest.mark.parametrize("begin", [endless, paused])
def test_stop_ends_with_a_snapshot_and_resume_goes_on(service: Service, begin: Callable[[Service], str]):
    run_id = begin(service)
    service.stop(run_id)
    stopped = reach(service, run_id, "stopped")
    run = service.runs.get(run_id)
    assert run.snapshot_steps() == (stopped.step,)
    assert stopped.actions == ("resume",)
    service.resume(run_id)
    assert reach(service, run_id, "training").step >= stopped.step
    wait_for_step(service, run_id, stopped.step + 2)
    assert service.curves(run_id).series["loss_d"].shape[1] >= stopped.step + 2
    service.stop(run_id)
    again = reach(service, run_id, "stopped")
    assert again.step > stopped.step
    assert len(series_of(service, run_id)["loss_d"]) == again.step


def test_stop_pause_and_resume_do_not_change_the_history(service: Service, monkeypatch: pytest.MonkeyPatch):
    config = tiny(max_steps=30, preview_every=7, snapshot_every=13, dropout=0.3)
    expected = uninterrupted(config)
    before_step(monkeypatch, 4, lambda state: service.pause(run_id))
    before_step(monkeypatch, 9, lambda state: service.stop(run_id))
    run_id = service.start(config)
    assert reach(service, run_id, "paused").step == 5
    service.unpause(run_id)
    assert reach(service, run_id, "stopped").step == 10
    service.resume(run_id)
    done = reach(service, run_id, "finished")
    assert done.sample_steps == (0, 7, 14, 21, 28, 30)
    assert not differing(series_of(service, run_id), expected)


def test_runs_queue_and_go_one_after_the_other(service: Service):
    first = paused(service)
    second, third = service.start(tiny(max_steps=2)), service.start(tiny(max_steps=2, seed=1))
    assert service.active() == (first, second, third)
    waiting = service.status(second)
    assert (waiting.state, waiting.actions, waiting.live, waiting.step) == ("queued", ("stop",), True, 0)
    assert not service.wait(second, "training", "finished", timeout_s=0.05)
    service.stop(first)
    reach(service, third, "finished")
    assert service.status(first).state == "stopped" and service.status(second).state == "finished"


def test_a_queued_run_can_leave_the_queue_and_come_back(service: Service):
    first = paused(service)
    second = service.start(tiny(max_steps=2))
    service.stop(second)
    left = service.status(second)
    assert (left.state, left.actions, service.active()) == ("stopped", ("resume",), (first,))
    assert not service.runs.get(second).history().begun
    service.resume(second)
    assert service.status(second).state == "queued"
    with pytest.raises(RunError, match=f"run '{second}' is queued and cannot be resumed"):
        service.resume(second)
    service.stop(first)
    reach(service, second, "finished")


def test_orders_that_a_state_does_not_allow_are_refused_in_words(service: Service):
    run_id = service.start(tiny(max_steps=2))
    reach(service, run_id, "finished")
    for action in ("pause", "unpause", "stop"):
        with pytest.raises(RunError, match=f"run '{run_id}' is finished: nothing can be done to it now"):
            service.act(run_id, action)
    with pytest.raises(RunError, match=f"run '{run_id}' is finished and cannot be resumed"):
        service.act(run_id, "resume")
    with pytest.raises(RunError, match=r"unknown action 'delete': choose one of pause, unpause, stop, resume"):
        service.act(run_id, "delete")
    for ask in (service.status, service.curves, service.stop, service.resume):
        with pytest.raises(RunError, match=r"there is no run '\.\./x'"):
            ask("../x")


def test_actions_by_name_do_what_they_say(service: Service):
    run_id = endless(service)
    states: dict[str, StateName] = {"pause": "paused", "unpause": "training", "stop": "stopped", "resume": "training"}
    for action, state in states.items():
        service.act(run_id, action)
        reach(service, run_id, state)


def test_settings_that_do_not_fit_make_no_run(service: Service):
    with pytest.raises(ConfigError, match="dcgan-article"):
        service.start(tiny(network="dcgan-article"))
    assert service.runs.all() == []


def test_a_root_that_is_a_file_is_refused_in_words(tmp_path: Path):
    (tmp_path / "file").touch()
    service = Service(Runs(tmp_path / "file"))
    with pytest.raises(RunError, match="cannot be written"):
        service.start(tiny())
    assert service.close()


def test_training_that_diverges_becomes_a_state_and_the_next_run_goes_on(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patch:
        before_step(patch, 5, fill_with_nan)
        run_id, second = service.start(tiny(max_steps=9, snapshot_every=3)), service.start(tiny(max_steps=3))
        failed = reach(service, run_id, "failed")
        assert "not a number at step 6" in failed.message and "lower learning rate" in failed.message
        reach(service, second, "finished")
    failed = service.status(run_id)
    assert (failed.state, failed.actions, failed.step) == ("failed", ("resume",), 5)
    service.resume(run_id)
    done = reach(service, run_id, "finished", "failed")
    assert (done.state, done.message) == ("finished", "")
    assert not differing(series_of(service, run_id), uninterrupted(tiny(max_steps=9)))


@pytest.mark.parametrize("error", [ZeroDivisionError("oh"), torch.OutOfMemoryError("CUDA"), MemoryError()])
def test_any_error_in_a_step_becomes_a_state(service: Service, monkeypatch: pytest.MonkeyPatch, error: Exception):
    def act(state: Any) -> None:
        raise error

    before_step(monkeypatch, 2, act)
    run_id = service.start(tiny())
    assert reach(service, run_id, "failed").message.strip()
    assert service.runs.get(run_id).history().ending == "fail"
    assert service.close(WAIT_S)


def test_a_full_disk_on_stop_becomes_a_state_and_the_thread_lives_on(service: Service, monkeypatch: pytest.MonkeyPatch):
    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(28, "No space left on device")

    run_id = paused(service, snapshot_every=100_000)
    with monkeypatch.context() as patch:
        patch.setattr(Run, "save_snapshot", full)
        service.stop(run_id)
        failed = reach(service, run_id, "failed")
        reach(service, run_id, "failed", "interrupted")
    assert "cannot be written (No space left on device): make room" in failed.message
    second = service.start(tiny(max_steps=2))
    reach(service, second, "finished")


def test_data_that_is_absent_and_cannot_be_fetched_becomes_a_state(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    nowhere = replace(MNIST, mirrors=("http://127.0.0.1:9/",))
    monkeypatch.setitem(DATASETS, "mnist", replace(DATASETS["mnist"], load=nowhere.load))
    run_id = service.start(tiny(dataset="mnist"))
    failed = reach(service, run_id, "failed")
    assert "could not download train-images-idx3-ubyte.gz" in failed.message
    assert "train-labels-idx1-ubyte.gz into" in failed.message
    reach(service, run_id, "failed")
    assert service.status(run_id).actions == ("resume",)


class SlowLoad:
    """A download that the test leads: `begun`, then on when `go` is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        monkeypatch.setitem(DATASETS, "digits", replace(DATASETS["digits"], load=self.load))

    def load(self, wanted: object, *, progress: Callable[[str, float | None], None]) -> Dataset:
        progress("Downloading digits", 0.25)
        self.begun.set()
        assert self.go.wait(WAIT_S)
        progress("Downloading digits", 0.5)
        return fresh(tiny())[0]


def test_loading_shows_how_far_it_is_and_can_be_stopped(service: Service, monkeypatch: pytest.MonkeyPatch):
    slow = SlowLoad(monkeypatch)
    run_id = service.start(tiny(max_steps=2))
    assert slow.begun.wait(WAIT_S)
    loading = service.status(run_id)
    assert (loading.state, loading.progress) == ("loading", ("Downloading digits", 0.25))
    assert (loading.live, loading.actions, loading.step) == (True, ("stop",), 0)
    service.stop(run_id)
    assert service.status(run_id).state == "stopping"
    slow.go.set()
    stopped = reach(service, run_id, "stopped")
    assert (stopped.message, stopped.actions) == ("", ("resume",))
    assert not service.runs.get(run_id).held_elsewhere()
    service.resume(run_id)
    done = reach(service, run_id, "finished")
    assert (done.progress, done.step) == (None, 2)


def test_a_run_cut_off_before_its_first_snapshot_begins_anew_without_doubled_samples(service: Service, runs: Runs):
    run = runs.create(tiny(max_steps=5, preview_every=2))
    run.log("start", step=0, device="CPU, float32")
    for step in (1, 2, 3):
        run.log("tick", step=step, seconds=0.5, images=10, series={"loss_d": np.array([9.0], np.float32)})
    for step in (0, 2):
        run.save_sample(step, np.zeros((2, 16, 16, 1), np.uint8))
    cut_off = service.status(run.id)
    assert (cut_off.state, cut_off.step, cut_off.actions) == ("interrupted", 3, ("resume",))
    assert cut_off.message.endswith(
        "Resume begins at step 0, as there is no snapshot; the steps up to 3 are done once more."
    )
    seen: set[tuple[int, ...]] = set()

    def finished() -> bool:
        status = service.status(run.id)
        seen.add(status.sample_steps)
        return status.state == "finished"

    service.resume(run.id)
    with service._changed:
        assert service._changed.wait_for(finished, WAIT_S)
    assert seen <= {(), (0,), (0, 2), (0, 2, 4), (0, 2, 4, 5)}
    assert not differing(series_of(service, run.id), uninterrupted(run.config))


def test_samples_of_steps_that_were_taken_back_are_not_shown(service: Service, runs: Runs):
    run = runs.create(tiny())
    run.log("start", step=0, device="CPU, float32")
    run.log("tick", step=2, seconds=0.5, images=10, series={"loss_d": np.array([1.0, 2.0], np.float32)})
    for step in (0, 2, 4):
        run.save_sample(step, np.zeros((2, 16, 16, 1), np.uint8))
    assert service.status(run.id).sample_steps == (0, 2)


def test_a_slimmed_run_cannot_be_resumed_and_says_so(service: Service):
    run_id = paused(service)
    service.stop(run_id)
    reach(service, run_id, "stopped")
    run = service.runs.get(run_id)
    run.slim()
    before = list(run.records())
    hands: list[Callable[[str], object]] = [
        service.resume,
        service.undo,
        lambda run_id: service.edit(run_id, {"lr_g": 0.5, "max_steps": 2 * ENDLESS}),
        lambda run_id: service.rewind(run_id, 0),
    ]
    for hand in hands:
        with pytest.raises(RunError, match=f"^run '{run_id}' {EXPLORE_ONLY}$"):
            hand(run_id)
    assert (service.active(), list(run.records())) == ((), before)


def test_a_run_that_is_asked_for_twice_by_one_name_is_one_run(service: Service):
    with ThreadPoolExecutor(5) as clicks:
        ids = set(clicks.map(lambda _: service.start(tiny(), request="a click"), range(5)))
    assert ids == {run.id for run in service.runs.all()} and len(ids) == 1
    assert service.start(tiny(), request="another") not in ids


def test_a_queued_run_says_which_one_it_waits_for(service: Service):
    first = paused(service)
    waiting = [service.start(tiny()) for _ in range(2)]
    service.move(waiting[1], 0)
    assert [service.status(run_id).waits_for for run_id in (first, *waiting)] == ["", first, first]
    service.stop(first)
    for run_id in waiting:
        assert reach(service, run_id, "finished").waits_for == ""


def test_a_pause_can_be_taken_back_before_it_is_obeyed(service: Service):
    run_id = endless(service)
    for _ in range(20):
        service.pause(run_id)
        service.unpause(run_id)
    wait_for_step(service, run_id, service.status(run_id).step + 2)
    with pytest.raises(RunError, match="is training"):
        service.unpause(run_id)
    service.stop(run_id)
    reach(service, run_id, "stopped")


def test_a_second_service_on_the_folder_watches_pauses_and_stops(service: Service):
    run_id = paused(service)
    here = service.status(run_id)
    other = Service(Runs(service.runs.root))
    there = other.status(run_id)
    assert (there.state, there.actions) == ("paused-elsewhere", ("unpause", "stop"))
    assert (there.live, there.step) == (True, here.step)
    assert "Another ganlab" in there.message
    assert other.curves(run_id).count == here.step
    for action in ("pause", "resume"):
        with pytest.raises(RunError, match=f"run '{run_id}' is paused-elsewhere"):
            other.act(run_id, action)
    other.unpause(run_id)
    reach(service, run_id, "training")
    assert other.status(run_id).state == "elsewhere"
    for action in ("unpause", "resume"):
        with pytest.raises(RunError, match=f"run '{run_id}' is elsewhere"):
            other.act(run_id, action)
    other.pause(run_id)
    reach(service, run_id, "paused")
    service.unpause(run_id)
    reach(service, run_id, "training")
    assert other.live_generator(run_id) is None and other.active() == ()
    other.stop(run_id)
    reach(service, run_id, "stopped")
    assert other.status(run_id).state == "stopped"
    assert other.close()


def test_close_stops_with_a_snapshot_ends_the_thread_and_may_be_called_again(service: Service):
    run_id, waiting = endless(service), service.start(tiny())
    wait_for_step(service, run_id, 2)
    (thread,) = (thread for thread in threading.enumerate() if thread.name == "ganlab-trainer")
    assert service.close(WAIT_S)
    assert not thread.is_alive()
    assert service.close()
    stopped = service.status(run_id)
    assert stopped.state == "stopped" and stopped.step >= 2
    assert service.runs.get(run_id).snapshot_steps()[-1] == stopped.step
    assert (service.status(waiting).state, service.active()) == ("stopped", ())
    for order in (lambda: service.start(tiny()), lambda: service.resume(run_id)):
        with pytest.raises(RunError, match="the training service is closing: start the app again"):
            order()


def test_a_paused_run_does_not_keep_the_service_from_closing(service: Service):
    run_id = paused(service)
    assert service.close(WAIT_S)
    assert service.status(run_id).state == "stopped"


def test_nothing_started_is_closed_at_once(runs: Runs):
    service = Service(runs)
    assert service.close(0) and service.close(0)


def test_a_closing_service_is_not_held_by_a_pause(service: Service, monkeypatch: pytest.MonkeyPatch):
    slow = threading.Event()
    waiting = threading.Event()

    def act(state: Any) -> None:
        waiting.set()
        assert slow.wait(WAIT_S)

    before_step(monkeypatch, 3, act)
    run_id = service.start(tiny(max_steps=50))
    assert waiting.wait(WAIT_S)
    assert not service.close(0), "in the middle of a step"
    assert service.status(run_id).state == "stopping"
    with pytest.raises(RunError, match="is stopping"):
        service.pause(run_id)
    slow.set()
    assert service.close(WAIT_S)
    assert service.status(run_id).state == "stopped"


def test_what_is_handed_out_cannot_be_changed_and_does_not_change(service: Service):
    run_id = paused(service)
    status = service.status(run_id)
    with pytest.raises(FrozenInstanceError):
        status.step = 7  # pyright: ignore[reportAttributeAccessIssue]
    assert isinstance(status.sample_steps, tuple)
    part = service.curves(run_id)
    kept = {name: table.copy() for name, table in part.series.items()}
    service.unpause(run_id)
    wait_for_step(service, run_id, status.step + 15)
    assert not differing(part.series, kept)
    assert status.sample_steps != service.status(run_id).sample_steps
    for table in part.series.values():
        table.fill(0)
    assert service.curves(run_id).series["loss_d"].all()


def test_the_live_generator_is_a_copy_of_its_step(service: Service, monkeypatch: pytest.MonkeyPatch):
    config = tiny(max_steps=8, preview_every=2)
    held, go = threading.Event(), threading.Event()

    def look(tick_step: int) -> None:
        held.set()
        assert go.wait(WAIT_S)

    # Held between ticks: the service publishes, then asks whether it may go on.
    may_go_on = Work._may_go_on

    def watched(self: Work, driver: Driver) -> bool:
        if self.job.step == 4:
            look(self.job.step)
        return may_go_on(self, driver)

    monkeypatch.setattr(Work, "_may_go_on", watched)
    run_id = service.start(config)
    assert held.wait(WAIT_S)
    live = service.live_generator(run_id)
    assert live is not None
    step, tensors = live
    data, state = fresh(config.with_changes(max_steps=4))
    run_through(data, state)
    assert step == 4
    assert not differing(tensors, state.generator_tensors())
    for value in tensors.values():
        value.zero_()
    go.set()
    reach(service, run_id, "finished")
    assert not differing(series_of(service, run_id), uninterrupted(config))


def test_the_generator_as_trained_is_copied_only_for_who_asks(service: Service, monkeypatch: pytest.MonkeyPatch):
    copied: list[str] = []
    tensors = TrainState.generator_tensors

    def watched(state: TrainState, weights: WeightsName = "average") -> dict[str, torch.Tensor]:
        copied.append(weights)
        return tensors(state, weights)

    monkeypatch.setattr(TrainState, "generator_tensors", watched)
    run_id = paused(service)
    grids = copied.count("average")
    assert grids and "generator" not in copied
    live = service.live_generator(run_id, "generator")
    assert live is not None and live[0] == service.status(run_id).step
    assert {name.partition(".")[0] for name in live[1]} == {"generator"}
    assert service.live_generator(run_id, "generator") is live, "nothing has happened since"
    assert copied.count("generator") == 1
    service.single(run_id, "g")
    with service._changed:
        assert service._changed.wait_for(lambda: service.status(run_id).reports, WAIT_S)
    after = service.live_generator(run_id, "generator")
    assert after is not None and differing(live[1], after[1]), "an update by hand is seen"
    assert service.live_generator(run_id, "generator") is after
    service.unpause(run_id)
    wait_for_step(service, run_id, live[0] + 40)
    assert copied.count("generator") == 3, "one more, of the grid after the last question"
    assert copied.count("average") > grids + 2


def test_after_a_rewind_the_weights_that_it_went_back_to_are_handed_out_at_once(service: Service):
    run_id = endless(service, snapshot_every=4)
    wait_for_step(service, run_id, 24)
    service.pause(run_id)
    reach(service, run_id, "paused")
    for weights in WEIGHTS:
        live = service.live_generator(run_id, weights)
        assert live is not None and live[0] > 4
    service.rewind(run_id, 4)
    with service._changed:
        assert service._changed.wait_for(lambda: service.status(run_id).step == 4, WAIT_S)
    assert service.status(run_id).state == "paused", "no grid comes that would bring them"
    for weights in WEIGHTS:
        live = service.live_generator(run_id, weights)
        assert live is not None and live[0] == 4
        assert differing(live[1], service.runs.get(run_id).load_snapshot(4, prefix=f"{weights}.")) == set()


def test_whoever_waits_for_the_generator_as_trained_is_told_when_there_is_none(service: Service):
    run_id = paused(service)
    with service._changed, pytest.raises(RunError, match="still in a step, and its weights come after it: try again"):
        service.live_generator(run_id, "generator", timeout_s=0)
    service.stop(run_id)
    reach(service, run_id, "stopped")
    assert service.live_generator(run_id, "generator") is None


def test_watching_hard_does_not_change_the_history(service: Service):
    config = tiny(max_steps=30, preview_every=5, dropout=0.3)
    done = threading.Event()
    seen: list[RunStatus] = []
    problems: list[BaseException] = []

    def hammer(run_id: str) -> None:
        bucket = start = 0
        try:
            while not done.is_set():
                seen.append(service.status(run_id))
                part = service.curves(run_id, bucket=bucket, start=start)
                bucket, start = part.bucket, max(part.count - 1, 0)
                service.live_generator(run_id)
                service.live_generator(run_id, "generator")
                service.active()
                torch.randn(3)
                np.random.rand(3)
        except Exception as error:  # noqa: BLE001 - told below, in the test's own thread
            problems.append(error)

    run_id = service.start(config)
    watchers = [threading.Thread(target=hammer, args=(run_id,)) for _ in range(2)]
    for watcher in watchers:
        watcher.start()
    try:
        reach(service, run_id, "finished")
    finally:
        done.set()
        for watcher in watchers:
            watcher.join()
    assert problems == []
    assert len(seen) > 20
    assert {status.state for status in seen} <= {"queued", "loading", "training", "finished"}
    assert not differing(series_of(service, run_id), uninterrupted(config))


def test_speeds_are_those_of_the_recent_ticks_and_time_left_follows(runs: Runs):
    run = runs.create(tiny(max_steps=100))
    job = Job(run, run.config, state="training", step=40, recent=deque([(10, 200, 1.5), (20, 400, 0.5)]))
    status = job.status()
    assert (status.steps_per_s, status.images_per_s, status.left_s) == (15.0, 300.0, 4.0)
    job.state = "paused"
    assert (job.status().steps_per_s, job.status().left_s) == (None, None)
    assert Job(run, run.config, state="training").status().steps_per_s is None


def test_the_states_agree_with_one_another():
    states = set(StateName.__args__)  # pyright: ignore[reportAttributeAccessIssue]
    assert set(ACTIONS) <= states and set(LIVE_STATES) <= states
    assert states - set(ACTIONS) == {"stopping", "finished"}
    made = {state: RunStatus("a", state, 0, tiny()) for state in states}
    assert all(
        made[state].live == (state in {"queued", "loading", "training", "stopping", *ELSEWHERE}) for state in states
    )
