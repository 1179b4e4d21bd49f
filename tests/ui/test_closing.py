"""The app is told to end while it trains: how soon it does, and what is left on the disk."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ganlab.runs import Runs, check_resumable

ROOT = Path(__file__).parents[2]

#: `streamlit run app.py` with a run in training, past its own preparations; the lab is the process's own.
SCRIPT = """
import sys
import torch
from ganlab.config import TrainConfig
from ganlab.machine import fastest_precision
from ganlab.training import warm_up
from ganlab.ui.lab import lab
from streamlit.web import cli

warm_up(fastest_precision(torch.device("cpu")))
run_id = lab().service.start(TrainConfig(max_steps=100_000, device="cpu", precision="float32"))
assert lab().service.wait(run_id, "training", timeout_s=60)
sys.argv = ["streamlit", "run", "app.py", "--server.headless", "true", "--server.port", sys.argv[1]]
cli.main()
"""


@contextmanager
def serving(cache: Path) -> Iterator[subprocess.Popen[str]]:
    """A server that answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(port)],
        cwd=ROOT,
        env=os.environ | {"GANLAB_CACHE": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        while process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_app_ends_within_five_seconds_with_a_snapshot_of_the_last_step(
    signum: int, checkpoints: Path, tmp_path: Path
):
    with serving(tmp_path / "cache") as process:
        (run,) = Runs(checkpoints).all()
        while run.history().step < 3:
            time.sleep(0.05)
        begin = time.monotonic()
        process.send_signal(signum)
        output, _ = process.communicate(timeout=30)
        seconds = time.monotonic() - begin
    told = signal.SIGTERM if signum == signal.SIGHUP else signum  # a closed terminal is passed on as SIGTERM
    assert process.returncode in (0, 1, -told), output  # 1 is how Streamlit's command line says "Aborted!"
    assert "Traceback" not in output
    assert run.history().ending == "stop", output
    assert run.snapshot_steps() == (run.history().step,)
    check_resumable(run)
    assert seconds < 5, f"{seconds:.1f} s"
