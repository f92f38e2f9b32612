"""What a deploy would do, version by version, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from keylife.model.imported import Imported
from keylife.model.key import Key
from keylife.model.ledger import IssuedVersion, KeyRecord, RecordedRevocation
from keylife.model.state import State


class Action(StrEnum):
    """What the deploy does with a version."""

    ISSUE = "issue"
    ADOPT = "adopt"
    """Bring a credential that exists already into the stack; nothing is issued."""

    RETAIN = "retain"
    DEACTIVATE = "deactivate"
    DESTROY = "destroy"


@dataclass(frozen=True)
class PlannedVersion:
    """One version after the deploy."""

    version: IssuedVersion
    """As the ledger will have it; ``exists`` is what the ledger says now."""

    action: Action
    state: State
    ends: datetime
    """The first instant at which it is refused, by its expiry, its successors' grace or a
    revocation."""

    why: str
    """One sentence for a reviewer."""


@dataclass(frozen=True)
class KeyPlan:
    """One key after the deploy."""

    key: Key
    record: KeyRecord | None
    """What the ledger says of it today; None if the key is new."""

    versions: tuple[PlannedVersion, ...]
    """By number, ascending, those to be destroyed included."""

    destroyed_through: int
    """The highest number destroyed, this deploy included."""

    revocation: RecordedRevocation | None
    """What the stack records of the key's end; None for a live key."""

    in_service_since: datetime
    """Since when every delivery carries the current version: this plan's instant, unless an
    earlier deploy brought it there."""

    imported: Imported | None = None
    """What the key began with, if it existed before keylife."""

    @property
    def current(self) -> PlannedVersion | None:
        """The version that consumers read after the deploy; None once revoked."""
        if self.revocation is not None:
            return None
        return self.versions[-1]

    @property
    def kept(self) -> tuple[PlannedVersion, ...]:
        """The versions that stand in the stack after the deploy."""
        return tuple(v for v in self.versions if v.action is not Action.DESTROY)


@dataclass(frozen=True)
class Plan:
    """What a deploy at one instant does."""

    at: datetime
    """The instant the plan was made at; the ledger's latest if that is later."""

    keys: tuple[KeyPlan, ...]
    """By id."""
