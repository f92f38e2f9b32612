"""What issuers and places still say of keys whose ledger is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue


@dataclass(frozen=True)
class FoundVersion:
    """One version as its issuer has it, from the tags and metadata it was born with."""

    key: str
    number: int
    birth: datetime
    expiry: datetime
    owner: str
    service: str
    scope: Mapping[str, JsonValue]
    credential: str | None
    """Its id in the state; None if only what surrounds it was made."""

    active: bool
    facts: Mapping[str, JsonValue] = field(default_factory=dict)
    """Inputs of the issuer's resource that must not change while it lives."""

    shown: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What its issuer shows of its material, by field: a copy that holds the same is of it."""

    @property
    def name(self) -> str:
        """Of its credential's resource in the stack."""
        return f"{self.key}-v{self.number}"


@dataclass(frozen=True)
class FoundCopy:
    """What a key's delivery holds."""

    key: str
    place: str
    material: Mapping[str, str] = field(repr=False)
    """Empty if it was deleted, or cannot be read."""

    told: int | None = None
    """The version it says it is of."""

    credential: str | None = None
    """The id of the credential that it holds; None if nothing that lives."""


@dataclass(frozen=True)
class Found:
    """All that was found of the declared keys."""

    versions: tuple[FoundVersion, ...]
    copies: tuple[FoundCopy, ...]
    strangers: tuple[str, ...]
    """What says it is keylife's, of keys that this stack does not declare: another stack's, or
    of keys whose declaration is gone."""

    unreadable: frozenset[str] = frozenset()
    """The names of versions of which something stands that is not as keylife makes it."""

    imports_gone: frozenset[str] = frozenset()
    """The keys that began with a credential which stands nowhere any more."""
