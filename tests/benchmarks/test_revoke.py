"""What the benchmark of a revoke measures is a kill, and its gateway is one that remembers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from benchmarks.revoke.benchmark import Killed, Place, kill, told
from benchmarks.revoke.edge import edge
from keylife.sandbox.lifecycle import Sandbox


@pytest.mark.end_to_end
@pytest.mark.timeout(600)
def test_all_places_are_proven_after_they_let_nobody_in(
    sandbox: Sandbox, tmp_path: Path, long: bool
) -> None:
    for program in ("keylife", "plain") if long else ("keylife",):
        killed = kill(tmp_path, sandbox, program)

        systems = sorted(place.split()[0] for place in killed.places)
        assert systems == [
            *("aws-iam", "gateway", "secrets-manager", "vault-kv", "vault-kv", "vault-token"),
        ]
        for place in killed.places.values():
            assert 0 < place.accepted < place.proven - place.window + 0.1
        assert killed.reading > 0


@pytest.fixture
def vault() -> Iterator[tuple[str, list[str]]]:
    """The URL of what knows tokens, and the tokens that it knows."""
    known: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            self.send_response(200 if self.headers["X-Vault-Token"] in known else 403)
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", known
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_gateway_remembers_until_it_is_purged(vault: tuple[str, list[str]]) -> None:
    url, known = vault
    with edge(url, 60) as at:

        def let_in() -> bool:
            shown = {"Authorization": "Bearer t-1"}
            return requests.get(f"{at}/health", headers=shown, timeout=10).status_code == 200

        assert not let_in()
        known.append("t-1")
        assert let_in(), "a no is not remembered"
        known.clear()
        assert let_in()
        requests.post(f"{at}/purge", timeout=10)
        assert not let_in()


def test_figures_are_of_the_worst_place() -> None:
    ours = Killed(2.0, {"aws-iam": Place(10, 2.5, 12.5), "vault-token": Place(1, 2.1, 4.0)})
    theirs = Killed(1.0, {"aws-iam": Place(10, 1.5, 11.5), "vault-token": Place(1, 12.5, 25.0)})

    measured = {figure.what: figure.measured for figure in told([ours], [theirs]).figures}

    assert list(measured.values()) == [2.5, 1.1, 3.0, 1.0, 0.2, 0.5]
