"""Many declared keys of two stacks, some of them against each rule, for two readers alike.

keylife reads them as YAML in files of a thousand, OPA as one document of JSON: its faster way in.
``python -m benchmarks.check.declared FOLDER COUNT BLOCK`` writes both.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

AT = "2026-11-23T12:00:00Z"
PAST = "2026-10-01T00:00:00Z"
AHEAD = "2027-03-01T00:00:00Z"
KEYS_A_FILE = 1_000
SPECIAL = 32
"""Keys of a block that are there for a rule: the smallest block."""

WAIVED_BLOCKS = 5
"""Waivers do not grow with the keys: a block more of them would be read by nobody."""

_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
_TOMBSTONE = {"at": PAST, "reason": "superseded", "by": "oncall@example.com", "ref": "OPS-1"}

Entry = dict[str, Any]
"""One declared key, service or owner, as its file says it."""


@dataclass
class Declared:
    """What a folder declares; keys by stack, each stack's in the order of its files."""

    keys: dict[str, list[Entry]] = field(default_factory=lambda: {"dev": [], "prod": []})
    services: list[Entry] = field(default_factory=list)
    owners: list[Entry] = field(default_factory=list)
    configuration: dict[str, Any] = field(default_factory=dict)


def declare(count: int, block: int) -> Declared:
    """Declare keys.

    Args:
        count: how many; whole blocks.
        block: of so many keys one or two are against each rule.
    """
    assert block >= SPECIAL and count % block == 0
    declared = Declared()
    declared.services = [_service(f"service-{n}") for n in range(20)]
    declared.owners = [_owner(f"team-{n}") for n in range(20)]
    waivers: list[Entry] = []
    for number in range(count // block):
        begun = sum(len(keys) for keys in declared.keys.values())
        _declare_block(declared, f"{number:05}")
        if number < WAIVED_BLOCKS:
            waivers += _waivers(f"{number:05}")
        done = sum(len(keys) for keys in declared.keys.values()) - begun
        for plain in range(block - done):
            stack = "dev" if plain % 2 else "prod"
            declared.keys[stack].append(_key(f"key-{number:05}-{plain:05}", begun + plain))
    declared.configuration = {
        "limits": {
            "life": {"aws-service-credential": "60d"},
            "owners": {"crowded-*": {"keys": 2}, "crowded-roomy-*": {"keys": 9}},
            "services": {"brief-*": {"life": "10d"}},
        },
        "waivers": waivers,
    }
    return declared


def _declare_block(declared: Declared, n: str) -> None:
    """One key or two against each rule, and beside some of them a twin that is in order."""
    dev, prod = declared.keys["dev"], declared.keys["prod"]
    declared.services += [
        _service(f"brief-{n}"),
        {**_service(f"retired-{n}"), "status": "retired", "since": PAST},
        {**_service(f"retiring-{n}"), "status": "retired", "since": AHEAD},
        {**_service(f"deprecated-{n}"), "status": "deprecated", "since": PAST},
    ]
    declared.owners += [
        _owner(f"crowded-{n}"),
        _owner(f"crowded-roomy-{n}"),
        {**_owner(f"departed-{n}"), "status": "departed", "since": PAST},
        {**_owner(f"leaving-{n}"), "status": "departed", "since": AHEAD},
    ]
    generated = {"kind": "generated", "scope": {"accepted_by": "a partner"}}
    access_key = {"kind": "aws-access-key", "scope": {"policies": [_ADMINISTRATOR]}}
    dev += [
        _key(f"long-{n}", 1, ttl="120d"),
        _key(f"long-token-{n}", 0, ttl="33d"),
        _key(f"within-{n}", 0, ttl="32d"),
        _key(f"waived-{n}", 1, ttl="120d"),
        _key(f"late-{n}", 0, **generated, ttl="90d"),
        _key(f"in-time-{n}", 0, **generated, ttl="89d"),
        _key(f"brief-{n}", 0, service=f"brief-{n}"),
        _key(f"tight-{n}", 0, rotate_every="708h"),
        _key(f"of-none-{n}", 0, service="unheard-of"),
        _key(f"of-nobody-{n}", 0, owner="unheard-of"),
        _key(f"of-retired-{n}", 0, service=f"retired-{n}"),
        _key(f"of-retiring-{n}", 0, service=f"retiring-{n}"),
        _key(f"of-deprecated-{n}", 0, service=f"deprecated-{n}"),
        _key(f"of-departed-{n}", 0, owner=f"departed-{n}"),
        _key(f"of-leaving-{n}", 0, owner=f"leaving-{n}"),
        _key(f"crowd-a-{n}", 0, owner=f"crowded-{n}"),
        _key(f"crowd-b-{n}", 0, owner=f"crowded-{n}"),
        _key(f"roomy-{n}", 0, owner=f"crowded-roomy-{n}"),
        _key(f"old-exporter-{n}", 0, revoked=_TOMBSTONE),
        _key(f"o1d-exporter-{n}", 0),
        _key(f"old-importer-{n}", 0, revoked=_TOMBSTONE),
        _key(f"shared-{n}", 0),
        _key(f"begun-a-{n}", 1, imported=_imported(f"A{n}")),
        _key(f"ended-a-{n}", 1, imported=_imported(f"B{n}"), revoked=_TOMBSTONE),
        _key(f"everything-{n}", 0, **access_key),
        _key(f"names-dead-{n}", 0, scope={"policies": [f"old-exporter-{n}-v3"]}),
        _key(f"names-live-{n}", 0, scope={"policies": [f"shared-{n}-v3"]}),
    ]
    prod += [
        _key(f"crowd-c-{n}", 0, owner=f"crowded-{n}"),
        _key(f"old-importer-{n}", 0),
        _key(f"shared-{n}", 0),
        _key(f"begun-b-{n}", 1, imported=_imported(f"A{n}")),
        _key(f"ended-b-{n}", 1, imported=_imported(f"B{n}")),
    ]
    prod[-1]["deliver"] = [{"kubernetes-secret": {"namespace": "apps", "name": f"ended-b-{n}"}}]


def _waivers(n: str) -> list[Entry]:
    waiver = {"rule": "ttl-within-limit", "reason": "a migration", "approver": "security"}
    return [
        {**waiver, "key": f"waived-{n}", "until": AHEAD},
        {**waiver, "key": f"long-{n}", "until": PAST},
        {**waiver, "key": f"long-token-{n}"},
    ]


def _service(name: str) -> Entry:
    return {"id": name, "description": f"what {name} does"}


def _owner(name: str) -> Entry:
    return {"id": name, "contact": f"{name}@example.com"}


def _imported(letters: str) -> Entry:
    credential = {"access_key": f"AKIAIMPORTED{letters}", "user": "deployer"}
    return {"created": "2026-11-20T00:00:00Z", "credential": credential}


def _key(name: str, number: int, **other: Any) -> Entry:
    """A key that no rule has anything against, but for what is ``other`` about it."""
    kind: Entry = (
        {
            "kind": "aws-access-key",
            "scope": {"policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]},
        }
        if number % 2
        else {"kind": "vault-token", "scope": {"policies": ["kv-read"]}}
    )
    return {
        "id": name,
        "service": f"service-{number % 20}",
        "owner": f"team-{number // 20 % 20}",
        "purpose": f"lets {name} do its part of the work",
        **kind,
        "ttl": "30d",
        "rotate_every": "21d",
        "deliver": [{"vault-kv": {"mount": "secret", "path": f"keys/{name}"}}],
        **other,
    }


def write_yaml(declared: Declared, folder: Path) -> None:
    """Write what keylife reads."""
    for stack, keys in declared.keys.items():
        files = folder / stack / "keys"
        files.mkdir(parents=True)
        for begin in range(0, len(keys), KEYS_A_FILE):
            with (files / f"part-{begin // KEYS_A_FILE:04}.yaml").open("w") as file:
                _write_entries(file, "keys", keys[begin : begin + KEYS_A_FILE])
    for heading, entries in (("services", declared.services), ("owners", declared.owners)):
        with (folder / f"{heading}.yaml").open("w") as file:
            _write_entries(file, heading, entries)
    (folder / "keylife.yaml").write_text(json.dumps(declared.configuration, indent=2))


def write_json(declared: Declared, path: Path) -> None:
    """Write the same for OPA."""
    keys = ({"stack": stack, **key} for stack, entries in declared.keys.items() for key in entries)
    with path.open("w") as file:
        file.write('{"at": ' + json.dumps(AT))
        for heading, entries in (
            ("services", declared.services),
            ("owners", declared.owners),
            ("keys", keys),
        ):
            _write_list(file, heading, entries)
        file.write(f',\n"configuration": {json.dumps(declared.configuration)}}}\n')


def _write_list(file: TextIO, heading: str, entries: Iterable[Entry]) -> None:
    file.write(f',\n"{heading}": [')
    for number, entry in enumerate(entries):
        file.write(("," if number else "") + "\n" + json.dumps(entry))
    file.write("]")


def _write_entries(file: TextIO, heading: str, entries: Iterable[Entry]) -> None:
    file.write(f"{heading}:\n")
    for entry in entries:
        file.writelines(_lines(entry))


def _lines(entry: Entry) -> Iterator[str]:
    for number, (name, value) in enumerate(entry.items()):
        yield f"  {'  ' if number else '- '}{name}: {_flow(value)}\n"


def _flow(value: Any) -> str:
    """A value as it stands on one line of YAML."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_flow(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return str(value)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    everything = declare(int(sys.argv[2]), int(sys.argv[3]))
    write_yaml(everything, folder / "stacks")
    write_json(everything, folder / "data.json")
