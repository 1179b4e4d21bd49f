"""The machine that figures come from: its cores, how busy it is, and what a process takes of it."""

from __future__ import annotations

import os
import platform
import subprocess
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

#: Load per core from which others are in the way.
BUSY = 0.5


def describe() -> dict[str, Any]:
    """What a figure means nothing without. cores: those this process may use; load: of the last minute."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu_name(),
        "cores": cores,
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "torch": version("torch"),
        "streamlit": version("streamlit"),
        "ganlab": version("ganlab"),
    }


def warning_of(machine: dict[str, Any]) -> str | None:
    """A sentence where other work was going on."""
    if machine["load"] <= BUSY * machine["cores"]:
        return None
    return (
        f"Other work was running (load {machine['load']} on {machine['cores']} cores): trust the ratios, which are "
        "taken within a round, to within the range beside them, and the other figures less."
    )


def resident_bytes(pid: int) -> int:
    """Memory that a process holds, pages it shares with others included."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024
    asked = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(asked.stdout) * 1024


def cpu_seconds(pid: int, *, without: int | None = None) -> float | None:
    """CPU time so far of a process and those living under it, less those under `without`; None where /proc is not.

    A process that has ended takes its time with it, so compare only while the same ones live.
    """
    if not Path("/proc/self/stat").exists():
        return None
    children, ticks = defaultdict[int, list[int]](list), dict[int, int]()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        child = int(path.parent.name)
        children[int(fields[1])].append(child)
        ticks[child] = int(fields[11]) + int(fields[12])
    total, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        if one != without:
            total += ticks.get(one, 0)
            waiting += children[one]
    return total / os.sysconf("SC_CLK_TCK")


def _cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "") or "unknown"
