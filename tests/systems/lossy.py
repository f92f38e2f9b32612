"""An HTTP proxy that carries a request out and then loses the answer, where it is told to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_OF_THE_WAY = {"connection", "transfer-encoding", "content-length"}


def _nothing(method: str, path: str, body: bytes) -> bool:
    return False


def _nobody(path: str) -> None:
    return None


@dataclass
class Lossy:
    """The way to a server."""

    url: str
    loses: Callable[[str, str, bytes], bool] = _nothing
    """By method, path and body, whether the answer gets lost."""

    lost: list[str] = field(default_factory=list)
    """What was carried out and not answered."""

    answers: Callable[[str], tuple[int, bytes] | None] = _nobody
    """By path, what somebody in between answers in the server's place."""

    def mended(self) -> Lossy:
        """The same, without a fault and with nothing lost so far."""
        self.loses, self.answers = _nothing, _nobody
        self.lost.clear()
        return self


@contextmanager
def lossy(upstream: str) -> Iterator[Lossy]:
    """A proxy before a server, on the loopback."""
    there = urlsplit(upstream).netloc

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            between = way.answers(self.path)
            if between is not None:
                self._answer(between[0], [("Content-Type", "text/html")], between[1])
                return
            connection = HTTPConnection(there, timeout=30)
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            if way.loses(self.command, self.path, body):
                way.lost.append(f"{self.command} {self.path}")
                self.close_connection = True
                return
            headers = [(n, v) for n, v in answer.getheaders() if n.lower() not in _OF_THE_WAY]
            self._answer(answer.status, headers, content)

        def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_DELETE = do_LIST = do_PATCH = _pass_on

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    way = Lossy(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield way
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
