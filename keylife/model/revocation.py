"""Why a key ends, and the tombstone that says so in the declaration."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from keylife.model.base import Model, Sentence
from keylife.model.instant import Instant, format_instant


class Reason(StrEnum):
    """Why a key is revoked or a version replaced early.

    Source: RFC 5280, section 5.3.1, in its own spelling. Left out: ``certificateHold`` and
    ``removeFromCRL`` (a key that may come back invites what keylife is against), and
    ``cACompromise``, ``aACompromise`` (they are about authorities, not keys).
    """

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"


def tell_revocation(at: datetime, reason: Reason, by: str, ref: str) -> str:
    """The end of a key in one phrase: ``revoked 2026-11-20T09:30:00Z, keyCompromise, by …``."""
    return f"revoked {format_instant(at)}, {reason}, by {by}, {ref}"


def _person(name: str) -> str:
    """A name or address as it is compared: in any case, with any spaces around it."""
    return " ".join(name.split()).casefold()


class Tombstone(Model):
    """The declared end of a key. Once deployed it stays: its id never lives again.

    It takes effect with the next deploy, whatever ``at`` says: ``at`` is the record of when
    the end was decided, and a clock that differs between two machines must not delay a kill.
    """

    at: Instant
    """When the revocation was decided."""

    reason: Annotated[Reason, Field(strict=False)]

    by: Sentence
    """Who asked for it, as a person or team can be reached."""

    ref: Sentence
    """Where the decision is written down: a ticket, an incident, a pull request."""

    approved_by: Sentence | None = None
    """Who else agreed to it, somebody other than ``by``; a revocation of many keys needs that."""

    @model_validator(mode="after")
    def _two_people(self) -> Self:
        if self.approved_by is not None and _person(self.approved_by) == _person(self.by):
            raise ValueError("who approves is somebody else than who asked: two people, not one")
        return self

    @model_serializer(mode="wrap")
    def _as_declared(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """As it is declared: what is left out is not there, and nowhere a null."""
        dumped: dict[str, Any] = dump(self)
        return {name: value for name, value in dumped.items() if value is not None}

    @property
    def phrase(self) -> str:
        """The end of the key in one phrase."""
        return tell_revocation(self.at, self.reason, self.by, self.ref)


class RotationRequest(Model):
    """A rotation on demand: satisfied by any version born at or after ``at``.

    With reason ``keyCompromise`` the versions born before ``at`` get no grace.
    """

    at: Instant
    reason: Annotated[Reason, Field(strict=False)]
