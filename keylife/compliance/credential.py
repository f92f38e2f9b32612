"""The one description of a credential that all rules judge, whatever gate it came through.

*Unknown* is a value of its own everywhere here: what a gate cannot see is never taken for good.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import ClassVar, NamedTuple

from keylife.compliance.options import Options
from keylife.compliance.waivers import Waiver
from keylife.model.ledger import IssuedVersion, KeyRecord


class Absence(Enum):
    """Why a fact that should be stated is not there."""

    UNSTATED = "is not stated"
    COMPUTED = "is computed or hidden as a secret, and so nobody can review it"
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


@dataclass(frozen=True)
class Objection:
    """Why a credential is not as it should be, and how to mend it; read from its facts alone."""

    why: str
    cure: str


@dataclass(frozen=True)
class Statement:
    """One thing that a policy allows."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]


@dataclass(frozen=True)
class Scope:
    """What a credential may do, as far as it is written where the credential is made."""

    policies: tuple[str, ...] = ()
    """Names or ARNs of the policies that it is given."""

    statements: tuple[Statement, ...] = ()
    """What is allowed beside them."""


@dataclass(frozen=True)
class Life:
    """Birth and end of one credential; None where whoever recorded it did not know."""

    birth: datetime | None
    expiry: datetime | None


class Role(StrEnum):
    """What a described credential is in the life of a key."""

    KEY = "key"
    """A declared key: what is promised for all of its versions."""

    VERSION = "version"
    """One version of a declared key, with its birth and expiry."""

    CREDENTIAL = "credential"
    """What an issuer makes: an access key, a token …"""


class Credential(NamedTuple):
    """What is known of one credential before it is deployed.

    A tuple with names: a check describes a hundred thousand of them, and one of so many facts is
    made in a third of the time that a frozen dataclass takes.
    """

    role: Role
    subject: str
    """The URN of a resource, or stack and id of a declared key: ``dev/billing-deploy``."""

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

    id: Stated = Absence.UNSTATED
    """The id of the declared key that it is or belongs to; unstated for all else."""

    was: Life | None = None
    """Birth and end as the ledger, or the state before this change, has them; None where the
    gate knows none."""

    rotate_every: timedelta | Absence = Absence.UNSTATED
    """From one birth to the next; unstated for what is no declared key."""

    target: Stated = Absence.UNSTATED
    """The logical target of a declared key's issuer; unstated for the stack's own."""

    scope: Scope | Absence = Absence.UNSTATED
    """Unstated where what it may do is written at other resources."""

    delivered: tuple[str, ...] | Absence = Absence.UNSTATED
    """The places where consumers read it, in words that tell two places apart; unstated for what
    keylife does not deliver."""

    options: Options = Options()
    """What the program tells Pulumi about it."""

    fingerprint: str | None = None
    """The keyed hash of its material, where this gate can know it."""

    cloud_id: str | None = None
    """What its issuer calls it, where this gate can know it: an access key id, an accessor."""

    exposed: tuple[str, ...] = ()
    """The outputs that hold its secret and that nothing marks as secret."""

    deletion: Objection | None = None
    """Why its deletion by Pulumi would revoke nothing; None if it does."""

    irrevocable: Objection | None = None
    """Why nobody can revoke it before its end; None if somebody can."""

    unenforced: Objection | None = None
    """Why its issuer goes on accepting it after its end until keylife's next run; None if its
    issuer refuses it, or if that is not known."""

    child: Objection | None = None
    """Why it may die before its end, with what made it; None if it stands alone."""

    alternative: Objection | None = None
    """What its workload could use instead, which needs no secret; None if that is not known."""

    deleted: bool = False
    """Whether this change deletes it."""

    @property
    def key_id(self) -> str | None:
        """The declared key that it is or belongs to; None if there is none."""
        return _known(self.id)


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

    options: Options = Options()  # noqa: RUF009  # it is frozen
    deleted: bool = False
    """Whether this change deletes it."""

    @property
    def key_id(self) -> str | None:
        """The declared key that it belongs to; None if that cannot be read."""
        return _known(self.key)

    @property
    def recorded_version(self) -> IssuedVersion | None:
        """What the ledger has of the version that this is; None if it has none, or is none."""
        if not isinstance(self.past, KeyRecord) or not isinstance(self.number, int):
            return None
        versions = {version.number: version for version in self.past.versions}
        return versions.get(self.number)


@dataclass(frozen=True)
class Grant:
    """A resource that lets whoever holds a key of somebody's do something: an attached policy."""

    subject: str
    what: str
    type: str
    scope: Scope | Absence
    id: Stated = Absence.UNSTATED
    """The id of the declared key whose versions it is for; unstated for all else."""

    @property
    def key_id(self) -> str | None:
        """The declared key that it is for; None if there is none."""
        return _known(self.id)


@dataclass(frozen=True)
class Session:
    """What bounds the life of credentials that nobody can revoke, minted outside of any program."""

    subject: str
    what: str
    type: str
    expiry: Expiry
    irrevocable: Objection
    birth: ClassVar[None] = None
    key_id: ClassVar[None] = None
    """It is no key's."""


@dataclass(frozen=True)
class Mention:
    """A resource or a declaration whose text names credentials, or what could be one."""

    subject: str
    what: str
    names: frozenset[str]
    """Versions (``billing-deploy-v3``) and issuers' ids, as written."""

    id: Stated = Absence.UNSTATED
    """The id of the declared key in whose declaration it stands; unstated for all else."""

    @property
    def key_id(self) -> str | None:
        """The declared key in whose declaration it stands; None if there is none."""
        return _known(self.id)


@dataclass(frozen=True)
class Party:
    """A declared service that is retired or an owner who departed, with the keys left behind.

    Only a gate that sees all keys of it can describe one.
    """

    subject: str
    """Such as ``service exporter``."""

    word: str
    """``service`` or ``owner``."""

    id: str
    since: datetime
    """From when it is gone; may lie ahead."""

    keys: tuple[str, ...]
    """The ids of its keys that have no tombstone, sorted."""

    key_id: ClassVar[None] = None
    """It is no key's."""


@dataclass(frozen=True)
class UnknownType:
    """A resource of a type that nobody has judged, whose name says that it mints a credential."""

    subject: str
    type: str

    deleted: bool = False
    """Whether this change deletes it."""

    key_id: ClassVar[None] = None
    """It is no key's."""


@dataclass(frozen=True)
class Heir:
    """A resource that is neither keylife's nor a credential, and takes over what is keylife's."""

    subject: str
    type: str
    takes_over: tuple[str, ...]
    """What of keylife's it takes over in the state, as URNs."""

    key_id: ClassVar[None] = None
    """It is no key's."""


@dataclass(frozen=True)
class Leak:
    """A resource, or a stack, with outputs that are a secret by their form and stand in clear."""

    subject: str
    what: str
    outputs: tuple[str, ...]
    """Their names."""

    deleted: bool = False
    """Whether this change deletes it."""

    key_id: ClassVar[None] = None
    """It is no key's."""


Subject = (
    Credential | Component | Grant | Session | Mention | Heir | Leak | Party | UnknownType | Waiver
)


def _known(stated: Stated) -> str | None:
    return stated if isinstance(stated, str) else None
