"""What a deploy would do, version by version, and why."""

from __future__ import annotations

from collections.abc import Sequence
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

    waiting: str | None = None
    """What a new version waits for, that there is a cause for and no room; None mostly."""

    room_made: datetime | None = None
    """This plan's instant, if it makes room for a version that a later run issues."""

    @property
    def current(self) -> PlannedVersion | None:
        """The version that consumers read after the deploy; None once revoked.

        The newest that is accepted; the newest of all where a leak or a late run left none.
        """
        if self.revocation is not None:
            return None
        return current_of(self.versions)

    @property
    def shared_end(self) -> datetime | None:
        """Until when an issuer accepts versions that share a principal, without keylife's help.

        No living version's life is cut short by it; where none is accepted any more it is not
        moved behind the newest's. None if no version is kept.
        """
        return shared_end_of(self.versions)

    @property
    def kept(self) -> tuple[PlannedVersion, ...]:
        """The versions that stand in the stack after the deploy."""
        return tuple(v for v in self.versions if v.action is not Action.DESTROY)


def current_of(versions: Sequence[PlannedVersion]) -> PlannedVersion:
    """Of the versions of a live key the one that consumers read: see `KeyPlan.current`."""
    return next((v for v in reversed(versions) if v.state is State.ACTIVE), versions[-1])


def shared_end_of(versions: Sequence[PlannedVersion]) -> datetime | None:
    """Of versions that share a principal: see `KeyPlan.shared_end`."""
    kept = [v for v in versions if v.action is not Action.DESTROY]
    lives = [v.version.expiry for v in kept if v.state is State.ACTIVE]
    return max(lives or [v.version.expiry for v in kept[-1:]], default=None)


@dataclass(frozen=True)
class Plan:
    """What a deploy at one instant does."""

    at: datetime
    """The instant the plan was made at; the ledger's latest if that is later."""

    keys: tuple[KeyPlan, ...]
    """By id."""
