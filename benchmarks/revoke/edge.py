"""A gateway as they are: it asks Vault whether a token is good, and remembers a yes for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

_WITHIN = 10.0


@contextmanager
def edge(vault: str, cache_age: float) -> Iterator[str]:
    """Its URL, as long as this lasts.

    Args:
        vault: the address of the Vault that it asks.
        cache_age: seconds for which it remembers a yes; a purge empties its memory.
    """
    remembered: dict[str, float] = {}
    asking = requests.Session()
    anybody = f"{vault}/v1/sys/internal/ui/mounts"  # answers every token, whatever it may do

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

        def do_GET(self) -> None:
            """A consumer shows a token."""
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            if remembered.get(token, 0.0) < time.monotonic():
                headers = {"X-Vault-Token": token}
                status = asking.get(anybody, headers=headers, timeout=_WITHIN).status_code
                if status != 200:
                    return self._say(401 if status == 403 else 503)
                remembered[token] = time.monotonic() + cache_age
            return self._say(200)

        def do_POST(self) -> None:
            """Somebody tells it to forget."""
            remembered.clear()
            self._say(204)

        def _say(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
