"""The app before it is imported: torch and what needs it come while the browser loads Streamlit's own page.

The server is up a second earlier for it. All imports of the app happen here, under one lock: modules that import each
other must not be begun by two threads.
"""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

if TYPE_CHECKING:
    from types import ModuleType

_LOCK = threading.Lock()


def whole_app() -> ModuleType:
    """`ganlab.ui.pages`, when all that the app needs is imported."""
    with _LOCK:
        from ganlab.ui import pages, routes  # noqa: F401

        return pages


def late_routes() -> list[Route]:
    """All of our own, under `server.baseUrlPath`, to be handed to `st.App`; the first request waits for its import."""
    base = "/" + st.get_option("server.baseUrlPath").strip("/")
    return [Route(base.rstrip("/") + path, _Late()) for path in ("/train", "/ganlab/{rest:path}")]


class _Late:
    """An ASGI app that is made at its first request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        router = _made() if _made.cache_info().currsize else await run_in_threadpool(_made)
        await router(scope, receive, send)


@functools.cache
def _made() -> Router:
    whole_app()
    from ganlab.ui.routes import routes

    return Router(routes())
