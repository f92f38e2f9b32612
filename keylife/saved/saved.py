"""What a saved file shows, whatever form it has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from keylife.compliance.credential import LedgerUnknown
from keylife.compliance.resource import Resource
from keylife.errors import LedgerUnreadableError
from keylife.model.ledger import Ledger
from keylife.program.ledger import parse_ledger


@dataclass(frozen=True)
class Saved:
    """The resources of a stack as they are or will be, and what it was before."""

    resources: tuple[Resource, ...]
    """What will stand, and what this change deletes."""

    ledger: Ledger | LedgerUnknown
    """The keys before the change; of a state, the state's own."""


def ledger_in(export: Mapping[str, Any]) -> Ledger | LedgerUnknown:
    """The ledger in a state, or why it cannot be read: then nothing of keylife's own passes."""
    try:
        return parse_ledger(export)
    except LedgerUnreadableError as error:
        return LedgerUnknown(str(error))


def parents_first(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """In an order in which a program could register them; all else stays as it was.

    What an ancestor states holds below it, so a gate has to come by the ancestor first.
    """
    by_urn = {resource.urn: resource for resource in resources}

    def depth(resource: Resource) -> int:
        ancestors = 0
        above = by_urn.get(resource.parent or "")
        while above is not None and ancestors < len(by_urn):
            above = by_urn.get(above.parent or "")
            ancestors += 1
        return ancestors

    return tuple(sorted(by_urn.values(), key=depth))
