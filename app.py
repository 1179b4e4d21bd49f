"""The app: `streamlit run app.py` (or `make app`) serves the pages of ganlab/ui and ends the training cleanly."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.concurrency import run_in_threadpool

from ganlab.ui.lab import lab
from ganlab.ui.routes import routes


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncGenerator[None, None]:
    """On the way down, stop what is training, with a snapshot: a trainer left behind would abort the interpreter."""
    yield
    await run_in_threadpool(lab().service.close)


app = st.App("ganlab/ui/main.py", routes=routes(), lifespan=lifespan)
