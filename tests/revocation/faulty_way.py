"""An HTTP proxy that breaks one call of a revocation, in every way in which calls break.

It stands before the sandbox's AWS and its Vault, and names each call by what is asked and by whom,
so that which calls there are can be recorded, and a fault ordered for one of them.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

PATIENCE = 0.4
"""Seconds after which the clients on the way take a call for lost."""

EVERY = "every call"
"""For an order that breaks whatever comes."""

_OF_THE_WAY = {"connection", "transfer-encoding", "content-length"}


class Fault(StrEnum):
    """What happens to a call."""

    THROTTLE = "throttle"
    TIMEOUT = "timeout before"
    LOST = "executed and the reply lost"
    ERROR = "500"
    DOWN = "503"
    RESET = "reset"
    TRUNCATED = "truncated body"
    GARBAGE = "garbage body"
    EMPTY = "empty body"
    BLANK = "an object of nothing"
    DENIED = "403"
    SLOW = "slow"
    ABSENT = "404 then 200"
    """The system itself says for a while that it knows no such thing."""


@dataclass(frozen=True)
class Asked:
    """One request, as far as faults need to know it."""

    method: str
    path: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def protocol(self) -> str:
        """In which way its system tells errors."""
        credential = self.headers.get("authorization", "").partition("Credential=")[2]
        if not credential:
            return "vault"
        service = credential.split("/")[3]
        return {"iam": "xml", "sts": "xml", "apigateway": "rest"}.get(service, "json")

    @property
    def whole(self) -> str:
        """Everything that was sent: what an error of a careless server repeats."""
        told = " ".join(f"{name}: {text}" for name, text in self.headers.items())
        return f"{unquote(self.path)} {told} {self.body.decode(errors='replace')}"


@dataclass
class Faulty:
    """The way to the systems, and what is to happen on it."""

    operators: frozenset[str]
    """The operator's access key id and Vault token."""

    names: Mapping[str, str] = field(default_factory=dict)
    """What is put in the place of which text in a call's name."""

    calls: list[str] = field(default_factory=list)
    """The names of the calls that came, in their order."""

    call: str = ""
    """The name of the one that is to break; none if empty."""

    fault: Fault = Fault.ERROR
    struck: int = 0
    """How often it did."""

    _from: int = 1
    _to: int | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, names: Mapping[str, str]) -> None:
        """Forget everything, for a revocation in which these texts are to be hidden."""
        self.heal()
        self.names, self.struck = names, 0
        self.calls.clear()

    def order(self, call: str, fault: Fault, first: int = 1, last: int | None = None) -> None:
        """Let a call break from one occurrence to another; without the last, until `heal`."""
        self.call, self.fault, self._from, self._to = call, fault, first, last

    def heal(self) -> None:
        """No fault any more."""
        self.call = ""

    def came(self, asked: Asked) -> Fault | None:
        """Write a call down; how it is to break, if it is."""
        name = self._name(asked)
        with self._lock:
            self.calls.append(name)
            if self.call not in (name, EVERY):
                return None
            number = self.calls.count(name)
            if number < self._from or (self._to is not None and number > self._to):
                return None
            self.struck += 1
            return self.fault

    def _name(self, asked: Asked) -> str:
        if asked.protocol == "vault":
            token = asked.headers.get("x-vault-token", "")
            who = token
            what = f"vault {asked.method} {asked.path.removeprefix('/v1/')}"
        else:
            credential = asked.headers["authorization"].partition("Credential=")[2].split("/")
            who, service = credential[0], credential[3]
            what = f"{service} {_action(asked)}"
            region = "" if who in self.operators else f" in {credential[2]}"
            what += region
        for text, put in sorted(self.names.items(), key=lambda pair: -len(pair[0])):
            what = what.replace(text, put)
        return what if who in self.operators else f"{what} as {'the version' if who else 'nobody'}"


def _action(asked: Asked) -> str:
    if asked.protocol == "rest":
        return f"{asked.method} {urlsplit(asked.path).path}"
    if asked.protocol == "json":
        return asked.headers["x-amz-target"].rpartition(".")[2]
    return parse_qs(asked.body.decode())["Action"][0]


