"""The process that serves the sandbox's AWS on the loopback."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Thread

# Read by moto when it is imported: AdministratorAccess and the like are then attachable.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from keylife.sandbox.aws.account import create_admin, create_other_account
from keylife.sandbox.aws.calls import Calls
from keylife.sandbox.aws.clock import SandboxClock
from keylife.sandbox.aws.control import ControlPaths
from keylife.sandbox.aws.faults import Faults
from keylife.sandbox.aws.front import AwsFront

HOST = "127.0.0.1"
FILE = "aws.json"


@dataclass(frozen=True)
class Access:
    """How to reach the sandbox's AWS, and as whom; the content of ``aws.json``."""

    port: int
    pid: int
    access_key_id: str
    secret_access_key: str = field(repr=False)
    other_account_role: str
    """By which the same works in another account."""


class _QuietHandler(WSGIRequestHandler):
    """Keeps connections open and leaves the log to the front."""

    protocol_version = "HTTP/1.1"

    def send_response(self, code: int, message: str | None = None) -> None:
        """Send no date and no server: the front dates its answers by the sandbox's clock."""
        self.send_response_only(code, message)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the front logs refusals, the calls path shows the rest."""


def make(real_time: Callable[[], datetime]) -> tuple[BaseWSGIServer, Access]:
    """A server on a free port of the loopback, not yet serving, and its admin's access.

    Moto's state is the process's: there is one such server in a process.
    """
    (key_id, secret), role = create_admin(), create_other_account()
    clock, faults, calls = SandboxClock(real_time), Faults(), Calls()
    moto = {
        service: create_backend_app(service)
        for service in ("apigateway", "iam", "secretsmanager", "ssm", "sts")
    }
    front = AwsFront(moto, clock, faults, calls)
    app = ControlPaths(front, clock, faults, calls)
    server = make_server(HOST, 0, app, threaded=True, request_handler=_QuietHandler)
    return server, Access(server.server_port, os.getpid(), key_id, secret, role)


def serve(folder: Path, real_time: Callable[[], datetime]) -> None:
    """Serve until SIGTERM or SIGINT; ``aws.json`` in ``folder`` exists while it does.

    The file is readable by its owner only, and appears whole, once the server can be asked.
    """
    server, access = make(real_time)
    file = folder / FILE

    def stop(*_: object) -> None:
        # `shutdown` waits for the loop that runs in this very thread: so from another one.
        Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        _write(file, access)
        server.serve_forever()
    finally:
        server.server_close()
        with suppress(FileNotFoundError):
            file.unlink()


def _write(file: Path, access: Access) -> None:
    draft = file.with_name(f".{file.name}.{access.pid}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        json.dump(asdict(access), stream)
    draft.replace(file)
