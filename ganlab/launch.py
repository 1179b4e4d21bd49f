"""Processes that train one run together: how they find each other, and how they are started.

torchrun starts them, by its command or by its Python interface; its words are in the environment (RANK, WORLD_SIZE …).
"""

from __future__ import annotations

import logging
import os
import re
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta

import torch
import torch.distributed as dist
from torch.distributed import PrefixStore, TCPStore  # pyright: ignore[reportPrivateImportUsage]

from ganlab.config import TrainConfig
from ganlab.errors import ConfigError, LostRankError
from ganlab.gan.ranks import ALONE, Ranks
from ganlab.training import check_shares, pick_device

#: A rank that does not answer within a step for so long counts as lost.
STEP_PATIENCE_S = 60.0
#: Between two steps rank 0 may be busy with scores and files for so long.
BUSY_PATIENCE_S = 1800.0
#: Seconds that rank 0 has to say why all have failed.
LAST_WORD_S = 5.0
#: How often all ranks are started again after one died.
RESTARTS = 3


def launched() -> bool:
    """Whether torchrun has started this process."""
    return "TORCHELASTIC_RUN_ID" in os.environ and int(os.environ.get("WORLD_SIZE", "1")) > 1


def rank() -> int:
    """Which of torchrun's processes this is; 0 for one alone."""
    return int(os.environ["RANK"]) if launched() else 0


def check_devices(config: TrainConfig, count: int) -> None:
    """Raises ConfigError when this machine has not so many devices, or a batch cannot be shared by them."""
    if count == 1:
        return
    _check_machine(config, count)
    check_shares(config, count)


def _check_machine(config: TrainConfig, count: int) -> None:
    on_gpu = pick_device(config).type == "cuda"
    there = torch.cuda.device_count() if on_gpu else os.cpu_count() or 1
    if count > there:
        what = "GPU" if on_gpu else "CPU core"
        raise ConfigError(
            f"{count} devices were asked for, but this machine has {there} {what}{'s' if there > 1 else ''}: "
            f"choose 1 to {there}"
        )


@contextmanager
def joined(config: TrainConfig) -> Iterator[Ranks]:
    """The ranks that torchrun started, as this one of them sees them; itself alone where there are none.

    Raises ConfigError: more ranks than devices, a batch that they cannot share; LostRankError: no way to the others.
    """
    if not launched():
        yield ALONE
        return
    _check_machine(config, int(os.environ["LOCAL_WORLD_SIZE"]))
    check_shares(config, int(os.environ["WORLD_SIZE"]))
    on_gpu = pick_device(config).type == "cuda"
    if on_gpu:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    try:
        # torchrun's store outlives a restart, and with it the addresses of those that are gone.
        store = PrefixStore(f"attempt {os.environ['TORCHELASTIC_RESTART_COUNT']}", _store())
        count = int(os.environ["WORLD_SIZE"])
        patience = timedelta(seconds=BUSY_PATIENCE_S)
        dist.init_process_group("gloo", store=store, rank=rank(), world_size=count, timeout=patience)
        group = dist.new_group(backend="nccl" if on_gpu else "gloo", timeout=timedelta(seconds=STEP_PATIENCE_S))
    except (RuntimeError, ValueError) as error:
        raise LostRankError(
            f"the other processes cannot be reached ({_brief(error)}): check the address, the port and the network "
            "interface (GLOO_SOCKET_IFNAME names one)"
        ) from error
    ranks = Ranks(rank(), count, group, patience_s=STEP_PATIENCE_S)
    try:
        yield ranks
    except LostRankError:  # whoever is left would wait for what is gone
        raise
    except BaseException:
        _dismiss(ranks)
        raise
    _dismiss(ranks)


def _dismiss(ranks: Ranks) -> None:
    with suppress(LostRankError):
        ranks.order("end")
    dist.destroy_process_group()


def _store() -> TCPStore:
    """torchrun's, in which its processes leave word for each other."""
    return TCPStore(os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]), is_master=False)


def remembered(name: str = "") -> str:
    """What rank 0 remembered under this launch, also before all ranks were started anew; name: remember it from now."""
    store = _store()
    if name:
        store.set("ganlab/run", name)
    return store.get("ganlab/run").decode() if store.check(["ganlab/run"]) else ""


def launch(count: int, words: Sequence[str], cut_off: Callable[[], bool]) -> None:
    """Run `python -m ganlab` with these words on `count` devices of this machine.

    cut_off: whether what they did was cut off and can go on; then they are started again, RESTARTS times at most.
    Raises LostRankError when they failed, which they have said why.
    """
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)
    os.environ.setdefault("OMP_NUM_THREADS", str(max((os.cpu_count() or 1) // count, 1)))
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=count,
        run_id=uuid.uuid4().hex,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        max_restarts=0,
        logs_specs=DefaultLogsSpecs(),
    )
    for left in reversed(range(RESTARTS + 1)):
        try:
            elastic_launch(config, sys.executable)("-m", "ganlab", *words)
            return
        except ChildFailedError as error:
            if not left or not cut_off():
                codes = ", ".join(str(failure.exitcode) for failure in error.failures.values())
                raise LostRankError(f"the {count} processes ended with exit code {codes}: see what they said") from None
        except SignalException as error:
            raise KeyboardInterrupt from error


def leave(code: object) -> None:
    """End this process without taking Python down piece by piece.

    One time in twenty a thread of torch.distributed that lets go of its last message then meets a Python that is
    gone, and ends the process with SIGABRT, which torchrun takes for a failure. Torchrun ends all ranks once one has
    failed, so the others give rank 0 the time to say why.
    """
    if code and rank():
        time.sleep(LAST_WORD_S)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code if isinstance(code, int) else 1 if code else 0)


def _brief(error: Exception) -> str:
    """Without the place in torch's sources that it begins with."""
    return re.sub(r"^\[.*?\] ", "", " ".join(str(error).split()))[:200]
