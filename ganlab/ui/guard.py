"""Who is answered: names that this server goes by, and pages of our own; and which sites may show the app in a frame.

Streamlit guards its websocket, neither its other answers nor our routes. Its own settings decide here as well: names
are `server.allowedHosts`, and where a proxy puts its own name in place of them, origins `server.corsAllowedOrigins`.
"""

from __future__ import annotations

import hmac
import os

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from ganlab.errors import ConfigError, GanlabError

_FRAMES = "GANLAB_FRAME_ANCESTORS"


class RefusedError(GanlabError):
    """The request may not be answered."""


class StaleTokenError(GanlabError):
    """The page was served by another process, or by none of ours."""


class Guard:
    """ASGI middleware around all pages and routes: refuses foreign names of this host, and says who may frame it."""

    def __init__(self, app: ASGIApp, *, frame_ancestors: str) -> None:
        self._app = app
        self._policy = f"frame-ancestors {frame_ancestors}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Content-Security-Policy", self._policy)
            await send(message)

        return await self._answering(scope)(scope, receive, send_with_policy)

    def _answering(self, scope: Scope) -> ASGIApp:
        """The app; to a foreign name a sentence, since its page would wait for ever for a websocket."""
        if scope["path"].endswith("/_stcore/health"):  # asked by whoever looks after the machine, under any name
            return self._app
        try:
            check_host(Headers(scope=scope).get("host", ""))
        except RefusedError as error:
            return PlainTextResponse(f"{error}\n", 403)
        return self._app


def frame_ancestors() -> str:
    """The sites that may show the app in a frame, as Content-Security-Policy names them. Raises ConfigError."""
    text = os.environ.get(_FRAMES, "").strip() or "'self'"
    if not (text.isascii() and text.isprintable()) or set(text) & set(";,"):
        raise ConfigError(f"{_FRAMES} must be like \"'self' https://notes.example\", got {text!r}")
    return text


def check_host(host: str) -> None:
    """Raises RefusedError for a name that is none of this server's: it was not told it, or it is DNS rebinding."""
    if not is_host_allowed(host):
        known = ", ".join(st.get_option("server.allowedHosts"))
        raise RefusedError(f"host {host!r} is not one of this server's ({known}): add its name to server.allowedHosts")


def check_request(request: Request, token: str) -> None:
    """Only pages of our own may ask. Raises RefusedError: a foreign host or page; StaleTokenError: another token."""
    headers = request.headers
    check_host(headers.get("host", ""))
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise RefusedError("the request comes from another site's page: open the app itself")
    origin = headers.get("origin")
    if origin is not None and not _is_own(origin, headers):
        raise RefusedError(
            f"origin {origin!r} is not this app's own page: open the app itself, and where a proxy is between, "
            "let it pass on the Host header, or add the origin to server.corsAllowedOrigins"
        )
    if not hmac.compare_digest(headers.get("x-ganlab-token", "").encode(), token.encode()):
        raise StaleTokenError("the token is not this process's, as after a restart of the app: reload the page")


def _is_own(origin: str, headers: Headers) -> bool:
    """A proxy may replace the Host that the browser sent; then the browser itself says that page and server are one."""
    host = origin.partition("://")[2]
    if host == headers.get("host") or origin in st.get_option("server.corsAllowedOrigins"):
        return True
    return headers.get("sec-fetch-site") == "same-origin" and is_host_allowed(host)
