"""What only a GPU can show; skipped where there is none. What a step needs of one is in test_recorded.py as well."""

from __future__ import annotations

import threading

import pytest
import torch
from tiny import joined, run_through, some_data, tiny

from ganlab.config import TrainConfig
from ganlab.training import TrainState, new_state, train
from ganlab.training.batches import Batches
from ganlab.training.graphs import CudaGraphs
from ganlab.training.loop import PlainSteps
from ganlab.training.recorded import RecordedSteps, Work

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU here")


def on_gpu(**changes: object) -> TrainConfig:
    return tiny(**({"device": "cuda", "precision": "tf32", "max_steps": 30, "preview_every": 100} | changes))


def trained(config: TrainConfig) -> tuple[TrainState, dict[str, object]]:
    data = some_data(config)
    state = new_state(config, data)
    return state, dict(joined(run_through(data, state)))


@pytest.mark.parametrize("precision", ["tf32", "bfloat16"])
@pytest.mark.parametrize("penalty", ["gradient", "r1+r2", "clip", "dragan"])
def test_a_run_is_recorded_and_follows_the_reference(penalty: str, precision: str):
    config = on_gpu(penalty=penalty, precision=precision)
    state, series = trained(config)
    assert state.stepping == "steps recorded"
    plain, expected = trained(config.with_changes(precision="float32"))
    assert not plain.stepping
    assert series.keys() == expected.keys()
    assert series["loss_d"] == pytest.approx(expected["loss_d"], rel=0.2, abs=0.2)


def test_an_edit_acts_without_a_new_recording():
    config = on_gpu()
    data = some_data(config)
    state = new_state(config, data)
    ticks = train(data, state, tick_s=0)
    while state.step < 10:
        next(ticks)
    state.take_config(config.with_changes(lr_g=0.0001, ema_decay=0.0, d_steps=1))
    next(ticks)
    assert state.stepping == "steps recorded"
    pairs = zip(state.average.parameters(), state.generator.parameters(), strict=True)
    assert all(torch.equal(mine, theirs) for mine, theirs in pairs)


def test_recording_holds_while_another_thread_uses_the_gpu():
    stop, errors = threading.Event(), []

    def busy() -> None:
        try:
            while not stop.is_set():
                torch.randn(300, 300, device="cuda").matmul(torch.randn(300, 300, device="cuda")).sum().item()
        except RuntimeError as error:
            errors.append(error)

    threads = [threading.Thread(target=busy) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        states = [trained(on_gpu(seed=seed))[0] for seed in range(4)]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not errors
    assert {state.stepping for state in states} == {"steps recorded"}


def test_work_that_waits_for_the_gpu_is_refused_and_the_run_goes_on():
    config = on_gpu()
    data = some_data(config)
    state = new_state(config, data)
    batches = Batches(data, state)
    graphs = CudaGraphs(state.device, state.rngs)

    def record(work: Work) -> Work:
        def waiting() -> None:
            work()
            torch.cuda.synchronize()

        return graphs(waiting)

    steps = RecordedSteps(state, batches, PlainSteps(state, batches), record)
    for _ in range(6):
        steps.step()
    assert "not recorded" in state.stepping
    _, rows = steps.take()
    assert rows.isfinite().all()
    assert len(rows) == 6


def test_a_dataset_that_would_fill_the_gpu_stays_beside_the_processor(monkeypatch: pytest.MonkeyPatch):
    _, expected = trained(on_gpu())
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda device: (10, 20))
    _, series = trained(on_gpu())
    assert series["loss_d"] == pytest.approx(expected["loss_d"], rel=1e-2, abs=1e-2)
