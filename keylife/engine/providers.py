"""Where a state's providers reach their issuers, so that recovery asks the same ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from keylife.model.target import target_of
from keylife.orphan import Connection

Secrets = Callable[[str], Mapping[str, str]]
"""The secret inputs of a resource, by its URN."""


def provider_of(state: Mapping[str, Any], kind: str, target: str | None) -> str:
    """The provider that a resource type has in a target; None is the stack's own."""
    package = kind.partition(":")[0]
    for resource in state["deployment"].get("resources") or ():
        own = str(resource["urn"].rpartition("::")[2])
        if resource["type"] == f"pulumi:providers:{package}" and _is_of(target, own):
            return f"{resource['urn']}::{resource.get('id', '')}"
    return ""


def _is_of(target: str | None, provider: str) -> bool:
    """The engine names its own by their version; those of targets have exactly one name."""
    return provider.startswith("default") if target is None else target_of(provider) == target


def connection_of(state: Mapping[str, Any], provider: str, secrets: Secrets) -> Connection:
    """What the state knows of a provider; the environment says the rest.

    Args:
        state: the stack's export.
        provider: its URN and id, as resources name it.
        secrets: asked for the token of a provider that is not the default one: that one's is in
            the environment, and the state's may have ended with the run that wrote it.
    """
    urn = provider.rpartition("::")[0]
    for resource in state["deployment"].get("resources") or ():
        if resource["urn"] == urn:
            break
    else:
        return Connection()
    inputs = resource.get("inputs") or {}
    own = not urn.rpartition("::")[2].startswith("default")
    return Connection(
        region=_text(inputs, "region"),
        profile=_text(inputs, "profile"),
        role=_role(inputs.get("assumeRoles")),
        address=_text(inputs, "address"),
        namespace=_text(inputs, "namespace"),
        token=secrets(urn).get("token") if own and "token" in inputs else None,
    )


def _text(inputs: Mapping[str, Any], name: str) -> str | None:
    value = inputs.get(name)
    return value if isinstance(value, str) and value else None


def _role(roles: object) -> str | None:
    """A provider's nested inputs stand in the state as JSON."""
    told = json.loads(roles) if isinstance(roles, str) else roles
    return str(told[0]["roleArn"]) if isinstance(told, list) and told else None
