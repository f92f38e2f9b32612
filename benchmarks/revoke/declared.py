"""The two keys that both programs kill, and the gateway before one of them."""

from __future__ import annotations

from pathlib import Path

CACHE_AGE = 5
"""Seconds for which the gateway remembers a key."""

_KEYS = """\
keys:
  - id: {stack}-billing
    kind: aws-access-key
    service: shop
    owner: team
    purpose: what the benchmark revokes
    scope: {{policies: [arn:aws:iam::aws:policy/IAMReadOnlyAccess]}}
    ttl: 30d
    rotate_every: 21d
    deliver:
      - vault-kv: {{mount: secret, path: {stack}/billing}}
      - secrets-manager: {{name: {stack}/billing}}
  - id: {stack}-metrics
    kind: vault-token
    service: shop
    owner: team
    purpose: what the benchmark revokes
    scope: {{policies: [kv-read]}}
    ttl: 30d
    rotate_every: 21d
    gateways: [edge]
    deliver:
      - vault-kv: {{mount: secret, path: {stack}/metrics}}
"""
_GATEWAYS = """\
gateways:
  - id: edge
    url: {url}/health
    value: Bearer {{token}}
    cache_age: {age}s
    purge: {{url: {url}/purge}}
"""


def keys_of(stack: str) -> tuple[str, str]:
    """The ids of a stack's keys."""
    return f"{stack}-billing", f"{stack}-metrics"


def write_declarations(folder: Path, stack: str, gateway: str) -> None:
    """Declare a stack's keys; the gateway stands at that URL."""
    keys = folder / stack / "keys"
    keys.mkdir(parents=True)
    (folder / "services.yaml").write_text("services:\n  - id: shop\n    description: one\n")
    (folder / "owners.yaml").write_text("owners:\n  - id: team\n    contact: team@example.com\n")
    (folder / "gateways.yaml").write_text(_GATEWAYS.format(url=gateway, age=CACHE_AGE))
    (keys / "keys.yaml").write_text(_KEYS.format(stack=stack))
