"""The one description of a credential that all rules judge, whatever gate it came through.

*Unknown* is a value of its own everywhere here: what a gate cannot see is never taken for good.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum

from keylife.model.ledger import IssuedVersion, KeyRecord


class Absence(Enum):
    """Why a fact that should be stated is not there."""

    UNSTATED = "is not stated"
    COMPUTED = "is computed, and so known only after the deploy"
    UNREADABLE = "is not written as it should be"


Stated = str | Absence
"""A name as somebody stated it, or why there is none."""


@dataclass(frozen=True)
class ExpiresAt:
    """Its issuer refuses it from this instant on."""

    instant: datetime


@dataclass(frozen=True)
class ExpiresAfter:
    """Its issuer refuses it when this span since its birth is over."""

    span: timedelta


@dataclass(frozen=True)
class NeverExpires:
    """Nothing ends it."""

    why: str
    cure: str


@dataclass(frozen=True)
class ExpiryUnknown:
    """It may end or not: this gate cannot tell, so no rule takes it for an end."""

    why: str
    cure: str


@dataclass(frozen=True)
class ExpiryJudgedElsewhere:
    """Its end belongs to another resource, and the rules judge it there."""

    where: str


Expiry = ExpiresAt | ExpiresAfter | NeverExpires | ExpiryUnknown | ExpiryJudgedElsewhere


class Role(StrEnum):
    """What a described credential is in the life of a key."""

    KEY = "key"
    """A declared key: what is promised for all of its versions."""

    VERSION = "version"
    """One version of a declared key, with its birth and expiry."""

    CREDENTIAL = "credential"
    """What an issuer makes: an access key, a token …"""


@dataclass(frozen=True)
class Credential:
    """What is known of one credential before it is deployed."""

    role: Role
    subject: str
    """The URN of a resource, or the id of a declared key."""

    what: str
    """What it is, in words."""

    type: str
    """The resource's type token."""

    kind: Stated
    """The kind of a declared key; unstated for all else."""

    expiry: Expiry
    owner: Stated
    service: Stated
    managed: bool
    """Whether keylife declared it: its key and version answer for it."""

    birth: datetime | None = None
    """When it was first planned to exist, or, if it existed before keylife, when it was first
    planned to be a key's; None where a gate cannot know it before the deploy."""

    recorded: bool = False
    """Whether the ledger already has this version with this birth and this expiry."""

    takes_over: tuple[str, ...] = ()
    """What is keylife's already and whose place it takes in the state, as URNs; what a plain
    program made may become a key's."""


@dataclass(frozen=True)
class LedgerUnknown:
    """The ledger could not be read, so nothing is known of any key's past."""

    why: str


@dataclass(frozen=True)
class Component:
    """One of keylife's own resources, with what the ledger remembers of its key."""

    subject: str
    type: str
    key: Stated
    """The id of the key it belongs to."""

    kind: Stated
    """Of a ``ManagedKey``; unstated for the others."""

    number: int | Absence
    """Of a ``Version``; unstated for the others."""

    deactivated: bool
    """Whether a ``Version`` says since when it is refused."""

    ending: bool
    """Whether its key, in the program, is being revoked."""

    aliased: bool
    """Whether it takes over the place of another resource in the state."""

    protected: bool
    past: KeyRecord | LedgerUnknown | None
    """What the ledger has of the key; None if it has nothing."""

    @property
    def recorded_version(self) -> IssuedVersion | None:
        """What the ledger has of the version that this is; None if it has none, or is none."""
        if not isinstance(self.past, KeyRecord) or not isinstance(self.number, int):
            return None
        versions = {version.number: version for version in self.past.versions}
        return versions.get(self.number)


Subject = Credential | Component
