"""Reading what a stack's state has of one key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keylife.compliance.tokens import CURRENT, MANAGED_KEY, PREFIX, VERSION
from keylife.systems.system import Holding, Resource, Surroundings

_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Marks a wrapped value in a state (pulumi/sdk, go/common/resource/sig/sig.go)."""


@dataclass(frozen=True)
class KeyInState:
    """A key's resources, what waits for its deletion included: that lives still."""

    versions: Mapping[int, Sequence[Resource]]
    """Every version in the ledger, with what stands below it at issuers."""

    shared: Sequence[Resource]
    """What is no version's: the key's own entry, and what stands below it, deliveries and a
    principal's."""

    current: int | None
    """What the deliveries carry."""


def key_in(export: Mapping[str, Any], key: str) -> KeyInState:
    """What an export has of a key; nothing, where it does not know it.

    Args:
        export: of ``pulumi stack export``.
        key: its id.
    """
    resources: list[Resource] = export["deployment"].get("resources") or []
    parents = {str(r["urn"]): str(r.get("parent") or "") for r in resources}
    components = {str(r["urn"]): r for r in resources if not r.get("custom")}
    versions: dict[int, list[Resource]] = {}
    shared: list[Resource] = []
    current: int | None = None
    for resource in resources:
        if _is_the_key(resource, key):
            shared.append(resource)
        above = list(_above(str(resource["urn"]), parents, components))
        if not any(_is_the_key(component, key) for component in above):
            continue
        if resource["type"] == VERSION:
            versions.setdefault(_number(resource), [])
        elif resource["type"] == CURRENT:
            current = _number(resource)
        elif resource.get("custom"):
            owner = next((c for c in above if c["type"] == VERSION), None)
            below = shared if owner is None else versions.setdefault(_number(owner), [])
            below.append(resource)
    return KeyInState(versions, shared, current)


def issued(
    system: str,
    resource: Resource,
    around: Surroundings,
    *,
    identity: str,
    facts: Mapping[str, str],
    window: float,
    weak: str = "",
) -> tuple[Holding, ...]:
    """What a version's credential is at its issuer; none if its version lives on.

    Args:
        system: the issuer's name.
        resource: the credential.
        around: what else there is of the key.
        identity: what tells it from every other of the issuer's.
        facts: as the issuer's steps need them.
        window: as of `Holding`.
        weak: as of `Holding`.
    """
    if around.version is None or around.version not in around.ending:
        return ()
    return (
        Holding(
            system=system,
            key=around.key,
            version=around.version,
            place=f"{system}/{identity}",
            facts=facts,
            urn=str(resource["urn"]),
            provider=open_text(resource, "provider"),
            window=window,
            weak=weak,
        ),
    )


def stands_for_nothing(resource: Resource) -> bool:
    """Whether it is an entry of the ledger's, the engine's, or was only read; the key's own names
    its gateways."""
    kind = str(resource["type"])
    if kind == MANAGED_KEY:
        return False
    return kind.startswith((PREFIX, "pulumi:")) or bool(resource.get("external"))


def open_text(values: object, *path: str) -> str:
    """A text in a resource's inputs or outputs that is no secret; empty where there is none."""
    for name in path:
        values = values.get(name) if isinstance(values, Mapping) else None
    return values if isinstance(values, str) else ""


def secret_text(values: object, name: str) -> str:
    """A text in a resource's inputs or outputs that may be a secret, where the export shows it;
    empty where it does not, or there is none."""
    value = values.get(name) if isinstance(values, Mapping) else None
    if isinstance(value, Mapping) and _SIGNATURE in value:
        shown = value.get("plaintext")
        value = json.loads(shown) if isinstance(shown, str) else None
    return value if isinstance(value, str) else ""


def place_of(resource: Resource) -> str:
    """Where a delivery is, in keylife's words: what its resource is called below its key."""
    name = str(resource["urn"]).rpartition("::")[2]
    return name.partition("/")[2].partition("#")[0] or name


def _above(
    urn: str, parents: Mapping[str, str], components: Mapping[str, Resource]
) -> Iterator[Resource]:
    while urn := parents.get(urn, ""):
        if urn in components:
            yield components[urn]


def _is_the_key(component: Resource, key: str) -> bool:
    return component["type"] == MANAGED_KEY and open_text(component, "inputs", "id") == key


def _number(resource: Resource) -> int:
    return int(resource["inputs"]["version"])
