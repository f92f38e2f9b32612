"""Every point at which a deploy can be killed: gates that hold a call before or after it is made.

Between the provider plugins and the sandbox's issuers stand two proxies, and before and after each
event that a hook records the program asks too. While a deploy runs freely the gate notes what
passes; then it can be told to hold one of these points until whoever waits there is dead, or to
carry a call out and lose its answer.
"""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

BEFORE, AFTER = "before", "after"

GATED_PROGRAM = '''
"""As stacks/__main__.py; the events pass a gate on their way into the log."""
import os
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

import pulumi
from keylife.declarations import load
from keylife.evidence.log import EventLog
from keylife.program.deploy import deploy
from keylife.program.instant import instants
from keylife.project import event_log_path, project_folder


def clock():
    return datetime.now(UTC)


class Gated:
    def __init__(self, log):
        self.log = log

    def append(self, event):
        self.ask("before", event)
        self.log.append(event)
        self.ask("after", event)

    def ask(self, moment, event):
        if gate := os.environ.get("KEYLIFE_TEST_GATE"):
            words = f"{event.what} {event.key}-v{event.version} {event.place or ''}"
            request = Request(f"{gate}/{moment}", words.encode())
            build_opener(ProxyHandler({})).open(request, timeout=300).read()


settings = pulumi.Config("keylife")
log = EventLog(event_log_path(project_folder(Path.cwd()), pulumi.get_stack()))
deploy(
    load(Path(__file__).parent, pulumi.get_stack()),
    instants(settings.get("at"), settings.get_bool("simulatedClock"), clock()),
    clock=clock,
    sink=Gated(log),
)
'''


@dataclass(frozen=True, order=True)
class Point:
    """One moment of a deploy, the same in every run of the same plan."""

    call: str
    """What is asked of whom, without what differs from run to run."""

    nth: int
    """Which such call of the run, from 1."""

    moment: str
    """Before the call is made, or after it was carried out and before its answer arrives."""

    def __str__(self) -> str:
        again = f" (the {self.nth}th)" if self.nth > 1 else ""
        return f"{self.moment} {self.call}{again}"


@dataclass
class Gate:
    """Where calls are held."""

    names: dict[str, str] = field(default_factory=dict)
    """What is replaced in the words of a call, so that two runs of one plan read the same."""

    def __post_init__(self) -> None:
        self.seen: list[Point] = []
        self.held = threading.Event()
        self._release = threading.Event()
        self._counts: Counter[str] = Counter()
        self._alive = True
        self._wanted: Point | None = None
        self._lose: frozenset[Point] = frozenset()
        self._cut: Point | None = None
        self._is_cut = False
        self._lock = threading.Lock()

    def begin(
        self,
        hold: Point | None = None,
        lose: Iterable[Point] = (),
        cut: Point | None = None,
    ) -> None:
        """From now on count anew.

        Args:
            hold: where to wait.
            lose: whose answers are lost, although the calls are carried out.
            cut: from where on nothing passes any more.
        """
        with self._lock:
            self._release.set()
            self._release, self.held = threading.Event(), threading.Event()
            self._counts.clear()
            self.seen = []
            self._wanted, self._lose = hold, frozenset(lose)
            self._cut, self._is_cut = cut, False

    def release(self, *, alive: bool = True) -> None:
        """Let whoever waits go on; a call of somebody dead is not carried out any more."""
        self._alive = alive
        self._release.set()

    def pass_through(self, words: str) -> tuple[Point, Point]:
        """Count a call; its two points."""
        for text, name in self.names.items():
            words = words.replace(text, name)
        with self._lock:
            self._counts[words] += 1
            before, after = (Point(words, self._counts[words], at) for at in (BEFORE, AFTER))
            self.seen.append(before)
        return before, after

    def carried_out(self, after: Point) -> None:
        """Note that a call was: one that is refused has no moment after it."""
        self.seen.append(after)

    def stop(self, point: Point) -> bool:
        """Wait here if this is the point; whether whoever asks is alive still."""
        if point != self._wanted:
            return True
        released = self._release
        self.held.set()
        released.wait(300)
        return self._alive

    def loses(self, point: Point) -> bool:
        """Whether the answer of this call is to be lost."""
        return point in self._lose or self.cuts(point)

    def cuts(self, point: Point | None) -> bool:
        """Whether the network is cut at this point, or was before."""
        self._is_cut = self._is_cut or (point is not None and point == self._cut)
        return self._is_cut


