"""What a search for versions is given, and what their labels must say."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from keylife.model.instant import parse_instant
from keylife.model.key import Key
from keylife.model.ledger import IssuedVersion, KeyRecord
from keylife.orphan import Clients
from keylife.rebuild.found import FoundVersion


@dataclass(frozen=True)
class Search:
    """For the versions of some declared keys, of one kind and at one target."""

    clients: Clients
    keys: Mapping[str, Key]
    remembered: Mapping[str, KeyRecord]
    """By key, what the store has a copy of."""

    others: Collection[str]
    """The declared keys of other kinds and targets: what is theirs is no stranger's."""

    strangers: set[str] = field(default_factory=set)
    """What says it is keylife's, of keys that are not declared: a search adds to it."""

    unreadable: set[str] = field(default_factory=set)
    """The names of versions of which something stands that is not as keylife makes it: a search
    adds to it."""

    def is_wanted(self, what: str, told: Mapping[str, Any]) -> bool:
        """Whether labels are of a key that is looked for; a stranger is noted."""
        if told["key"] in self.keys:
            return True
        if told["key"] not in self.others:
            self.strangers.add(f"{what} of {told['key']} v{told['number']}")
        return False

    def born(self, key: str, number: int) -> IssuedVersion | None:
        """A version's birth, if the store has a copy of it."""
        record = self.remembered.get(key)
        versions = record.versions if record else ()
        return next((version for version in versions if version.number == number), None)


Searching = Callable[[Search], Iterator[FoundVersion]]


def labels(told: Mapping[str, str], prefix: str) -> dict[str, Any] | None:
    """What every version's tags say; None if one is missing or is not as keylife writes it."""
    try:
        instants: dict[str, datetime] = {
            name: parse_instant(told[f"{prefix}{name}"]) for name in ("birth", "expiry")
        }
        return {
            "key": told[f"{prefix}key"],
            "number": int(told[f"{prefix}version"]),
            "owner": told[f"{prefix}owner"],
            "service": told[f"{prefix}service"],
            **instants,
        }
    except (KeyError, ValueError):
        return None


def remembered(key: Key, born: IssuedVersion) -> dict[str, Any]:
    """The same, of a version whose issuer has no labels, from the store."""
    return {
        "key": key.id,
        "number": born.number,
        "owner": born.owner,
        "service": born.service,
        "birth": born.birth,
        "expiry": born.expiry,
        "scope": born.scope,
    }
