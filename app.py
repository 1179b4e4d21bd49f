"""The app: `streamlit run app.py` (or `make app`) serves the pages of ganlab/ui and ends the training cleanly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.concurrency import run_in_threadpool

from ganlab.training import warm_up
from ganlab.ui.lab import lab
from ganlab.ui.routes import routes


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncGenerator[None, None]:
    """Get ready to train beside the first page; on the way down, stop what is training, with a snapshot.

    A trainer left behind would abort the interpreter.
    """
    warming = asyncio.create_task(run_in_threadpool(warm_up))
    yield
    await warming
    await run_in_threadpool(lab().service.close)


app = st.App("ganlab/ui/main.py", routes=routes(), lifespan=lifespan)
