"""A server of files on this machine, for tests of downloads: no test needs the internet."""

from __future__ import annotations

import http.server


class Server(http.server.ThreadingHTTPServer):
    """Hands out `files` (path → content) and remembers what it was asked for, and how many bytes of it it sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.sent: list[int] = []
        self.says_length = True
        self.breaks_off = False
        self.knows_ranges = True

    def url(self, folder: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{folder}/"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        body = self.server.files.get(self.path)
        if body is None:
            self.send_error(404)
            return
        begin = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-")
        if self.server.knows_ranges and int(begin) >= len(body):
            self.send_error(416)
            return
        if self.server.knows_ranges and int(begin):
            body = body[int(begin) :]
            self.send_response(206)
        else:
            self.send_response(200)
        if self.server.says_length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        body = body[: len(body) // 2] if self.server.breaks_off else body
        self.server.sent.append(len(body))
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass
