"""The app as users run it, in a process of its own, and a reader of its routes."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import say

ROOT = Path(__file__).parents[1]
_PATIENCE_S = 60.0
_LOOK_S = 0.01
_IDLE_S = 3.0  # the server hangs up on a connection that is silent for 5 s


@dataclass(frozen=True)
class App:
    """A running server. up_s: from the start of its process until it answered."""

    port: int
    pid: int
    checkpoints: Path
    up_s: float

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def app(checkpoints: Path) -> Iterator[App]:
    """Serve these runs on a free port; afterwards the process is ended, and its complaints are told."""
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    options = ["--server.port", str(port), "--server.headless", "true"]
    environment = os.environ | {"GANLAB_CHECKPOINTS": str(checkpoints)}
    with tempfile.TemporaryFile() as log:
        begun = time.perf_counter()
        process = subprocess.Popen(
            [*command, *options], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_up(port, process)
            yield App(port, process.pid, checkpoints, time.perf_counter() - begun)
        finally:
            _end(process)
            log.seek(0)
            _tell_complaints(log.read().decode(errors="replace"))


def prepare_run(checkpoints: Path, *words: str, steps: int) -> str:
    """A finished run with so many steps, for pages that show one. Returns its id.

    words: as for `ganlab train`, if it is not to be of recipe wgan-gp.
    """
    command = [sys.executable, "-m", "ganlab", "train", *words, "--checkpoints", str(checkpoints), "-q"]
    asked = [*command, "--max-steps", str(steps), "--snapshot-every", str(steps)]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"no run could be trained to look at: {done.stderr.strip()}")
    return done.stdout.split()[-1]


class Client:
    """Requests over one connection that is kept, as a browser does, with the page's token."""

    def __init__(self, app: App, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=_PATIENCE_S)
        self._headers = {"X-Ganlab-Token": token}
        self._used = 0.0

    def get(self, path: str) -> bytes:
        return self._ask("GET", path)

    def post(self, path: str) -> bytes:
        return self._ask("POST", path)

    def _ask(self, method: str, path: str) -> bytes:
        if time.monotonic() - self._used > _IDLE_S:
            self._connection.close()  # the next request opens it again
        self._connection.request(method, path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        self._used = time.monotonic()
        if answer.status != 200:
            raise SystemExit(f"{method} {path} was answered with {answer.status}: {body[:200]!r}")
        return body

    def close(self) -> None:
        self._connection.close()


class Reader:
    """Asks for a run as the live component does: what is new of the curves, and the newest grid."""

    def __init__(self, client: Client, run_id: str) -> None:
        self._client = client
        self._run = f"/ganlab/runs/{run_id}"
        self._have: Mapping[str, int] = {}
        self._grid: int | None = None

    def refresh(self) -> tuple[int, int]:
        """Bytes of the answer, and of the grid where there was a new one."""
        count = self._have.get("count", 0)
        query = ""
        if count:
            query = f"?bucket={self._have['bucket']}&start={count - 1}&timeline={self._have['timeline']}"
        body = self._client.get(f"{self._run}/live{query}")
        view: dict[str, Any] = json.loads(body)
        self._have = view["curves"]
        newest = view["samples"][-1][1] if view["samples"] else None
        if newest == self._grid or newest is None:
            return len(body), 0
        self._grid = newest
        return len(body), len(self._client.get(f"{self._run}/samples/{newest}"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_up(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        asking = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(asking):
            asking.request("GET", "/_stcore/health")
            if asking.getresponse().status == 200:
                return
        time.sleep(_LOOK_S)
    raise SystemExit(f"the app did not come up within {_PATIENCE_S:g} s; its log is above")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        say("the server did not end within 15 s and was killed")
        process.kill()
        process.wait()


def _tell_complaints(log: str) -> None:
    if any(word in log for word in ("Traceback", "Error", "Exception", "WARNING")):
        say("the server's log has complaints:")
        print(log[-4000:], file=sys.stderr)
