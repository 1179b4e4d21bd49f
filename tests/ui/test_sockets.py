"""Small answers go out at once."""

from __future__ import annotations

import socket

from ganlab.ui.sockets import answer_at_once


def delayed(connection: socket.socket) -> bool:
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0


def test_connections_that_a_server_takes_later_do_not_wait():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server, socket.socket(socket.AF_UNIX) as other:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with socket.create_connection(server.getsockname()) as before:
            assert delayed(before)
            answer_at_once.cache_clear()
            answer_at_once()
            assert not delayed(before)
        server.accept()[0].close()
        with socket.create_connection(server.getsockname()), server.accept()[0] as taken:
            assert not delayed(taken)
        assert other.fileno() >= 0  # sockets of other kinds are left alone
