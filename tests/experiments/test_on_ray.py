"""Runs as tasks of Ray: a local cluster of two CPU cores, workers that are killed, and what can be in the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from calling import call, refusal
from tiny import tiny

from ganlab.experiments import Cluster, Experiment, Needs, Shelf, arms_of, on_ray
from ganlab.runs import Run, Runs, drive
from ganlab.status import status_on_disk


@pytest.fixture(autouse=True)
def no_other_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


@pytest.fixture
def runs(checkpoints: Path) -> Runs:
    return Runs(checkpoints)


def small(**changes: object) -> Experiment:
    varied = {"loss": ["wasserstein", "hinge", "non-saturating"]}
    settings = {"width": 4, "batch_size": 16, "z_dim": 4, "d_steps": 1, "penalty": "none"}
    return Experiment(
        "small", "wgan-gp", arms_of(varied, "wgan-gp"), (0, 1, 2, 3), settings | {"max_steps": 60} | changes
    )


def started(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "ganlab", *words], stderr=subprocess.PIPE, text=True)


def begun(shelf: Shelf) -> list[Run]:
    return [run for run, _ in shelf.chosen(["small"])[0]]


def until(holds: Callable[[], object], seconds: float = 120) -> object:
    end = time.monotonic() + seconds
    while not (found := holds()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def worker_of(run: Run) -> int | None:
    """The process of Ray that trains a run, which is named after it."""
    found = subprocess.run(["pgrep", "-f", f"^ray::{run.id}"], stdout=subprocess.PIPE, text=True).stdout.split()
    return int(found[0]) if found else None


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_12_runs_with_a_killed_worker_are_the_same_as_trained_here(runs: Runs):
    shelf, whole = Shelf(runs), small(max_steps=300, snapshot_every=50)
    for cell in list(whole.cells()):
        whole, _ = shelf.begin(whole, cell)
    all_runs = begun(shelf)
    victim = all_runs[4]

    def kill() -> None:
        until(lambda: victim.history().step >= 60, 300)
        if pid := worker_of(victim):
            os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with closing(Cluster()) as cluster:
        ends = list(cluster.train({run: Needs(1, 0) for run in all_runs}))
    killer.join()
    assert sorted(run.id for run, why in ends if not why) == sorted(run.id for run in all_runs)
    assert all(status_on_disk(run).state == "finished" for run in all_runs)
    kinds = [record["type"] for record in victim.records()]
    assert kinds.count("start") == kinds.count("resume") == 1, "it was killed, and went on"
    steps = [step for step, _, _ in victim.ticks()]
    assert steps == sorted(set(steps)) and steps[-1] == 300

    here = runs.create(victim.config)
    for _ in drive(here):
        pass
    for name in ("loss_d", "loss_g"):
        ours, theirs = (np.concatenate([series[name] for _, _, series in run.ticks()]) for run in (here, victim))
        np.testing.assert_array_equal(ours, theirs, err_msg=name)
    table = json.loads(call("compare", "small", "--count", "50", "--json").stdout)
    assert [each["run"] for each in table["runs"]] == [run.id for run in all_runs]
    assert sorted({each["arm"] for each in table["runs"]}) == ["hinge", "non-saturating", "wasserstein"]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_ctrl_c_stops_what_trains_and_begins_nothing_more(runs: Runs):
    words = ["experiment", "wgan-gp", "--vary", "loss=hinge,non-saturating", "--penalty", "none", "--seeds", "4"]
    words += ["--width", "4", "--batch-size", "16", "--z-dim", "4", "--max-steps", "100000", "--name", "small"]
    process = started(*words, "--on", "ray")
    shelf = Shelf(runs)
    assert until(lambda: "small" in shelf.names() and any(run.history().step > 5 for run in begun(shelf)))
    assert until(lambda: status_on_disk(begun(shelf)[0]).state == "elsewhere"), "seen from here, as any run elsewhere"
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=120)[1]
    assert process.returncode == 130, said
    assert said.endswith("Stopped; the same command goes on.\n"), said
    states = [status_on_disk(run).state for run in begun(shelf)]
    assert set(states) == {"stopped"} and len(states) == 8
    trained = [run for run in begun(shelf) if run.history().step]
    assert 1 <= len(trained) < 8 and all(run.snapshot_steps()[-1] == run.history().step for run in trained)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_a_worker_finds_in_the_way_is_said_and_stands_in_the_run(runs: Runs, monkeypatch: pytest.MonkeyPatch):
    run = runs.create(tiny(max_steps=3))
    monkeypatch.setattr(on_ray, "_versions", lambda: {"ganlab": "0.0.1", "torch": "1.0"})
    with closing(Cluster()) as cluster:
        assert not cluster.fits(Needs(4096, 0)) and not cluster.fits(Needs(0, 64)) and "CPU core" in str(cluster)
        ((_, why),) = cluster.train({run: Needs(1, 0)})
    assert "all machines need the same" in why
    assert (status_on_disk(run).state, run.history().message) == ("failed", why)


def test_a_path_that_a_machine_does_not_see(tmp_path: Path):
    folder = str(tmp_path / "not mounted" / "run")
    assert on_ray._train(folder, on_ray._versions()).endswith(
        f"does not see {folder!r}: put the checkpoints on a path that all machines share"
    )


def test_a_run_that_somebody_trains_is_left_to_them(runs: Runs, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(on_ray, "LOCK_PATIENCE_S", 0)
    run = runs.create(tiny())
    with Run(run.path, run.config).locked():
        assert "is being trained by another ganlab" in on_ray._train(str(run.path), on_ray._versions())
    assert run.log_size() == 0


def test_without_ray_one_sentence_says_so(checkpoints: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    said = refusal("experiment", "quick-digits", "--seeds", "1", "--on", "ray", exit_code=2)
    assert said == "--on ray needs Ray, which is not installed: pip install ray"
    assert not list(checkpoints.iterdir()), "nothing is begun"


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (ConnectionError("ray client connection timeout"), "connection timeout"),
        (RuntimeError("Version mismatch: The cluster was started with:\n    Ray: 1.0"), "Version mismatch"),
    ],
)
def test_a_cluster_that_is_not_there_or_of_another_version(
    error: Exception, named: str, checkpoints: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(**words: object) -> None:
        raise error

    monkeypatch.setattr("ray.init", refuse)
    monkeypatch.setenv("RAY_ADDRESS", "192.0.2.1:6379")
    said = refusal("experiment", "quick-digits", "--seeds", "1", "--on", "ray", exit_code=2)
    assert said.startswith("Ray cannot be used at '192.0.2.1:6379' (") and named in said
    assert not list(checkpoints.iterdir()), "nothing is begun"


def test_shares_of_a_machine_need_ray():
    for option, value in [
        *(("--cpus-per-run", value) for value in ("0", "-1", "nan", "inf")),
        *(("--gpus-per-run", value) for value in ("-1", "1.5", "nan", "inf")),
    ]:
        said = call("experiment", "quick-digits", "--on", "ray", option, value)
        assert said.exit_code == 2 and option in said.stderr
    assert "add --on ray" in refusal("experiment", "quick-digits", "--cpus-per-run", "2", exit_code=2)
