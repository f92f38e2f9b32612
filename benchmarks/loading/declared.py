"""Many declared keys, as people write them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

KEYS_A_FILE = 1_000
SERVICES = 50
OWNERS = 20

_AWS = """\
  - id: key-{number:06}
    kind: aws-access-key
    service: service-{service}
    owner: team-{owner}
    purpose: deploys part {number} of service {service} from its pipeline
    scope:
      policies: [arn:aws:iam::aws:policy/ReadOnlyAccess]
    ttl: 30d
    rotate_every: 21d
    quarantine: 1d
    deliver:
      - vault-kv: {{mount: secret, path: service-{service}/{number}}}
      - secrets-manager: {{name: service-{service}/{number}}}
"""
_VAULT = """\
  - id: key-{number:06}
    kind: vault-token
    service: service-{service}
    owner: team-{owner}
    purpose: lets dashboard {number} read the measurements
    scope: {{policies: [kv-read]}}
    ttl: 30d
    rotate_every: 21d
    deliver:
      - vault-kv: {{mount: secret, path: service-{service}/{number}}}
"""


def write_declarations(folder: Path, count: int) -> None:
    """Declare ``count`` keys of a stack ``dev`` in files of a thousand, half of each kind."""
    keys = folder / "dev" / "keys"
    keys.mkdir(parents=True)
    services = (f"  - id: service-{n}\n    description: part {n}\n" for n in range(SERVICES))
    owners = (f"  - id: team-{n}\n    contact: team-{n}@example.com\n" for n in range(OWNERS))
    (folder / "services.yaml").write_text("services:\n" + "".join(services))
    (folder / "owners.yaml").write_text("owners:\n" + "".join(owners))
    for begin in range(0, count, KEYS_A_FILE):
        text = "keys:\n" + "".join(_entries(begin, min(begin + KEYS_A_FILE, count)))
        (keys / f"part-{begin // KEYS_A_FILE:04}.yaml").write_text(text)


def _entries(begin: int, end: int) -> Iterator[str]:
    for number in range(begin, end):
        form = _AWS if number % 2 else _VAULT
        yield form.format(number=number, service=number % SERVICES, owner=number % OWNERS)


def spoil(folder: Path) -> None:
    """One fault in the middle of one file: a key that is rotated later than it lives."""
    path = sorted((folder / "dev" / "keys").iterdir())[-1]
    lines = path.read_text().splitlines(keepends=True)
    places = [number for number, line in enumerate(lines) if "rotate_every" in line]
    lines[places[len(places) // 2]] = "    rotate_every: 40d\n"
    path.write_text("".join(lines))
