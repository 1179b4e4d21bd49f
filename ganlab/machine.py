"""What was measured of this computer, remembered from one start to the next."""

from __future__ import annotations

import contextlib
import functools
import os
import platform
from pathlib import Path

import orjson
import torch

from ganlab.data.cache import cache_dir
from ganlab.training.precision import WORTH, Precision, bfloat16_gain


def fastest_precision(device: torch.device) -> Precision:
    """What precision "auto" stands for on this device: bfloat16 where a short trial found it faster.

    Otherwise float32 on a CPU, and TF32 on a GPU. The trial is made once per computer, device, version of torch and
    number of threads; where nothing can be written it is made anew by each process.
    """
    if _gain(device, torch.get_num_threads()) >= WORTH:
        return "bfloat16"
    return "float32" if device.type == "cpu" else "tf32"


@functools.cache
def _gain(device: torch.device, threads: int) -> float:
    key = f"{platform.node()} {_chip(device)} {torch.__version__} threads={threads}"
    remembered = _read()
    if not isinstance(remembered.get(key), int | float):
        try:
            remembered[key] = bfloat16_gain(device)
        except torch.OutOfMemoryError:
            return 0.0  # nothing is remembered: another time there may be room
        _write(remembered)
    return float(remembered[key])


def _chip(device: torch.device) -> str:
    on_gpu = device.type == "cuda"
    return torch.cuda.get_device_name(device) if on_gpu else torch.backends.cpu.get_cpu_capability()


def _file() -> Path:
    return cache_dir() / "bfloat16-gain.json"


def _read() -> dict[str, float]:
    try:
        content = orjson.loads(_file().read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return content if isinstance(content, dict) else {}


def _write(content: dict[str, float]) -> None:
    file = _file()
    part = file.with_name(f"{file.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
        part.replace(file)
