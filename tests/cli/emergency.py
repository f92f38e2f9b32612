"""A stack that needs no engine and no cloud: what its state says of keys, for a Pulumi CLI that is
a script.

A key delivers to GitHub, which keylife itself does not reach, so it ends at once, with weak
evidence; or it is a token of a Vault, which need not be there, and then it does not end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_URN = "urn:pulumi:dev::keylife::"
_GITHUB = "github:index/actionsSecret:ActionsSecret"
_TOKEN = "vault:index/token:Token"
VAULT = "urn:pulumi:dev::keylife::pulumi:providers:vault::default_7_0_0"


@dataclass(frozen=True)
class Token:
    """A token of a Vault."""

    accessor: str = "accessor"
    secret: str = "s.not-a-secret"


def key_in_state(
    key: str, *, service: str = "billing", owner: str = "team", token: Token | None = None
) -> list[dict[str, Any]]:
    """What the state has of a key with one version: a token, or a copy at GitHub."""
    component = {
        "urn": f"{_URN}keylife:index:ManagedKey::{key}",
        "type": "keylife:index:ManagedKey",
        "inputs": {"id": key, "service": service, "owner": owner},
    }
    version = {
        "urn": f"{_URN}keylife:index:Version::{key}-v1",
        "type": "keylife:index:Version",
        "parent": component["urn"],
        "inputs": {"key": key, "version": 1},
    }
    held: dict[str, Any] = {
        "urn": f"{_URN}{_GITHUB}::{key}/github-actions-secret/acme/app/KEY",
        "type": _GITHUB,
        "custom": True,
        "parent": component["urn"],
        "id": key,
    }
    if token is not None:
        held = {
            "urn": f"{_URN}{_TOKEN}::{key}-v1",
            "type": _TOKEN,
            "custom": True,
            "parent": version["urn"],
            "id": token.accessor,
            "provider": f"{VAULT}::1",
            "outputs": {"clientToken": token.secret},
        }
    return [component, version, held]


def pulumi_script(
    folder: Path, *keys: list[dict[str, Any]], vault: str = "http://127.0.0.1:9"
) -> str:
    """A Pulumi CLI that knows a stack `dev` with these keys.

    Args:
        folder: where what it says, and what it was asked, is kept.
        keys: what the state has, each of `key_in_state`.
        vault: where their Vault is; by default where none is.
    """
    provider = {
        "urn": VAULT,
        "type": "pulumi:providers:vault",
        "custom": True,
        "id": "1",
        "inputs": {"address": vault},
    }
    resources = [provider, *(resource for key in keys for resource in key)]
    state: Mapping[str, Any] = {"version": 3, "deployment": {"resources": resources}}
    (folder / "state.json").write_text(json.dumps(state))
    return f"""\
echo "$@" >>"{folder}/asked"
case "$1 $2" in
  "stack export") cat "{folder}/state.json";;
  "stack --show-name") echo dev;;
  "config --json") echo '{{}}';;
  refresh*) ;;
  *) echo "error: no such command" >&2; exit 255;;
esac"""
