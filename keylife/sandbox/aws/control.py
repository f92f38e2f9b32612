"""The sandbox's own paths beside AWS's: its clock, injected faults, and the calls seen.

======  =================================  =============================================
method  path                               what
======  =================================  =============================================
GET     ``/keylife-sandbox/clock``         ``{"now": ..., "offset_seconds": ...}``
POST    ``/keylife-sandbox/clock``         ``{"now": "2026-12-15T00:00:00Z"}``: ticks on
                                           from there; ``null`` returns to real time
GET     ``/keylife-sandbox/faults``        the orders that stand, with the times left
POST    ``/keylife-sandbox/faults``        a list of orders (``faults.Fault``), in place
                                           of those that stand; ``[]`` clears them
GET     ``/keylife-sandbox/calls``         counts by ``service:Action``, received and
                                           executed, and the latest calls
======  =================================  =============================================

They take no signature: the server listens on the loopback only. Requests that a web page made
(an ``Origin`` header, or another host's name) are refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from keylife.sandbox.aws.calls import Calls
from keylife.sandbox.aws.clock import SandboxClock
from keylife.sandbox.aws.faults import Fault, Faults
from keylife.sandbox.aws.front import LARGEST_BODY, WsgiApp
from keylife.sandbox.aws.replies import Reply

PREFIX = "/keylife-sandbox/"
_LOOPBACK = {"127.0.0.1", "localhost"}
_ORDERS = TypeAdapter(list[Fault])


class ControlPaths:
    """Answers the sandbox's own paths and hands everything else on to the front."""

    def __init__(self, front: WsgiApp, clock: SandboxClock, faults: Faults, calls: Calls) -> None:
        self._front = front
        self._clock = clock
        self._faults = faults
        self._calls = calls
        self._routes: dict[tuple[str, str], Callable[[bytes], Any]] = {
            ("GET", "clock"): self._read_clock,
            ("POST", "clock"): self._move_clock,
            ("GET", "faults"): self._read_faults,
            ("POST", "faults"): self._order_faults,
            ("GET", "calls"): lambda _: self._calls.as_json(),
        }

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        path = environ.get("PATH_INFO", "/")
        if not path.startswith(PREFIX):
            return self._front(environ, start_response)
        reply = self._answer(path.removeprefix(PREFIX), environ)
        start_response(reply.status_line, [("Content-Type", reply.content_type)])
        return [reply.body]

    def _answer(self, name: str, environ: dict[str, Any]) -> Reply:
        if "HTTP_ORIGIN" in environ or _host(environ) not in _LOOPBACK:
            return _json(403, {"error": "not from this machine's own tools"})
        route = self._routes.get((environ["REQUEST_METHOD"], name))
        if route is None:
            return _json(404, {"error": "no such path"})
        length = min(int(environ.get("CONTENT_LENGTH") or 0), LARGEST_BODY)
        try:
            return _json(200, route(environ["wsgi.input"].read(length)))
        except (ValueError, TypeError, KeyError, ValidationError) as wrong:
            return _json(400, {"error": str(wrong)})

    def _read_clock(self, _: bytes = b"") -> dict[str, Any]:
        return {
            "now": self._clock.now().isoformat(),
            "offset_seconds": self._clock.offset.total_seconds(),
        }

    def _move_clock(self, body: bytes) -> dict[str, Any]:
        wanted = json.loads(body)["now"]
        self._clock.move_to(None if wanted is None else datetime.fromisoformat(wanted))
        return self._read_clock()

    def _read_faults(self, _: bytes = b"") -> list[dict[str, Any]]:
        return [fault.model_dump(mode="json") for fault in self._faults.standing]

    def _order_faults(self, body: bytes) -> list[dict[str, Any]]:
        self._faults.replace(_ORDERS.validate_json(body))
        return self._read_faults()


def _host(environ: dict[str, Any]) -> str:
    return str(environ.get("HTTP_HOST", "")).rsplit(":", 1)[0]


def _json(status: int, content: Any) -> Reply:
    return Reply(status, "application/json", json.dumps(content).encode())
