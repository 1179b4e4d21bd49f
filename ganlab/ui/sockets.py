"""TCP without Nagle's delay, which makes small answers wait for each other."""

from __future__ import annotations

import contextlib
import functools
import os
import socket
import stat

#: Sockets of a server lie low; a descriptor beyond this is one connection of very many.
_MOST_DESCRIPTORS = 1024


@functools.cache
def answer_at_once() -> None:
    """Turn the delay off for every TCP socket of this process, once.

    Streamlit's listening socket has it on (its protocol is left open, and asyncio then leaves it alone), so that
    dragging waits some 40 ms for each picture. Connections take over what their listening socket says.
    """
    if os.name != "posix":
        return
    for descriptor in range(_MOST_DESCRIPTORS):
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                _without_delay(descriptor)


def _without_delay(descriptor: int) -> None:
    with socket.socket(fileno=os.dup(descriptor)) as found:
        if found.family in (socket.AF_INET, socket.AF_INET6) and found.type == socket.SOCK_STREAM:
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
