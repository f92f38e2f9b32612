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

import hvac
import requests

from keylife.sandbox.errors import SandboxError
from keylife.sandbox.private_file import write_private
from keylife.sandbox.process import StartedProcess, start, within

POLICIES: Mapping[str, str] = {
    "metrics-read": 'path "sys/metrics" { capabilities = ["read"] }',
    "kv-read": 'path "secret/data/*" { capabilities = ["read"] }',
}
"""What tokens of the demo and of the tests may be allowed to do."""

_READY_WITHIN = 30.0


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
    # The launcher beside the interpreter replaces itself with the server, so the pid stays.
    command = Path(sys.executable).with_name("bao")
    if not command.exists():
        raise SandboxError(
            "the OpenBao server is not installed beside this Python",
            hint="run `make setup`, or install keylife with its `sandbox` extra",
        )
    return start(
        "OpenBao",
        [sys.executable, command, "server", f"-config={config}"],
        log=logs / "openbao.log",
    )


def prepare(process: StartedProcess, folder: Path, port: int) -> str:
    """Initialise and unseal it, mount KV v2 at ``secret/``, and write the policies.

    Returns:
        The root token, which also lies in ``folder/root-token``, readable by its owner only.

    Raises:
        SandboxError: it ended, or did not answer in time.
    """
    with requests.Session() as session:
        session.trust_env = False  # a proxy of the user's must not see the sandbox
        client = hvac.Client(url=address(port), session=session)
        answers = within(_READY_WITHIN, lambda: not process.alive() or _answers(client))
        if not answers or not process.alive():
            raise SandboxError("OpenBao did not start", hint="its log is in the sandbox's folder")
        keys = client.sys.initialize(secret_shares=1, secret_threshold=1)
        token = str(keys["root_token"])
        write_private(folder / "root-token", token)
        client.sys.submit_unseal_key(keys["keys_base64"][0])
        client.token = token
        if not within(_READY_WITHIN, lambda: _is_active(client)):
            raise SandboxError("OpenBao did not unseal")
        client.sys.enable_secrets_engine("kv", path="secret", options={"version": "2"})
        for name, text in POLICIES.items():
            client.sys.create_or_update_policy(name, text)
        # A KV v2 mount answers 400 for a moment, while it upgrades itself.
        if not within(_READY_WITHIN, lambda: _keeps_secrets(client)):
            raise SandboxError("OpenBao's KV mount did not become ready")
    return token


def address(port: int) -> str:
    """Where it answers."""
    return f"http://127.0.0.1:{port}"


def free_port() -> int:
    """A port of the loopback interface that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(client: Any) -> bool:
    try:
        client.sys.read_seal_status()
    except (requests.ConnectionError, hvac.exceptions.VaultError):
        return False
    return True


def _is_active(client: Any) -> bool:
    status = client.sys.read_health_status(method="GET")
    # hvac returns the parsed body when the node is active, the bare response when it is not.
    return isinstance(status, dict) or status.status_code == requests.codes.ok


def _keeps_secrets(client: Any) -> bool:
    try:
        client.secrets.kv.v2.read_configuration(mount_point="secret")
    except hvac.exceptions.InvalidRequest:
        return False
    return True
