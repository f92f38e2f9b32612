"""What one stack's state says was issued: births, expiries, revocations.

The ledger is the stack's own state, never its outputs (DESIGN.md, "What the plan promises", 2).
An instant that stands in it was written once and is never rewritten.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import Field

from keylife.model.base import Model
from keylife.model.duration import Duration
from keylife.model.imported import Imported
from keylife.model.instant import Instant
from keylife.model.json_value import JsonValue
from keylife.model.revocation import Reason, tell_revocation


class IssuedVersion(Model):
    """One version as planned at its birth; all but ``deactivated`` is frozen from then on."""

    number: int
    """1, 2, 3 …; never reused, never renumbered."""

    birth: Instant
    """When it was first planned to exist."""

    expiry: Instant
    """The first instant at which it must no longer be accepted."""

    rotation_due: Instant
    """From when a successor was meant to exist, by the schedule declared at birth."""

    grace: Duration
    """How long its predecessors are still accepted after its birth."""

    cause: str
    """Why it was born, in words."""

    owner: str
    """Who answered for the key at birth, for what an issuer bakes in."""

    service: str
    scope: Mapping[str, JsonValue]
    """What it may do, as issued."""

    adopted: Instant | None = None
    """Of a version that existed before keylife: when it was first planned to be one of the key's.
    None for what keylife issued."""

    deactivated: Instant | None = None
    """When it was first planned to be refused before or at its expiry; sticky."""

    exists: bool = False
    """Whether the issuer's credential stands in the state, not just the plan for it."""

    issuer_facts: Mapping[str, JsonValue] = {}
    """Inputs of the issuer's resource that must not change while it lives, as recorded."""


class RecordedRevocation(Model):
    """The revocation object of a key: it stays in the stack for ever."""

    kind: str
    at: Instant
    reason: Annotated[Reason, Field(strict=False)]
    by: str
    ref: str
    versions: tuple[int, ...]
    """The versions it ended."""

    @property
    def phrase(self) -> str:
        """The end of the key in one phrase."""
        return tell_revocation(self.at, self.reason, self.by, self.ref)


class KeyRecord(Model):
    """What the state knows of one key."""

    id: str
    kind: str
    target: str | None = None
    imported: Imported | None = None
    """What the key began with, if it existed before keylife."""

    versions: tuple[IssuedVersion, ...] = ()
    """By number, ascending."""

    destroyed_through: int = 0
    """The highest number known to be destroyed: numbering goes on from here."""

    delivered: int | None = None
    """The version that every delivery was seen to carry; None before the first."""

    delivered_since: Instant | None = None
    """The instant of the run that first delivered it everywhere."""

    delivery_facts: Mapping[str, Mapping[str, JsonValue]] = {}
    """By delivery resource name: what the next write must know of the last one."""

    room_made: Instant | None = None
    """Of a kind whose issuer holds only so many versions: the instant of the last run, if that
    issued nothing and made room for a new version. At this instant none is issued."""

    principal_since: Instant | None = None
    """Of a kind whose versions share a principal: when that was first planned to exist."""

    ending: bool = False
    """Whether the stack shows it without deliveries, as only a revoked key is."""

    revocation: RecordedRevocation | None = None

    @property
    def awaiting_adoption(self) -> IssuedVersion | None:
        """The version that existed before keylife, if it was not brought into the stack yet.

        What was delivered, refused or destroyed since had been there: a run that is cut off
        while it destroys has counted it before.
        """
        waiting = (
            version
            for version in self.versions
            if version.adopted is not None
            and not version.exists
            and version.deactivated is None
            and version.number > self.destroyed_through
            and version.number != self.delivered
        )
        return next(waiting, None)


class PendingOperation(Model):
    """Something an interrupted update began and never finished."""

    operation: str
    """creating, updating, deleting, reading, importing."""

    urn: str


class Ledger(Model):
    """All keys of one stack as its state has them."""

    keys: Mapping[str, KeyRecord] = {}
    ids: Mapping[str, frozenset[str]] = {}
    """By resource type, the ids of everything the state knows at the issuers."""

    pending: tuple[PendingOperation, ...] = ()
    providers: frozenset[tuple[str, str]] = frozenset()
    """The targets that have a provider in the state, each with its package."""

    @property
    def latest(self) -> datetime | None:
        """The latest instant at which something is recorded to have been planned."""
        instants = [
            instant
            for record in self.keys.values()
            for instant in (
                record.room_made,
                *(v.birth for v in record.versions),
                *(v.adopted for v in record.versions),
                *(v.deactivated for v in record.versions),
            )
            if instant is not None
        ]
        return max(instants, default=None)
