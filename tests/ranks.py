"""Several ranks on this machine, for tests: `train_on(2, configs)` runs this file in two processes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
import torch.distributed as dist
from safetensors.torch import load_file, save_file
from tiny import joined, some_data
from torch import Tensor

from ganlab.config import TrainConfig, parse_config
from ganlab.data import fingerprint
from ganlab.gan.ranks import ALONE, Ranks
from ganlab.launch import leave
from ganlab.training import follow, lead, new_state, restore_state, train

HERE = Path(__file__).parent


def outcome(config: TrainConfig, ranks: Ranks = ALONE, start: Path | None = None) -> dict[str, Tensor]:
    """All that a run comes to at its last step, and its series; start: a snapshot that it goes on from."""
    data = some_data(config)
    lead(ranks, config, fingerprint(data))
    state = (
        restore_state(config, data, load_file(start), ranks=ranks) if start else new_state(config, data, ranks=ranks)
    )
    series = joined(list(train(data, state)))
    return state.to_tensors() | {f"series.{name}": torch.from_numpy(values) for name, values in series.items()}


@contextmanager
def calculating_in(dtype: str) -> Iterator[None]:
    """What networks are made of in this block: float32 or float64."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, dtype))
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def train_on(
    count: int, configs: Sequence[TrainConfig], folder: Path, *, start: Path | None = None, dtype: str = "float64"
) -> list[dict[str, Tensor]]:
    """The outcomes of configs on so many ranks. folder: an empty one, which then holds them as `0.safetensors` …"""
    task = {"configs": [config.model_dump(mode="json") for config in configs], "dtype": dtype}
    task |= {"start": str(start or ""), "folder": str(folder)}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = os.environ | {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(count)}
    env |= {"PYTHONPATH": f"{HERE}{os.pathsep}{HERE.parent}", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, __file__, json.dumps(task)]
    processes = [subprocess.Popen(command, env=env | {"RANK": str(rank)}) for rank in range(count)]
    assert [process.wait(300) for process in processes] == [0] * count
    return [load_file(folder / f"{index}.safetensors") for index in range(len(configs))]


def _main(task: str) -> None:
    given = json.loads(task)
    dist.init_process_group("gloo")
    ranks = Ranks(dist.get_rank(), dist.get_world_size())
    with calculating_in(given["dtype"]):
        for index, fields in enumerate(given["configs"]):
            if ranks.rank:
                follow(ranks, some_data)
                continue
            found = outcome(parse_config(fields), ranks, Path(given["start"]) if given["start"] else None)
            ranks.order("end")
            save_file(found, Path(given["folder"]) / f"{index}.safetensors")
    dist.destroy_process_group()
    leave(0)


if __name__ == "__main__":
    _main(sys.argv[1])
