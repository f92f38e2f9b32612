"""A real nginx for the tests: it lets in whom somebody else lets in, and remembers that.

It is the one that this machine has (PATH, Debian's folder, or what `tools/setup` unpacked), listens
on the loopback only, and is stopped by its process id.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
UNPACKED = REPOSITORY / ".cache" / "nginx"
_READY_WITHIN = 15.0

_CONFIGURATION = """\
daemon off;
{user}
worker_processes 1;
pid "{folder}/pid";
error_log "{folder}/log";
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path "{folder}/body";
    proxy_temp_path "{folder}/proxy";
    fastcgi_temp_path "{folder}/fastcgi";
    uwsgi_temp_path "{folder}/uwsgi";
    scgi_temp_path "{folder}/scgi";
    proxy_cache_path "{folder}/answers" keys_zone=answers:1m use_temp_path=off;
    server {{
        listen 127.0.0.1:{port};
        add_header X-Request-Id $request_id always;
        location = /health {{
            auth_request /asked;
            root "{folder}/pages";
        }}
        location = /asked {{
            internal;
            proxy_pass http://127.0.0.1:{backend}/asked;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_cache answers;
            proxy_cache_key $http_authorization;
            proxy_cache_valid 200 {remembers}s;
        }}
        location = /forget {{
            proxy_pass http://127.0.0.1:{backend}/forget;
        }}
    }}
}}
"""


class NoNginxError(AssertionError):
    """This machine has no nginx; a test that needs one fails, and is never skipped."""

    def __init__(self) -> None:
        super().__init__(
            "no nginx: run `make setup`, or install Debian's package `nginx` (or put it on PATH)"
        )


@dataclass(frozen=True)
class Edge:
    """An nginx that is up."""

    url: str

    def lets_in(self, key: str) -> int:
        """The status that a consumer gets who comes with a key."""
        connection = HTTPConnection(self.url.removeprefix("http://"), timeout=10)
        try:
            connection.request("GET", "/health", headers={"Authorization": f"Bearer {key}"})
            return connection.getresponse().status
        finally:
            connection.close()


@contextmanager
def edge(
    folder: Path, asked: Callable[[str], bool], *, remembers: int, purge_token: str = ""
) -> Iterator[Edge]:
    """Run an nginx that asks about each key, and remembers a yes.

    Args:
        folder: for its files, empty.
        asked: by key, whether it is let in; raises if that is not known.
        remembers: how many seconds; nginx counts whole ones, so it may be nearly one more.
        purge_token: who comes with it to ``/forget`` makes it forget everything.
    """
    (folder / "pages").mkdir(parents=True)
    (folder / "pages" / "health").write_text("well\n")
    answers = folder / "answers"
    with _backend(asked, answers, purge_token) as backend:
        port = _free_port()
        text = _CONFIGURATION.format(
            folder=folder,
            port=port,
            backend=backend,
            remembers=remembers,
            user="user root;" if os.geteuid() == 0 else "",
        )
        (folder / "nginx.conf").write_text(text)
        program, environment = _find()
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            _wait_for(port, process, folder / "log")
            yield Edge(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(timeout=30)


@contextmanager
def _backend(asked: Callable[[str], bool], answers: Path, purge_token: str) -> Iterator[int]:
    """Who is asked about keys, and told to forget."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            shown = self.headers.get("Authorization", "").removeprefix("Bearer ")
            try:
                self._answer(200 if asked(shown) else 401)
            except Exception:  # not known: nginx then lets nobody in, and says 500
                self._answer(503)

        def do_POST(self) -> None:
            if not purge_token or self.headers.get("Authorization") != f"Bearer {purge_token}":
                self._answer(401)
                return
            for remembered in answers.iterdir():
                remembered.unlink()
            self._answer(204)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _find() -> tuple[str, Mapping[str, str]]:
    """The program, and the environment to run it in."""
    environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
    for found in (shutil.which("nginx"), "/usr/sbin/nginx"):
        if found and Path(found).exists():
            return found, environment
    if not (UNPACKED / "usr/sbin/nginx").exists():
        raise NoNginxError
    places = ("usr/lib/*-linux-gnu*", "lib/*-linux-gnu*")
    libraries = [str(path) for place in places for path in UNPACKED.glob(place)]
    own = {"LD_LIBRARY_PATH": os.pathsep.join(libraries)}
    return str(UNPACKED / "usr/sbin/nginx"), {**environment, **own}


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _READY_WITHIN
    while process.poll() is None and time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    process.terminate()
    raise AssertionError(log.read_text())
