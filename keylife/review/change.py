"""The words of a review: what a change does, to what, and how risky that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue


class Risk(StrEnum):
    """How much a reviewer has to think."""

    HIGH = "high"
    """It weakens a guard, gives more, or cannot be taken back."""

    MEDIUM = "medium"
    """It hands something on, or consumers may feel it."""

    LOW = "low"
    """It gives less or says the same in other words."""


class What(StrEnum):
    """What a change does, the riskiest first: this order is the order of every report."""

    GUARD_CHANGED = "guard changed"
    """A file that decides what is checked, deployed or reviewed."""

    TOMBSTONE_LOST = "tombstone lost"
    """A revoked key is no longer declared at all, so its id could be given to another."""

    REVIVED = "revived"
    """A revoked key without its tombstone: it would live again."""

    TOMBSTONE_REWRITTEN = "tombstone rewritten"
    FORGOTTEN = "deleted without a tombstone"
    MOVED = "moved to another stack"
    KIND_CHANGED = "kind changed"
    TARGET_CHANGED = "target changed"
    WAIVED = "waiver granted"
    WAIVER_CHANGED = "waiver changed"
    """It holds longer, or somebody else answers for it."""

    RULE_RELAXED = "rule relaxed"
    LIMITS_CHANGED = "limits changed"
    """The numbers that rules compare with; which way is safer, only the rule knows."""

    GATEWAY_CHANGED = "gateway changed"
    """Where a key is shown when it ends, or for how long it may be let in after that."""

    SCOPE_WIDENED = "scope widened"
    """It may do something that it could not do before; also where that cannot be excluded."""

    EXTENDED = "extended"
    """Its versions live longer."""

    FIELD_CHANGED = "changed"
    """A field that this review has no word for: nothing is known, so it is looked at early."""

    REVOKED = "revoked"
    SERVICE_RETIRED = "service retired"
    OWNER_DEPARTED = "owner departed"

    IMPORT_CHANGED = "import changed"
    IMPORTED = "imported"
    ISSUED = "issued"
    BURIED = "declared as revoked"
    """A key that was never declared before and has its tombstone already: its id is taken."""

    SERVICE_REVIVED = "service active again"
    OWNER_RETURNED = "owner active again"
    DELIVERY_ADDED = "delivery added"
    REOWNED = "re-owned"
    REASSIGNED = "given to another service"
    ROTATION_WITHDRAWN = "rotation withdrawn"
    ROTATED = "rotated"
    ROTATED_LESS_OFTEN = "rotated less often"
    QUARANTINE_SHORTENED = "quarantine shortened"
    DELIVERY_REMOVED = "delivery removed"
    SERVICE_DEPRECATED = "service deprecated"
    SERVICE_REMOVED = "service no longer declared"
    OWNER_REMOVED = "owner no longer declared"
    CONTACT_CHANGED = "contact changed"
    REDATED = "redated"
    """Another instant from which a service's or an owner's status holds."""

    SHORTENED = "shortened"
    """Its versions live less long."""

    WAIVER_SHORTENED = "waiver shortened"
    WAIVER_WITHDRAWN = "waiver withdrawn"
    RULE_TIGHTENED = "rule tightened"
    SCOPE_NARROWED = "scope narrowed"
    ROTATED_MORE_OFTEN = "rotated more often"
    QUARANTINE_LENGTHENED = "quarantine lengthened"
    SERVICE_ADDED = "service added"
    OWNER_ADDED = "owner added"
    REWORDED = "reworded"

    @property
    def risk(self) -> Risk:
        """How much a reviewer has to think about it."""
        if self.rank < _FIRST_MEDIUM:
            return Risk.HIGH
        return Risk.MEDIUM if self.rank < _FIRST_LOW else Risk.LOW

    @property
    def rank(self) -> int:
        """Its place in the order of risk; 0 is the riskiest."""
        return _RANKS[self]


_RANKS = {what: rank for rank, what in enumerate(What)}
_FIRST_MEDIUM = _RANKS[What.IMPORT_CHANGED]
_FIRST_LOW = _RANKS[What.SHORTENED]


class Noun(StrEnum):
    """What can change."""

    KEY = "key"
    SERVICE = "service"
    OWNER = "owner"
    GATEWAY = "gateway"
    FILE = "file"
    WAIVER = "waiver"
    RULE = "rule"
    LIMITS = "limits"


@dataclass(frozen=True, order=True)
class Subject:
    """The one thing a change is about."""

    noun: Noun
    id: str
    """The path, for a file."""

    stack: str = ""
    """The stack of a key; empty for what all stacks share."""

    def __str__(self) -> str:
        return f"{self.id} ({self.stack})" if self.stack else self.id


@dataclass(frozen=True)
class Change:
    """One thing that a reviewer has to know; each changed field is told by exactly one."""

    what: What
    subject: Subject
    told: str
    """One sentence, with names in backticks. It holds texts of whoever made the change."""

    fields: tuple[str, ...] = ()
    """The declared fields it tells of; none where the whole entry came or went."""

    before: JsonValue = None
    """The field's value as it would be declared; of a whole entry, all of it."""

    after: JsonValue = None

    effects: tuple[str, ...] = ()
    """What follows from it, a sentence each."""

    @property
    def order(self) -> tuple[int, Subject, tuple[str, ...]]:
        """What reports are sorted by: the riskiest first, then by what it is about."""
        return (self.what.rank, self.subject, self.fields)