def _refusal(asked: Asked, status: int, code: str, said: str) -> tuple[int, dict[str, str], bytes]:
    """An error as the system that was asked tells it."""
    if asked.protocol == "vault":
        return status, {"Content-Type": "application/json"}, _json({"errors": [said]})
    if asked.protocol == "xml":
        text = (
            "<ErrorResponse><Error><Type>Sender</Type>"
            f"<Code>{escape(code)}</Code><Message>{escape(said)}</Message></Error>"
            "<RequestId>r-1</RequestId></ErrorResponse>"
        )
        return status, {"Content-Type": "text/xml"}, text.encode()
    headers = {"Content-Type": "application/x-amz-json-1.1"}
    return status, headers, _json({"__type": code, "message": said})


def _json(document: Any) -> bytes:
    return json.dumps(document).encode()


def _absent(asked: Asked) -> tuple[int, dict[str, str], bytes]:
    """The system's own word for what it does not know, or has not heard of yet."""
    if asked.protocol == "vault":
        said = {
            "-accessor": (400, "invalid accessor"),
            "/login": (400, "invalid role or secret ID"),
            "lookup-self": (403, "permission denied"),
        }
        for end, (status, text) in said.items():
            if asked.path.endswith(end):
                return _refusal(asked, status, "", text)
        return 404, {"Content-Type": "application/json"}, _json({"errors": []})
    action = _action(asked)
    code, status = {
        "GetCallerIdentity": ("InvalidClientTokenId", 403),
        "ListTagsForResource": ("InvalidResourceId", 400),
        "GetParameter": ("ParameterNotFound", 400),
        "DeleteParameter": ("ParameterNotFound", 400),
    }.get(action, ("", 0))
    if not code:
        code, status = {
            "xml": ("NoSuchEntity", 404),
            "rest": ("NotFoundException", 404),
            "json": ("ResourceNotFoundException", 400),
        }[asked.protocol]
    return _refusal(asked, status, code, "there is no such thing")


def _instead(asked: Asked, fault: Fault) -> tuple[int, dict[str, str], bytes] | None:
    """What is answered in the system's place, without asking it; None where it is asked."""
    whole = asked.whole
    html = {"Content-Type": "text/html"}
    throttled = {
        "vault": (429, ""),
        "rest": (429, "TooManyRequestsException"),
        "xml": (400, "Throttling"),
        "json": (400, "ThrottlingException"),
    }[asked.protocol]
    denied = f"1 error occurred:\n\t* permission denied\n\n{whole}"
    told: dict[Fault, Callable[[], tuple[int, dict[str, str], bytes]]] = {
        Fault.THROTTLE: lambda: _refusal(asked, *throttled, f"slow down: {whole}"),
        Fault.ERROR: lambda: _refusal(asked, 500, f"Internal {whole}", f"it broke at: {whole}"),
        Fault.DOWN: lambda: (503, html, f"<html>{whole}</html>".encode()),
        Fault.DENIED: lambda: _refusal(asked, 403, "AccessDenied", denied),
        Fault.GARBAGE: lambda: (200, html, f"<html>\x00{whole}".encode()),
        Fault.EMPTY: lambda: (200, html, b""),
        Fault.BLANK: lambda: (200, {"Content-Type": "application/json"}, b"{}"),
        Fault.ABSENT: lambda: _absent(asked),
    }
    return told[fault]() if fault in told else None


@contextmanager
def faulty(upstream: str, way: Faulty) -> Iterator[str]:
    """A proxy before a server, on the loopback; yields where it is."""
    there = urlsplit(upstream).netloc

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): text for name, text in self.headers.items()}
            asked = Asked(self.command, self.path, body, headers)
            fault = way.came(asked)
            if fault is Fault.RESET:
                at_once = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
                self.connection.close()
                return
            if fault is Fault.TIMEOUT:
                time.sleep(PATIENCE + 0.1)
                return
            if fault is not None and (told := _instead(asked, fault)) is not None:
                self._answer(*told)
                return
            if fault is Fault.SLOW:
                time.sleep(PATIENCE / 5)
            status, got, content = self._ask(body)
            if fault is Fault.LOST:
                return
            self._answer(status, got, content, short=fault is Fault.TRUNCATED)

        def _ask(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
            connection = HTTPConnection(there, timeout=30)
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            kept = {n: v for n, v in answer.getheaders() if n.lower() not in _OF_THE_WAY}
            return answer.status, kept, content

        def _answer(
            self, status: int, headers: Mapping[str, str], content: bytes, short: bool = False
        ) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(max(len(content), 2 if short else 0)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if short else content)

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return  # whoever asked had no patience

        do_GET = do_PUT = do_POST = do_DELETE = do_LIST = do_PATCH = _pass_on

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
