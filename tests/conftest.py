"""Fixtures for every test: runs in a folder of the test's own, and a browser if there is one."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from serving import Server
from tiny import made_up

from ganlab import locks
from ganlab.data import DATASETS

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Nets this small are quicker on one thread, by far so where other work has the second core."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def short_looks() -> Iterator[None]:
    """A look takes 128 examples of each kind: many times what these trainings take, and no more to be seen."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ganlab.training.measure.MOST", 16)
        yield


@pytest.fixture(autouse=True)
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that this test's runs land in, and a cache of its own; no test sees or touches anybody's."""
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    monkeypatch.setenv("GANLAB_CHECKPOINTS", str(folder))
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.fixture(autouse=True)
def classifiers(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where classifiers are kept, by their data: one folder for all tests, since each takes seconds to train."""
    folder = tmp_path_factory.getbasetemp() / "classifiers-of-all"
    monkeypatch.setattr("ganlab.metrics.kept.cache_dir", lambda: folder)
    return folder


@pytest.fixture
def no_locks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """A system that refuses to lock files, as some network file systems do, and leases that are short.

    The parameter is how it refuses, an `errno`.
    """
    refusal = getattr(request, "param", errno.ENOLCK)

    def refuse(*args: object) -> None:
        raise OSError(refusal, os.strerror(refusal))

    monkeypatch.setattr("fcntl.flock", refuse)
    monkeypatch.setattr(locks, "BEAT_S", 0.1)
    monkeypatch.setattr(locks, "LEASE_S", 1.0)
    return refusal


@pytest.fixture(autouse=True)
def no_inception(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where weights of the FID network would lie: what is the default does not depend on whose machine it is."""
    folder = tmp_path / "inception"
    monkeypatch.setattr("ganlab.metrics.inception_weights.weights_folder", lambda: folder)
    return folder


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


@pytest.fixture
def closed_url(monkeypatch: pytest.MonkeyPatch) -> str:
    """An address where nothing answers."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of a Chromium for playwright's `executable_path`; without one the test is skipped."""
    script = ["sh", str(ROOT / "tests" / "install-browser.sh"), "--find"]
    found = subprocess.run(script, capture_output=True, text=True, check=False).stdout.strip()
    if not found:
        pytest.skip("no Chromium on this machine: `make browser` installs one or says how")
    return found


@pytest.fixture
def made_up_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs train on a few random images, which are there at once."""
    monkeypatch.setitem(DATASETS, "digits", replace(DATASETS["digits"], load=made_up))
