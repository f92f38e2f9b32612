"""The keys that both programs make: half AWS access keys, half Vault tokens."""

from __future__ import annotations

from pathlib import Path

_AWS = """\
  - id: {prefix}-{number}
    kind: aws-access-key
    service: service-0
    owner: team-0
    purpose: what the benchmark deploys
    scope: {{policies: [arn:aws:iam::aws:policy/IAMReadOnlyAccess]}}
    ttl: 30d
    rotate_every: 21d
    deliver:
      - vault-kv: {{mount: secret, path: {prefix}/{prefix}-{number}}}
      - secrets-manager: {{name: {prefix}/{prefix}-{number}}}
"""
_VAULT = """\
  - id: {prefix}-{number}
    kind: vault-token
    service: service-0
    owner: team-0
    purpose: what the benchmark deploys
    scope: {{policies: [kv-read]}}
    ttl: 30d
    rotate_every: 21d
    deliver:
      - vault-kv: {{mount: secret, path: {prefix}/{prefix}-{number}}}
"""


def write_keys(folder: Path, stack: str, prefix: str, count: int) -> None:
    """Declare ``count`` keys of a stack, their names beginning with ``prefix``."""
    keys = folder / stack / "keys"
    keys.mkdir(parents=True)
    (folder / "services.yaml").write_text("services:\n  - id: service-0\n    description: one\n")
    (folder / "owners.yaml").write_text("owners:\n  - id: team-0\n    contact: 0@example.com\n")
    entries = (
        (_AWS if number % 2 else _VAULT).format(prefix=prefix, number=number)
        for number in range(count)
    )
    (keys / "keys.yaml").write_text("keys:\n" + "".join(entries))
