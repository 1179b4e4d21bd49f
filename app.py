"""The app: `streamlit run app.py` (or `make app`) serves the pages of ganlab/ui and ends the training cleanly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import streamlit as st
import torch
from starlette.concurrency import run_in_threadpool

from ganlab.machine import fastest_precision
from ganlab.training import spare_one_core, warm_up
from ganlab.ui.lab import lab
from ganlab.ui.routes import routes


def get_ready() -> None:
    """Pay for what torch does once, and find out once what is fastest here, before the first Start."""
    with spare_one_core():
        warm_up(fastest_precision(torch.device("cpu")))


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncGenerator[None, None]:
    """Get ready to train beside the first page; on the way down, stop what is training, with a snapshot.

    A trainer left behind would abort the interpreter.
    """
    warming = asyncio.create_task(run_in_threadpool(get_ready))
    yield
    await warming
    await run_in_threadpool(lab().service.close)


app = st.App("ganlab/ui/main.py", routes=routes(), lifespan=lifespan)
