"""What the alarms say of runs of the real engine: nothing of healthy ones, and what is wrong where it was provoked."""

from __future__ import annotations

from pathlib import Path

import pytest
from rates import as_row, rates, seen
from record import FOLDER, MISSED, RUNS, config_of, record
from replaying import first_seen, logged, recorded, replayable
from test_alarms import check_remedy

from ganlab.alarms import ALARMS

SHIPPED = Path(__file__).parents[2] / "checkpoints"
STEERING = Path(__file__).parents[2] / "docs" / "steering.md"
HEALTHY = [name for name, planned in RUNS.items() if not planned.expected]
TROUBLED = [name for name, planned in RUNS.items() if planned.expected and name not in MISSED]


@pytest.mark.parametrize("name", ["digits-quick", "digits-wgan-gp", "mnist-wgan-gp", "mnist-dcgan"])
def test_no_alarm_on_the_runs_that_come_with_ganlab(name: str):
    run = logged(SHIPPED / name)
    assert run.steps == run.config.max_steps
    assert first_seen(run) == {}


@pytest.mark.parametrize("name", HEALTHY)
def test_no_alarm_on_a_healthy_run(name: str):
    run = recorded(FOLDER / f"{name}.npz")
    assert {"grad_norm_d", "grad_norm_g", "loss_d", "loss_g"} <= run.series.keys()
    measured = {"diversity", "diversity_g", "spacing_g", "energy_g", "moved", "stride_g", "critic_gap"}
    assert measured <= run.measures[run.steps].keys()
    assert seen(name) == {}


@pytest.mark.parametrize("name", TROUBLED)
def test_provoked_trouble_rings_soon(name: str):
    run = recorded(FOLDER / f"{name}.npz")
    found = seen(name)
    assert set(RUNS[name].expected) <= found.keys()
    assert min(step for step, _ in found.values()) <= RUNS[name].by
    for _, alarm in found.values():
        assert alarm.remedies
        for remedy in alarm.remedies:
            check_remedy(remedy, run.config, tuple(range(0, alarm.step + 1, 50)))


def test_the_recordings_are_of_these_runs_and_small():
    assert {path.stem for path in FOLDER.iterdir()} == RUNS.keys()
    for name, planned in RUNS.items():
        config = recorded(FOLDER / f"{name}.npz").config
        differing = {each for each, value in planned.changes.items() if getattr(config, each) != value}
        assert config.recipe == planned.recipe
        assert not differing, f"{name} was recorded with other settings: record it again"
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 500_000


def test_each_alarm_that_tells_of_training_has_rung_on_a_real_run():
    """Nothing trains for a thousand steps here without progress, or on a full disk; what was recorded has no scores."""
    rung = {name for planned in RUNS.values() for name in planned.expected}
    assert ALARMS.keys() - rung == {"no-progress", "disk-nearly-full", "copies-images", "quality-falls"}


def test_the_docs_tell_the_rates_of_these_recordings():
    told = STEERING.read_text(encoding="utf-8")
    for alarm, rate in rates().items():
        assert as_row(alarm, rate) in told
        assert rate.false == 0


@pytest.mark.parametrize("name", MISSED)
def test_what_is_missed_is_known(name: str):
    assert seen(name) == {}


def test_a_generator_whose_gradient_has_vanished_stands_still():
    """Beside d-wins, which explains it, it is not shown."""
    run = recorded(FOLDER / "d-steps-20-saturating.npz")
    assert max(run.series["grad_norm_g"][100:]) < 1e-6
    assert "stands-still" not in seen("d-steps-20-saturating")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ["lr-times-100-log", "two-images-wgan-gp", "d-steps-20-saturating"])
def test_made_anew_a_run_rings_again(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ganlab.training.measure.MOST", 128)  # as outside the tests, whose looks are short
    found = first_seen(replayable(record(config_of(RUNS[name]))))
    assert set(RUNS[name].expected) <= found.keys()
    assert all(found[alarm][0] <= RUNS[name].by for alarm in RUNS[name].expected)
