"""Declarations made in Python, as short as a test wants them."""

from __future__ import annotations

from typing import Any

from keylife.model.gateway import Gateway
from keylife.model.key import Key
from keylife.model.registry import Declarations, Owner, Service

ACCESS_KEY_SCOPE = {"policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}
TOKEN_SCOPE = {"policies": ["metrics-read"]}


def key(**changes: Any) -> Key:
    """An access key that lives 30 days and is rotated after 21; ``changes`` as in YAML."""
    kind = changes.get("kind", "aws-access-key")
    settings = {
        "id": "billing",
        "kind": kind,
        "service": "billing",
        "owner": "team",
        "purpose": "to test",
        "scope": ACCESS_KEY_SCOPE if kind == "aws-access-key" else TOKEN_SCOPE,
        "ttl": "30d",
        "rotate_every": "21d",
        "deliver": [{"vault-kv": {"mount": "secret", "path": changes.get("id", "billing")}}],
    }
    return Key.model_validate({**settings, **changes})


def gateway(name: str) -> Gateway:
    """One that is shown tokens."""
    told = {"id": name, "url": "https://edge.example.com/", "value": "Bearer {token}"}
    return Gateway.model_validate({**told, "cache_age": "5m"})


def declare(*keys: Key) -> Declarations:
    """These keys, with every service, owner and gateway that they name."""
    return Declarations(
        keys={key.id: key for key in keys},
        services={key.service: Service(id=key.service, description="a service") for key in keys},
        owners={key.owner: Owner(id=key.owner, contact="team@example.com") for key in keys},
        gateways={name: gateway(name) for key in keys for name in key.gateways},
    )
