"""Claims: one key in one stack, across all stacks and repositories that share the store.

A claim is won by compare-and-set, held until it is released, and has a fence: a number that rises
with every new holder. Whoever writes as its holder shows it, so that one who lost the claim
meanwhile writes nothing. Each function works in the transaction of the connection it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from keylife.errors import KeylifeError
from keylife.model.instant import format_instant
from keylife.store.statements import insert_new, many
from keylife.store.tables import claims


@dataclass(frozen=True)
class Holder:
    """Who may hold a claim: one stack of one repository."""

    stack: str
    """Fully qualified: organization, project, stack."""

    repository: str
    """Where its declarations lie, as ``host/path``; empty where git does not tell."""

    def __str__(self) -> str:
        return f"{self.stack} of {self.repository}" if self.repository else self.stack

    def may_be(self, other: Holder) -> bool:
        """Whether another is this one, or is it before its repository was known."""
        return self.stack == other.stack and other.repository in ("", self.repository)


@dataclass(frozen=True)
class Claim:
    """A key that somebody holds."""

    key: str
    holder: Holder
    since: datetime
    fence: int
    """Shown with every write for the key; an earlier holder's is lower."""

    def __str__(self) -> str:
        return f"`{self.key}` is claimed by stack {self.holder} since {format_instant(self.since)}"


@dataclass(frozen=True)
class Claimed:
    """What came of claiming."""

    won: Mapping[str, Claim]
    """By key, those that the asker holds now."""

    lost: Mapping[str, Claim]
    """By key, those that somebody else holds: by whom, since when."""


class ClaimLostError(KeylifeError):
    """Who writes for a key does not hold it any more, or never did."""

    def __init__(self, key: str, stack: str, since: str) -> None:
        super().__init__(key, stack, since)
        self.key = key
        self.stack = stack
        self.since = since
        self.hint = "one key lives in one stack: take it out of this one's declarations"

    def __str__(self) -> str:
        if not self.stack:
            return f"`{self.key}` is claimed by nobody: it was released meanwhile"
        return f"`{self.key}` is claimed by stack {self.stack} since {self.since}"


def claim(connection: Connection, keys: Iterable[str], holder: Holder, at: datetime) -> Claimed:
    """Claim keys; those that the holder has already stay as they are.

    Args:
        connection: in a writing transaction.
        keys: ids.
        holder: who claims.
        at: now.
    """
    wanted = sorted(set(keys))  # in one order, so that no two wait for each other
    there = _standing(connection, wanted)
    new = {"since": at, "fence": 1, **_row(holder)}
    insert_new(connection, claims, [{"key": key, **new} for key in wanted if key not in there])
    for known in there.values():
        if known.claim.holder != holder or known.released:
            _take(connection, known, holder, at)
    now = _standing(connection, wanted)
    won = {key for key, known in now.items() if known.claim.holder == holder}
    return Claimed(
        {key: now[key].claim for key in wanted if key in won},
        {key: now[key].claim for key in wanted if key not in won},
    )


def held_by(connection: Connection, stack: str) -> list[Claim]:
    """What a stack holds, by key; of every repository that has a stack of this name."""
    asked = select(claims).where(claims.c.stack == stack, claims.c.released.is_(None))
    return [_claim(row) for row in connection.execute(asked.order_by("key"))]


def claims_of(connection: Connection, keys: Iterable[str]) -> Mapping[str, Claim]:
    """Who holds these keys; those that nobody holds are left out."""
    return {
        key: known.claim
        for key, known in _standing(connection, list(keys)).items()
        if not known.released
    }


def require_held(connection: Connection, claim: Claim) -> None:
    """Refuse to go on for somebody who does not hold a key any more.

    Args:
        connection: in the writing transaction that the claim is to protect.
        claim: as it was won.

    Raises:
        ClaimLostError: it was released since, or somebody else holds it.
    """
    asked = select(claims).where(claims.c.key == claim.key).with_for_update(read=True)
    row = connection.execute(asked).first()
    if row is None or row.released is not None:
        raise ClaimLostError(claim.key, "", "")
    if row.fence != claim.fence:
        other = _claim(row)
        raise ClaimLostError(claim.key, str(other.holder), format_instant(other.since))


def release(connection: Connection, stack: str, at: datetime) -> list[Claim]:
    """Release everything a stack holds, because it was destroyed.

    Args:
        connection: in a writing transaction.
        stack: fully qualified.
        at: now.

    Returns:
        What was released.
    """
    held = held_by(connection, stack)
    connection.execute(
        update(claims)
        .where(claims.c.stack == stack, claims.c.released.is_(None))
        .values(released=at)
    )
    return held


def renew(connection: Connection, claim: Claim) -> Claim:
    """Begin anew with a key that its holder keeps: with a higher fence, so with no births.

    Args:
        connection: in a writing transaction.
        claim: as it is held.

    Raises:
        ClaimLostError: it is not held any more.
    """
    require_held(connection, claim)
    connection.execute(
        update(claims)
        .where(claims.c.key == claim.key, claims.c.fence == claim.fence)
        .values(fence=claim.fence + 1)
    )
    return replace(claim, fence=claim.fence + 1)


@dataclass(frozen=True)
class _Known:
    claim: Claim
    released: bool


def _take(connection: Connection, known: _Known, holder: Holder, at: datetime) -> None:
    """Take what nobody holds any more, or what was its own all along, unless somebody is first."""
    before = known.claim
    if not known.released and not holder.may_be(before.holder):
        return
    new = {"fence": before.fence + 1, "since": at, "released": None} if known.released else {}
    connection.execute(
        update(claims)
        .where(
            claims.c.key == before.key,
            claims.c.fence == before.fence,
            claims.c.stack == before.holder.stack,
            claims.c.repository == before.holder.repository,
            claims.c.released.is_not(None) if known.released else claims.c.released.is_(None),
        )
        .values(**_row(holder), **new)
    )


def _row(holder: Holder) -> dict[str, str]:
    return {"stack": holder.stack, "repository": holder.repository}


def _standing(connection: Connection, keys: list[str]) -> dict[str, _Known]:
    return {
        row.key: _Known(_claim(row), row.released is not None)
        for row in many(connection, select(claims), claims.c.key, keys)
    }


def _claim(row: Row[Any]) -> Claim:
    return Claim(row.key, Holder(row.stack, row.repository), row.since, row.fence)
