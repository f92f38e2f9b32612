"""One thing that happened to a key, in fields that are known not to be secret."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from keylife.evidence.source import Source
from keylife.model.base import Model
from keylife.model.instant import Instant


class What(StrEnum):
    """What happened."""

    ISSUING = "issuing"
    """A credential is about to be created: recorded first, so that none exists unrecorded."""

    ISSUED = "issued"
    ADOPTED = "adopted"
    """A credential that existed before came into the stack; nothing was issued."""

    DELIVERED = "delivered"
    DEACTIVATED = "deactivated"
    DESTROYED = "destroyed"
    COPY_DESTROYED = "copy destroyed"
    REVOKED = "revoked"
    ORPHAN_DESTROYED = "orphan ended"
    """What an unfinished run left at an issuer, in no state, is gone."""

    RECOVERED = "recovered"
    """`keylife recover` settled what an interrupted run had left open."""


class Event(Model):
    """One line of the event log. Fields are an allow-list: nothing else is ever recorded."""

    recorded: Instant
    """When it was written down, by the clock of the machine that did it."""

    at: Instant
    """The instant of the plan that caused it."""

    what: Annotated[What, Field(strict=False)]
    key: str
    version: int | None = None
    place: str | None = None
    """For deliveries: where."""

    detail: str | None = None
    """For revocations: reason, reference, who asked."""

    stack: str
    urn: str
    source: Source
    """Who and what caused it."""
