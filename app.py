"""The app: `streamlit run app.py` (or `make app`) serves the pages of ganlab/ui and ends the training cleanly."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import streamlit as st
import torch
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from ganlab.machine import fastest_precision
from ganlab.training import spare_one_core, warm_up
from ganlab.ui.guard import Guard, frame_ancestors
from ganlab.ui.lab import lab
from ganlab.ui.routes import routes


def get_ready() -> None:
    """Pay for what torch does once, and find out once what is fastest here, before the first Start.

    What was deleted when the app last ran goes for good.
    """
    lab().runs.forget_deleted()
    with spare_one_core():
        warm_up(fastest_precision(torch.device("cpu")))


def end_with_the_terminal() -> None:
    """A terminal that is closed ends the app like SIGTERM, unless it was started to outlive it, as by nohup."""
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, signal.raise_signal, signal.SIGTERM)


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncGenerator[None, None]:
    """Get ready to train beside the first page; on the way down, stop what is training, with a snapshot.

    A trainer left behind would abort the interpreter. Deleted runs, which a page may still have offered to bring back,
    go for good.
    """
    end_with_the_terminal()
    warming = asyncio.create_task(run_in_threadpool(get_ready))
    yield
    await run_in_threadpool(lab().service.close)
    await run_in_threadpool(lab().runs.forget_deleted)
    await warming
    gc.freeze()  # else the interpreter would look through all of torch once more before it ends, for seconds


guard = Middleware(Guard, frame_ancestors=frame_ancestors())
app = st.App("ganlab/ui/main.py", routes=routes(), middleware=[guard], lifespan=lifespan)
