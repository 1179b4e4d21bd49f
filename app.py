"""The app: `streamlit run app.py` (or `make app`) serves the pages of ganlab/ui and ends the training cleanly."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from ganlab.ui.guard import Guard, frame_ancestors
from ganlab.ui.late import late_routes, whole_app

#: A pause between the imports and warming up, for the first page: a browser needs the processor to show it.
_SHOWING_S = 2.5


async def get_ready() -> None:
    """Import all, then pay for what torch does once, before the first Start."""
    await run_in_threadpool(whole_app)
    await asyncio.sleep(_SHOWING_S)
    await run_in_threadpool(warm)


def warm() -> None:
    """Find out what is fastest here, and have it ready. What was deleted when the app last ran goes for good."""
    import torch

    from ganlab.machine import fastest_precision
    from ganlab.training import spare_one_core, warm_up
    from ganlab.ui.lab import lab

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
    warming = asyncio.create_task(get_ready())
    yield
    warming.cancel()
    with suppress(asyncio.CancelledError):
        await warming
    from ganlab.ui.lab import lab

    await run_in_threadpool(lab().service.close)
    await run_in_threadpool(lab().runs.forget_deleted)
    gc.freeze()  # else the interpreter would look through all of torch once more before it ends, for seconds


guard = Middleware(Guard, frame_ancestors=frame_ancestors())
app = st.App("ganlab/ui/main.py", routes=late_routes(), middleware=[guard], lifespan=lifespan)
