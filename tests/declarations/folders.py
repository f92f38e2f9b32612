"""A small declarations folder in order, for tests to spoil."""

from __future__ import annotations

from pathlib import Path

SERVICES = "services:\n  - id: billing\n    description: sends invoices\n"
OWNERS = "owners:\n  - id: team-payments\n    contact: payments@example.com\n"

FIELDS = {
    "kind": "aws-access-key",
    "service": "billing",
    "owner": "team-payments",
    "purpose": "deploys the billing API from its pipeline",
    "scope": "{policies: [arn:aws:iam::aws:policy/ReadOnlyAccess]}",
    "ttl": "30d",
    "rotate_every": "21d",
}


def key_text(key_id: str = "billing-deploy", **fields: str) -> str:
    """One key as an entry of a block list, delivering to a place of its own."""
    written = {**FIELDS, "deliver": f"[{{vault-kv: {{mount: secret, path: {key_id}}}}}]", **fields}
    lines = [f"  - id: {key_id}", *(f"    {name}: {value}" for name, value in written.items())]
    return "".join(f"{line}\n" for line in lines)


def make_folder(root: Path, *keys: str, **files: str) -> Path:
    """A folder with stack ``dev`` and the keys in ``dev/keys/billing.yaml``."""
    folder = root / "stacks"
    (folder / "dev" / "keys").mkdir(parents=True)
    (folder / "services.yaml").write_text(SERVICES)
    (folder / "owners.yaml").write_text(OWNERS)
    entries = keys or (key_text(),)
    (folder / "dev" / "keys" / "billing.yaml").write_text("keys:\n" + "".join(entries))
    for name, content in files.items():
        (folder / "dev" / "keys" / f"{name}.yaml").write_text(content)
    return folder
