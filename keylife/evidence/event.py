"""One thing that happened to a key, in fields that are known not to be secret."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

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

    DECLARED = "declared"
    """A key came into the stack for the first time."""

    ROTATED = "rotated"
    """A key has a newer version than the one before; that one is in grace or ends."""

    EXTENDED = "extended"
    """Something may be used for longer than was said before."""

    VERIFIED = "verified"
    """A version was proven dead in one system; ``certificate`` is the proof."""

    REFUSED = "refused by policy"
    WAIVED = "waived"
    """A rule was broken, and a waiver in the declarations allowed it."""

    DENIED = "denied request"
    """Somebody asked for what they may not have."""

    @property
    def is_grant(self) -> bool:
        """Whether somebody may do more by it: then it needs a record, or it does not happen."""
        return self in _GRANTS

    @property
    def is_kill(self) -> bool:
        """Whether a credential ends by it: that goes on where nothing else can be recorded."""
        return self in _KILLS


_GRANTS = frozenset(
    {
        What.DECLARED,
        What.ISSUING,
        What.ISSUED,
        What.ADOPTED,
        What.DELIVERED,
        What.ROTATED,
        What.EXTENDED,
        What.WAIVED,
    }
)
_KILLS = frozenset(
    {
        What.DEACTIVATED,
        What.DESTROYED,
        What.COPY_DESTROYED,
        What.REVOKED,
        What.ORPHAN_DESTROYED,
        What.VERIFIED,
    }
)


def _hash(value: str) -> str:
    if re.fullmatch("[0-9a-f]{64}", value) is None:
        raise ValueError("a hash is 64 hexadecimal digits")
    return value


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
    """For revocations: reason, reference, who asked; for what was refused: the rule."""

    revocation: str | None = None
    """The revocation it belongs to, by its id: one event's proof is no other's."""

    certificate: Annotated[str, AfterValidator(_hash)] | None = None
    """SHA-256 of the death certificate's canonical bytes, in hexadecimal."""

    stack: str
    urn: str
    source: Source
    """Who and what caused it."""
