"""What earlier runs may have left at the issuers: looked for before anything is made again.

A provider that made a credential and whose answer was lost reports an error: no state knows the
credential, and nothing is pending. What tells of it is the ledger: a version that stands in it
without its credential was begun before. So whatever an earlier run had planned already is looked
for at its issuer before it is made, and before a version that was never finished is forgotten.
What is planned for the first time is not looked for: nobody can have begun it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import pulumi
from pydantic import JsonValue

from keylife.compliance.tokens import MANAGED_KEY, PRINCIPAL, VERSION
from keylife.deliveries import DELIVERIES
from keylife.kinds import KINDS
from keylife.model.ledger import IssuedVersion, Ledger
from keylife.orphan import Clients, Finder, Orphan, Pending, destroy_orphans


@runtime_checkable
class Traceable(Protocol):
    """A kind whose credentials are recognized by what the ledger says of their version."""

    credential: str

    def trace(self, key_id: str, version: IssuedVersion) -> Mapping[str, JsonValue]:
        """The inputs of the version's credential by which its finder knows it again."""
        ...


@runtime_checkable
class Rereading(Protocol):
    """A delivery whose next write builds on what the last one left."""

    reread: frozenset[str]
    """Resource types that are read anew when a write was not seen to its end."""


def read_anew() -> frozenset[str]:
    """The resource types that are read anew when a write was not seen to its end.

    No others: a value of Secrets Manager that was read anew between two writes bears a label
    that the second one takes from it, and can then not be deleted.
    """
    rereading = (delivery for delivery in DELIVERIES.values() if isinstance(delivery, Rereading))
    return frozenset(kind for delivery in rereading for kind in delivery.reread)


def finders(*, installed: bool = False) -> Mapping[str, Finder]:
    """Who looks for what a create may have left, by resource type.

    Args:
        installed: ask every package that is installed, and not only those whose kinds and
            deliveries were named in this run.

    Raises:
        ExtensionError: an installed package is broken, and all are asked.
    """
    found: dict[str, Finder] = {}
    for kind in KINDS.values() if installed else KINDS.in_use():
        found.update(kind.finders)
    for delivery in DELIVERIES.values() if installed else DELIVERIES.in_use():
        found.update(delivery.finders)
    return found


def unfinished(ledger: Ledger) -> Iterator[tuple[str, IssuedVersion, Pending]]:
    """The versions that were begun and have no credential, with what to look for.

    A kind that is not `Traceable` is left out: its versions live in a container of their own,
    which the state knows and whose end ends them too.
    """
    for record in ledger.keys.values():
        kind = KINDS.get(record.kind)
        for version in record.versions:
            # what existed before is no stray: somebody made it, and uses it
            if version.exists or version.adopted or not isinstance(kind, Traceable):
                continue
            name = f"{record.id}-v{version.number}"
            yield (
                record.id,
                version,
                Pending(
                    operation="creating",
                    urn="",
                    type=kind.credential,
                    name=name,
                    inputs=kind.trace(record.id, version),
                    known=ledger.ids.get(kind.credential, frozenset()),
                    standing=ledger.ids,
                ),
            )


@dataclass(frozen=True)
class EarlierRuns:
    """What the ledger knows of runs before this one."""

    ledger: Ledger
    clients: Callable[[str | None], Clients]
    """By target; None is the stack's own."""

    places: Mapping[str, str | None]
    """By the name of a delivery, its target."""

    def planned(self, args: pulumi.ResourceHookArgs) -> bool:
        """Whether an earlier run may have begun to make this resource."""
        kinds = args.urn.split("::")[2].split("$")
        parent = kinds[-2] if len(kinds) > 1 else ""
        if parent == VERSION:
            return any(
                args.name == name or args.name.startswith(f"{name}-")
                for record in self.ledger.keys.values()
                for name in (f"{record.id}-v{v.number}" for v in record.versions if not v.adopted)
            )
        record = self.ledger.keys.get(args.name.partition("/")[0])
        if parent == PRINCIPAL:
            return record is not None and record.principal_since is not None
        return parent == MANAGED_KEY and record is not None and bool(record.versions)

    async def end(self, args: pulumi.ResourceHookArgs) -> list[Orphan]:
        """End what an earlier run left of a resource that is about to be made.

        Raises:
            IssuerSilentError: the issuer cannot be asked.
        """
        finder = finders().get(args.type)
        if finder is None:
            return []
        inputs, secrets = await _told(args.new_inputs or {})
        pending = Pending(
            operation="creating",
            urn=args.urn,
            type=args.type,
            name=args.name,
            inputs=inputs,
            known=self.ledger.ids.get(args.type, frozenset()),
            secrets=secrets,
            standing=self.ledger.ids,
        )
        clients = self.clients(self._target(args))
        return await asyncio.to_thread(lambda: list(destroy_orphans(finder, pending, clients)))

    def end_forgotten(self, key_id: str, number: int) -> Iterator[Orphan]:
        """End what is left of a version that is destroyed before it was ever finished.

        Raises:
            IssuerSilentError: the issuer cannot be asked.
        """
        for owner, version, pending in unfinished(self.ledger):
            if (owner, version.number) == (key_id, number):
                clients = self.clients(self.ledger.keys[key_id].target)
                yield from destroy_orphans(finders()[pending.type], pending, clients)

    def _target(self, args: pulumi.ResourceHookArgs) -> str | None:
        """A delivery has its own; what versions share is in their key's, and so is a version,
        whose key's id is the longest that fits."""
        place = args.name.partition("#")[0]
        if place in self.places:
            return self.places[place]
        if "/" in place and (key := self.ledger.keys.get(place.partition("/")[0])) is not None:
            return key.target
        owners = [r for r in self.ledger.keys.values() if args.name.startswith(f"{r.id}-v")]
        return max(owners, key=lambda record: len(record.id)).target if owners else None


async def _told(values: Mapping[str, Any]) -> tuple[dict[str, JsonValue], dict[str, str]]:
    """The inputs of a hook, the secret ones apart."""
    inputs: dict[str, JsonValue] = {}
    secrets: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, pulumi.Output):
            plain = await value.future()
            if isinstance(plain, str):
                secrets[name] = plain
        else:
            inputs[name] = value
    return inputs, secrets