@contextmanager
def standing_before(gate: Gate, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """Gates before AWS and Vault and for the hooks; the variables that lead a deploy to them."""
    aws = _Proxy(gate, environment["AWS_ENDPOINT_URL"], _aws_words)
    vault = _Proxy(gate, environment["VAULT_ADDR"], _vault_words)
    hooks = _Server(_hooks(gate))
    servers = (aws, vault, hooks)
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield {
            "AWS_ENDPOINT_URL": aws.address,
            "VAULT_ADDR": vault.address,
            "KEYLIFE_TEST_GATE": hooks.address,
        }
    finally:
        gate.release()
        for server in servers:
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def reply(self, status: int, body: bytes, kind: str = "text/plain") -> None:
        with suppress(ConnectionError):  # whoever asked may have been killed
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)


def _hooks(gate: Gate) -> type[BaseHTTPRequestHandler]:
    class Hooks(_Handler):
        def do_POST(self) -> None:
            words = f"hook {self.body().decode().strip()}"
            if self.path == "/before":
                point, _ = gate.pass_through(words)
            else:
                for text, name in gate.names.items():
                    words = words.replace(text, name)
                before = max(p for p in gate.seen if p.call == words and p.moment == BEFORE)
                point = replace(before, moment=AFTER)
                gate.carried_out(point)
            gate.stop(point)
            self.reply(200, b"")

    return Hooks


class _Proxy(_Server):
    """Hands every request on as it is: signatures hold, because the host's name goes with it."""

    def __init__(self, gate: Gate, upstream: str, words_of: object) -> None:
        there = urlsplit(upstream).netloc

        class Proxy(_Handler):
            def do_GET(self) -> None:
                body = self.body()
                words = words_of(self.command, self.path, dict(self.headers), body)  # type: ignore[operator]
                before, after = (None, None) if words is None else gate.pass_through(words)
                if gate.cuts(before) or (before is not None and not gate.stop(before)):
                    self.close_connection = True
                    return
                status, answer, kind = self._ask(body)
                if after is not None and status < 400:
                    gate.carried_out(after)
                    gate.stop(after)
                    if gate.loses(after):
                        self.close_connection = True
                        self.connection.close()
                        return
                self.reply(status, answer, kind)

            do_POST = do_PUT = do_DELETE = do_LIST = do_GET

            def _ask(self, body: bytes) -> tuple[int, bytes, str]:
                connection = HTTPConnection(there, timeout=120)
                try:
                    connection.putrequest(
                        self.command, self.path, skip_host=True, skip_accept_encoding=True
                    )
                    for name, value in self.headers.items():
                        if name.lower() != "connection":
                            connection.putheader(name, value)
                    connection.endheaders(body)
                    answer = connection.getresponse()
                    content = answer.read()
                    return answer.status, content, answer.headers.get_content_type()
                finally:
                    connection.close()

        super().__init__(Proxy)


_READS = re.compile("Get|List|Describe")


def _aws_words(method: str, path: str, headers: dict[str, str], body: bytes) -> str | None:
    """``iam CreateUser billing-v2``; None for what changes nothing."""
    target = headers.get("X-Amz-Target")
    if target is not None:
        told = json.loads(body)
        action, about = target.partition(".")[2], told.get("SecretId") or told.get("Name") or ""
        about = re.sub(r"^arn:.*:secret:(.*)-\w{6}$", r"\1", str(about))
        words = f"secretsmanager {action} {about}"
    else:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        action = form.get("Action", "")
        words = f"iam {action} {form.get('UserName', '')} {form.get('Status', '')}"
    return None if _READS.match(action) else words.strip()


def _vault_words(method: str, path: str, headers: dict[str, str], body: bytes) -> str | None:
    """``vault auth/token/create billing-v2``; None for what changes nothing."""
    where = unquote(path).removeprefix("/v1/")
    if method in ("GET", "LIST") or "lookup" in where:
        return None
    told = json.loads(body or b"{}")
    about = told.get("display_name") or ""
    if "accessor" in told:
        about = "of a token"
    verb = {"PUT": "write", "POST": "write", "DELETE": "delete"}[method]
    return f"vault {verb} {where} {about}".strip()
